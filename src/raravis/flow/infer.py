"""infer: a classifier over videos and pictures, without a project → rows of what it says where."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from raravis import plugins
from raravis.errors import InputError
from raravis.flow.events import GAP_SECONDS
from raravis.flow.inferring.annotating import copy_of
from raravis.flow.inferring.files import File, batches, listed
from raravis.flow.inferring.kept import Kept, Streamed
from raravis.flow.inferring.outcome import Inferred
from raravis.flow.inferring.parts import see_films
from raravis.flow.inferring.seeing import Setup, detector_of, opened
from raravis.flow.inferring.surest import surest
from raravis.flow.inferring.telling import Job, Manner, Told, tell_all, told
from raravis.flow.tell import Map, Tell, silent
from raravis.formats.rows import FORMATS
from raravis.media.lists import absolute
from raravis.media.walk import FrameFolders
from raravis.scale.processes import in_process

OUT = "inferred.jsonl"
STDOUT = "-"
PICTURES_A_JOB = 16  # at most
EVERY_CLASS = -1.0  # a threshold that any probability reaches


def infer(
    model: str | Path,
    inputs: Sequence[str | Path],
    *,
    out: str | Path = OUT,
    format: str | None = None,
    sample: str = "keyframes",
    detect: str = "whole",
    threshold: float | None = None,
    all: bool = False,
    each: bool = False,
    gap_seconds: float = GAP_SECONDS,
    since: float | None = None,
    frame_folders: FrameFolders = "auto",
    annotated: str | Path | None = None,
    sheet: str | Path | None = None,
    overwrite: bool = False,
    device: str = "cpu",
    map: Map = in_process,
    tell: Tell = silent,
) -> Inferred:
    """What a classifier says of every video, picture and folder of frames below the inputs, as rows in `out`.

    A row is a class over a stretch of neighbouring looks that say yes (`each`: over one look; `all`: of every class,
    yes or no, over one look). Files that an earlier run with the same `out` finished are not looked at again. Raises
    InputError for what cannot be used as given, ModelError for a classifier or detector that cannot; files that fail
    are named in what comes back.
    """
    setup = _setup(model, device, sample, detect, threshold, all)
    target = None if str(out) == STDOUT else absolute(out)
    drawn = None if annotated is None else absolute(annotated)
    manner = Manner(_format(format, target), each or all, gap_seconds, drawn)
    if sheet is not None and target is None:
        raise InputError("a sheet is made from the file of rows; give --out FILE with --sheet")
    own = [Path(path) for path in (drawn, sheet and absolute(sheet)) if path]
    found = listed(inputs, frame_folders=frame_folders, since=since, but=own)
    made = Inferred(target, manner.format, skipped=found.skipped, older=found.older)
    with _opened(target, setup, manner, frame_folders, overwrite=overwrite) as kept:
        _look(kept, setup, manner, found.files, made, map, tell)
        if sheet is not None and isinstance(kept, Kept):
            made.sheet = surest(kept.path, manner.format, kept.finished(), absolute(sheet))
    return made


def _look(
    kept: Kept | Streamed, setup: Setup, manner: Manner, files: Sequence[File], made: Inferred, map: Map, tell: Tell
) -> None:
    """Does what is not done yet; what came of it is told in `made`."""
    todo = kept.called([file for file in files if not _is_done(kept, file, manner)])
    kept.forget(todo)
    made.known = len(files) - len(todo)
    for number, one in enumerate(_told(setup, manner, todo, map, tell, cut=isinstance(kept, Kept)), 1):
        file = todo[one.row]
        if one.failed:
            made.failed[file.name] = one.problem
            kept.pass_over(one.row)
        else:
            kept.add(one.row, file, one.rows, one.text)
            made.done += 1
            made.damaged |= {file.name: one.problem} if one.problem else {}
        tell("infer", number, len(todo))
    made.failed, made.damaged = (dict(sorted(told.items())) for told in (made.failed, made.damaged))
    kept.finish()
    made.rows = kept.rows


def _told(setup: Setup, manner: Manner, todo: Sequence[File], map: Map, tell: Tell, *, cut: bool) -> Iterator[Told]:
    """What came of each file, as they are finished; long films last, each by several workers where it may be cut."""
    cut = cut and manner.annotated is None and not plugins.make("sample", setup.sample).needs_pixels
    together = min(PICTURES_A_JOB, len(todo) // 8 + 1)
    long: dict[int, str] = {}
    jobs = (Job(setup, manner, rows, [todo[row] for row in rows], cut) for rows in batches(todo, together))
    for several in map(tell_all, jobs):
        long |= {one.row: one.problem for one in several if one.long}
        yield from (one for one in several if not one.long)
    for row, sight in see_films(setup, list(long), [todo[row] for row in long], map, tell):
        sight.problems = [*filter(None, [long[row]]), *sight.problems]
        yield told(row, sight, setup, manner)


def _is_done(kept: Kept | Streamed, file: File, manner: Manner) -> bool:
    """Whether its rows are there, and its annotated copy where one is wanted."""
    entry, folder = kept.knows(file), manner.annotated
    if entry is None or folder is None or not entry.rows:
        return entry is not None
    return copy_of(file._replace(name=entry.name), folder).exists()


def _setup(model: str | Path, device: str, sample: str, detect: str, threshold: float | None, all: bool) -> Setup:
    """Everything is opened once, so that what cannot be used is said before anything is done."""
    if threshold is not None and not 0 <= threshold <= 1:
        raise InputError(f"threshold: got {threshold:g}; wanted a probability, 0 to 1")
    if threshold is not None and all:
        raise InputError("threshold and all: every class is told whatever its probability; choose one of the two")
    plugins.make("sample", sample)
    detector_of(detect)
    classifier = opened(str(model), device)
    least = [EVERY_CLASS] * len(classifier.names) if all else classifier.threshold.tolist()
    told = tuple(least if threshold is None else [threshold] * len(least))
    return Setup(str(model), device, sample, detect, told, exclusive=classifier.exclusive and not all)


def _format(format: str | None, target: Path | None) -> str:
    """As asked, or else as the file is called."""
    by_name = "csv" if target is not None and target.suffix.lower() == ".csv" else "jsonl"
    if format not in (None, *FORMATS):
        raise InputError(f"unknown format {format!r}; known: {', '.join(FORMATS)}")
    return format or by_name


def _opened(
    target: Path | None, setup: Setup, manner: Manner, frame_folders: str, *, overwrite: bool
) -> Kept | Streamed:
    """Where the rows go, with all that changes what they are."""
    if target is None:
        return Streamed(sys.stdout.buffer, manner.format)
    settings: dict[str, Any] = {
        "model": setup.classifier.id,
        "sample": setup.sample,
        "detect": detector_of(setup.detect).name,
        "threshold": list(setup.threshold),
        "each": manner.each,
        "gap": manner.gap_seconds,
        "frame-folders": frame_folders,
        "format": manner.format,
    }
    return Kept(target, settings, overwrite=overwrite)
