"""Each file's place on a timeline: a long video, the recorder files of one camera, the stills of one camera trap."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Literal

from raravis.types import SourceKind

TimelineFrom = Literal["file", "folder", "exif"]
STILL_SECONDS = 1.0  # what a still without a capture time takes of a folder's timeline


@dataclass(frozen=True, slots=True)
class Dated:
    """A file that was found and probed, with all that is known of its time."""

    path: Path
    name: str
    kind: SourceKind
    seconds: float  # how long it lasts; 0 for a still
    captured_at: float | None = None  # seconds since 1970
    timeline: str | None = None  # from a list: wins
    starts_at: float | None = None  # from a list: wins


@dataclass(frozen=True, slots=True)
class Start:
    """Where a file begins: seconds on a timeline."""

    timeline: str
    starts_at: float


def timelines(
    files: Sequence[Dated], *, timeline_from: TimelineFrom = "file", taken: Collection[tuple[str, Path]] = ()
) -> tuple[list[Start], list[str]]:
    """A Start a file, in the order given, and the names of files that have no capture time where one is needed.

    file: each file by itself, from 0. folder: one timeline a folder, a file beginning where the one before
    it (by name, numbers as numbers) ends; a still takes 1 s; a folder of stills that all have a capture time
    goes by that, from its first. exif: one timeline a folder, in seconds since 1970; a file without a
    capture time stays by itself. What a list says of timeline and start wins; files that share a listed
    timeline without starts follow one another. `taken`: timelines and paths of the files placed before.
    """
    lines = _lines(files, timeline_from, taken)
    alone = [f.name for f in files if timeline_from == "exif" and f.captured_at is None and f.starts_at is None]
    starts = _by_clock(files) if timeline_from == "exif" else _by_turn(files, lines)
    chosen = [
        Start(line, start if file.starts_at is None else file.starts_at)
        for file, line, start in zip(files, lines, starts, strict=True)
    ]
    return chosen, alone


def _lines(files: Sequence[Dated], timeline_from: TimelineFrom, taken: Collection[tuple[str, Path]]) -> list[str]:
    """The timeline of each file; two places of one name are told apart by their paths."""
    own = [_own_line(file, timeline_from) for file in files]
    before = {(line, path if timeline_from == "file" else path.parent) for line, path in taken}
    shared = Counter(name for name, _ in {*own, *before})
    return [
        file.timeline or (name if shared[name] == 1 else place.as_posix())
        for file, (name, place) in zip(files, own, strict=True)
    ]


def _own_line(file: Dated, timeline_from: TimelineFrom) -> tuple[str, Path]:
    dated = file.captured_at is not None or file.starts_at is not None
    if timeline_from == "file" or (timeline_from == "exif" and not dated):
        return file.name, file.path
    return folder_line(file.path, file.name), file.path.parent


def folder_line(path: Path, name: str) -> str:
    """The timeline of a file that lies on its folder's."""
    return name.rpartition("/")[0] or path.parent.name


def _by_clock(files: Sequence[Dated]) -> list[float]:
    return [file.captured_at or 0.0 for file in files]


def _by_turn(files: Sequence[Dated], lines: Sequence[str]) -> list[float]:
    """Seconds from the start of each line: one file after the other."""
    starts, rows_of = [0.0] * len(files), defaultdict(list)
    for row, line in enumerate(lines):
        rows_of[line].append(row)
    for rows in rows_of.values():
        for row, start in _turns(files, rows):
            starts[row] = start
    return starts


def _turns(files: Sequence[Dated], rows: list[int]) -> list[tuple[int, float]]:
    taken = [files[row].captured_at for row in rows]
    if len(rows) > 1 and all(files[row].kind == "image" for row in rows) and None not in taken:
        times = [time for time in taken if time is not None]
        return [(row, time - min(times)) for row, time in zip(rows, times, strict=True)]
    rows = sorted(rows, key=lambda row: _natural(files[row].name))
    lasts = [files[row].seconds if files[row].kind != "image" else STILL_SECONDS for row in rows]
    return list(zip(rows, accumulate(lasts[:-1], initial=0.0), strict=True))


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts clip2 before clip10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
