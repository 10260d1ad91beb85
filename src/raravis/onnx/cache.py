"""What took long to make and can be made again: models exported from others, and which back end runs them fastest."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from raravis.errors import ModelError


def folder() -> Path:
    """$RARAVIS_CACHE, else `raravis` where this system keeps caches; it may be deleted at any time."""
    if named := os.environ.get("RARAVIS_CACHE"):
        return Path(os.path.expandvars(named)).expanduser()
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "raravis" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "raravis"


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, filled by `make` where it is not there; whole or not there, whoever is killed.

    Raises ModelError when nothing can be written there.
    """
    at = folder() / name
    if at.is_dir():
        return at
    try:
        at.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".part-", dir=at.parent, ignore_cleanup_errors=True) as part:
            whole = Path(part) / "whole"
            whole.mkdir()
            make(whole)
            _put(whole, at)
    except OSError as error:
        raise ModelError(f"{at}: cannot be written: {error}; set RARAVIS_CACHE to a folder with room") from None
    return at


def _put(whole: Path, at: Path) -> None:
    try:
        whole.rename(at)
    except OSError:
        if not at.is_dir():  # where another process was first, its folder serves
            raise
