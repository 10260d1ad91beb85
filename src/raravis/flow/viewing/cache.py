"""What a project holds that can be made again: pictures and clips for people to look at. It may be emptied any time."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

from raravis.store.faults import disk_trouble
from raravis.store.project import Project

FOLDER = "cache"


def cached(project: Project, *parts: str) -> Path:
    """A path below the project's cache."""
    return project.folder.joinpath(FOLDER, *parts)


@contextlib.contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """A path to write at; the target is there whole afterwards, whoever else makes the same meanwhile.

    What lies there already stays: it may be open, and shows the same. Raises StoreError.
    """
    partial = target.with_name(f".{target.stem}-{uuid.uuid4().hex}.part")
    try:
        with disk_trouble(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            yield partial
            if not target.exists():
                with contextlib.suppress(FileExistsError):  # on Windows, where another thread was faster
                    partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def put(target: Path, data: bytes) -> None:
    """The file has these bytes afterwards. Raises StoreError."""
    with made_whole(target) as partial:
        partial.write_bytes(data)


def newest_only(folder: Path, pattern: str, count: int) -> None:
    """All but the newest `count` files of the pattern are gone; one that is open on Windows waits."""
    for path in sorted(folder.glob(pattern), key=_changed, reverse=True)[count:]:
        with contextlib.suppress(OSError):
            path.unlink()


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another thread was faster
        return 0.0
