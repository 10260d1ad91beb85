"""Stills, and folders of frames, as sources."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from raravis.errors import MediaError
from raravis.media.folders import frame_files
from raravis.media.pictures import captured_at, open_picture, read_picture, turned
from raravis.media.reader import Probed
from raravis.types import Frame, Ints, Packets

STILL = Packets(np.zeros(1, np.int64), np.ones(1, bool), np.ones(1, bool), 0, Fraction(1, 1000))


class ImageReader:
    """Reads one still: a source with one frame at pts 0 that lasts no time."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.problems: list[str] = []

    def probe(self) -> Probed:
        """Size and capture time from the file's head; the pixels are not decoded."""
        (width, height), taken = _head(self.path)
        return Probed("image", width, height, STILL.time_base, STILL, taken)

    def frames(self, packets: Packets, pts: Ints | None = None, *, short_side: int | None = None) -> Iterator[Frame]:
        """The one frame, where it is wanted."""
        for at in _wanted(self.path, packets, pts):
            yield Frame(int(at), read_picture(self.path, short_side=short_side))


class FramesReader:
    """Reads a folder of numbered pictures as one video; pts counts pictures, the rate is stated."""

    def __init__(self, path: Path, frame_rate: float = 1.0) -> None:
        self.path = Path(path)
        self.problems: list[str] = []
        self._time_base = 1 / Fraction(frame_rate).limit_denominator(1001)

    def probe(self) -> Probed:
        """A row a picture, all of them keyframes; size and capture time of the first that can be read."""
        files = self._files()
        (width, height), taken, problem = self._first_head(files)
        each = np.ones(len(files), bool)
        packets = Packets(np.arange(len(files)), each, each, len(files), self._time_base)
        return Probed("frames", width, height, self._time_base, packets, taken, problem)

    def frames(self, packets: Packets, pts: Ints | None = None, *, short_side: int | None = None) -> Iterator[Frame]:
        """Frames by rising pts; a picture that cannot be read is missing, and noted."""
        files = self._files()
        if len(files) < len(packets):
            raise MediaError(f"{self.path}: holds {len(files)} pictures now, {len(packets)} when it was ingested")
        self.problems = []
        for at in _wanted(self.path, packets, pts):
            try:
                yield Frame(int(at), read_picture(files[at], short_side=short_side))
            except MediaError as error:
                self.problems.append(str(error))

    def _files(self) -> list[Path]:
        try:
            files = frame_files(self.path)
        except OSError as error:
            raise MediaError(f"{self.path}: cannot be read as a folder of frames: {error.strerror}") from None
        if not files:
            raise MediaError(f"{self.path}: no pictures in this folder of frames")
        return files

    def _first_head(self, files: list[Path]) -> tuple[tuple[int, int], float | None, str]:
        problem = ""
        for file in files:
            try:
                return *_head(file), problem
            except MediaError as error:
                problem = problem or str(error)
        raise MediaError(f"{self.path}: none of its {len(files)} pictures can be read; {problem}")


def _head(path: Path) -> tuple[tuple[int, int], float | None]:
    """Width and height as shown, and the capture time."""
    with open_picture(path) as image:
        width, height = image.size
        return (height, width) if turned(image) else (width, height), captured_at(image)


def _wanted(path: Path, packets: Packets, pts: Ints | None) -> Ints:
    wanted = packets.pts if pts is None else np.unique(pts)
    unknown = np.setdiff1d(wanted, packets.pts)
    if len(unknown):
        raise MediaError(f"{path}: no frame at pts {unknown[0]}; the source has {len(packets)} frames")
    return wanted
