"""Where a source's file may be read from: the first of its places that has it, and that no link leads out of."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from raravis.errors import MediaError
from raravis.types import Place, Source

REMEMBERED_SECONDS = 5.0  # a page of chips asks of the same few files again and again; a network disk is slow to say
OVERWRITTEN = "its file was overwritten by other content"


def reachable(source: Source, *, roots: Sequence[Path] = (), size_bytes: int = 0) -> Path:
    """The file or folder of frames, links followed. Raises MediaError with the reason where none may be read.

    It has to lie in the folder that was ingested, or below one of the `roots`, wherever a link may lead. A file of
    another size than `size_bytes` is another one by now; 0: not looked at.
    """
    for place in source.places:
        if (real := _allowed(place, roots)) is not None:
            if size_bytes and real.is_file() and real.stat().st_size != size_bytes:
                raise MediaError(f"{place.name}: is another file than the one that was ingested; ingest it again")
            return real
    raise MediaError(_why(source.places[0], roots) if source.places else OVERWRITTEN)


@contextlib.contextmanager
def told_by_name(source: Source, path: Path) -> Iterator[None]:
    """What cannot be read is told by the source's name: where it lies on this machine is nobody else's business."""
    try:
        yield
    except MediaError as error:
        raise MediaError(str(error).replace(str(path), source.places[0].name)) from None


def why_gone(source: Source, *, roots: Sequence[Path] = ()) -> str | None:
    """Why the source's pictures cannot be read, in a line for people, as it was a few seconds ago; None: they can."""
    if not source.places:
        return OVERWRITTEN
    now = int(time.monotonic() / REMEMBERED_SECONDS)
    why = [_lately(place, tuple(roots), now) for place in source.places]
    return None if None in why else why[0]


@functools.lru_cache(maxsize=4096)
def _lately(place: Place, roots: tuple[Path, ...], now: int) -> str | None:
    """`now` is in the key alone: the answer is forgotten with it."""
    return None if _allowed(place, roots) else _why(place, roots)


def _why(place: Place, roots: Sequence[Path]) -> str:
    path = Path(place.path)
    if path.is_file() or path.is_dir():
        return f"{place.name}: a link that leads out of the folder that was ingested; it is not followed"
    return f"{place.name}: no file there any more; if the folder moved: raravis relocate OLD NEW"


def _allowed(place: Place, roots: Sequence[Path]) -> Path | None:
    """Where the place really lies, if that is below its own folder or one of the roots."""
    try:
        real = Path(place.path).resolve(strict=True)
    except (OSError, RuntimeError):  # gone meanwhile; links in a ring
        return None
    if not (real.is_file() or real.is_dir()):  # whoever opens a pipe waits for its other end
        return None
    below = (ingested_from(place), *roots)
    return real if any(real.is_relative_to(folder.resolve()) for folder in below) else None


def ingested_from(place: Place) -> Path:
    """The folder that was given to ingest: the path without the name that counts from there."""
    path, steps = Path(place.path), Path(place.name).parts
    return path.parents[len(steps) - 1] if path.parts[-len(steps) :] == steps else path.parent
