"""Folders, files and lists of files to the media in them, and what was passed over and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PIL import Image

from raravis.errors import InputError
from raravis.media.folders import IMAGES, VIDEOS, is_hidden, is_image, numbered
from raravis.media.lists import LISTS, Listed, absolute, read_list

FrameFolders = Literal["auto", "always", "never"]


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder of frames, or something passed over."""

    path: Path  # absolute
    name: str  # relative to the folder given, forward slashes; of a file given by itself its file name
    kind: Literal["video", "image", "frames", "skipped"]
    reason: str = ""  # why it was skipped
    timeline: str | None = None  # from a CSV list
    starts_at: float | None = None  # seconds on that timeline


def walk(inputs: Iterable[str | Path], *, frame_folders: FrameFolders = "auto") -> Iterator[Found]:
    """What lies in the folders, files and lists, in order of the inputs, then by name.

    A folder of at least two pictures named by bare digits is one source of kind "frames" ("always": any
    folder of at least two pictures; "never": none). A `.txt` list holds a path a line, a `.csv` list a
    column `path` and, where wanted, `timeline` and `starts_at`. Raises InputError at once for no inputs,
    one that is not there, an empty folder, or a list that cannot be read.
    """
    places = [absolute(place) for place in inputs]
    if not places:
        raise InputError("nothing to ingest: name a folder, a file, or a list of files (.txt, .csv)")
    for place in places:
        _refuse_nothing(place)
    rows = [row for place in places for row in (read_list(place) if place.suffix.lower() in LISTS else [Listed(place)])]
    return (found for row in rows for found in _found(row, frame_folders))


def _refuse_nothing(place: Path) -> None:
    if not place.exists():
        raise InputError(f"{place}: no such file or folder")
    if place.is_dir() and not os.access(place, os.R_OK):
        raise InputError(f"{place}: no permission to read this folder")
    if place.is_dir() and not any(place.iterdir()):
        raise InputError(f"{place}: the folder is empty")


def _found(row: Listed, frame_folders: FrameFolders) -> Iterator[Found]:
    if not row.path.is_dir():
        yield replace(_file(row.path, row.name), timeline=row.timeline, starts_at=row.starts_at)
        return
    for found in _Folder(row.path, frame_folders).walk(row.path, ()):
        if row.starts_at is not None and found.kind != "frames":
            raise InputError(f"{row.path}: starts_at needs a file or a folder of frames; list the files one by one")
        yield replace(found, timeline=row.timeline, starts_at=row.starts_at)


class _Folder:
    """Walks one folder given; names are relative to it."""

    def __init__(self, root: Path, frame_folders: FrameFolders) -> None:
        self._root = root
        self._frame_folders = frame_folders

    def walk(self, folder: Path, above: tuple[Path, ...]) -> Iterator[Found]:
        """The folder's own media by name, then its folders; `above`: the real folders it lies in."""
        real = folder.resolve()
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            yield self._skipped(folder, f"unreadable folder: {error.strerror}")
            return
        if real in above:
            yield self._skipped(folder, "a link back to a folder above it")
            return
        folders = [path for path in entries if path.is_dir()]
        yield from self._files(folder, [path for path in entries if not path.is_dir()])
        for inner in folders:
            if is_hidden(inner):
                yield self._skipped(inner, "hidden folder")
            else:
                yield from self.walk(inner, (*above, real))

    def _files(self, folder: Path, files: list[Path]) -> Iterator[Found]:
        pictures = [path for path in files if is_image(path) and not is_hidden(path)]
        if self._are_frames(pictures):
            yield Found(folder, self._name(folder), "frames")
            files = [path for path in files if path not in set(pictures)]
        for path in files:
            yield _file(path, self._name(path))

    def _are_frames(self, pictures: list[Path]) -> bool:
        if self._frame_folders == "auto":
            return numbered(pictures)
        return self._frame_folders == "always" and len(pictures) > 1

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path != self._root else path.name

    def _skipped(self, path: Path, reason: str) -> Found:
        return Found(path, self._name(path), "skipped", reason)


def _file(path: Path, name: str) -> Found:
    reason = _why_not(path)
    if reason:
        return Found(path, name, "skipped", reason)
    return Found(path, name, "image" if is_image(path) and not _moves(path) else "video")


def _why_not(path: Path) -> str:
    """Why a file is passed over unopened; "" for a file to read."""
    if not path.exists():
        return "a link to nothing" if path.is_symlink() else "no such file"
    if not path.is_file():
        return "not a regular file"
    if is_hidden(path):
        return "hidden file"
    if path.suffix.lower() not in IMAGES | VIDEOS:
        return f"not a known video or image suffix: {path.suffix or 'none'}"
    return "" if os.access(path, os.R_OK) else "no permission to read"


def _moves(path: Path) -> bool:
    """Whether a GIF holds more than one picture. FFmpeg reads no animated WebP: that is its first picture."""
    if path.suffix.lower() != ".gif":
        return False
    try:
        with Image.open(path) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, ValueError, SyntaxError):
        return False  # the reader says what is wrong with it
