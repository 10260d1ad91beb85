"""Generations of a built index: folders that are never changed, the newest with a manifest counts, others are swept."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from raravis.errors import StoreError
from raravis.index.manifest import NAME

DIGITS = 8


def newest(folder: Path) -> Path | None:
    """The generation that counts: the last that was finished; None where there is none."""
    done = [made for made in _all(folder) if (made / NAME).is_file()]
    return done[-1] if done else None


@contextlib.contextmanager
def begun(folder: Path) -> Iterator[Path]:
    """A new generation's folder. It counts once its manifest is written; until then, whatever happens, the old does.

    Call it where nobody else builds: what is found unfinished is removed. Raises StoreError where the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        numbers = [int(made.name) for made in _all(folder)]
        made = folder / f"{max(numbers, default=0) + 1:0{DIGITS}}"
        made.mkdir()
        try:
            yield made
        finally:
            sweep(folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot keep the index: {error.strerror}; make room or let it be written") from None


def sweep(folder: Path, *, keep: bool = True) -> None:
    """Removes every generation but the newest, or with `keep=False` all, as far as the system lets go of them.

    The manifest goes first, so that what is left half removed does not count.
    """
    counts = newest(folder) if keep else None
    for made in (made for made in _all(folder) if made != counts):
        with contextlib.suppress(OSError):  # mapped by another process on Windows
            (made / NAME).unlink(missing_ok=True)
        shutil.rmtree(made, ignore_errors=True)


def _all(folder: Path) -> list[Path]:
    names = (path for path in folder.iterdir()) if folder.is_dir() else iter(())
    return sorted(path for path in names if path.name.isdecimal() and len(path.name) == DIGITS)
