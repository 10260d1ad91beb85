"""From what was seen of a file to its rows, as they will stand in the file of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from raravis.flow.inferring.annotating import annotate
from raravis.flow.inferring.files import File
from raravis.flow.inferring.seeing import Setup, Sight, see
from raravis.flow.inferring.spans import Stretch, each, stretches
from raravis.formats.rows import Row, text


@dataclass(frozen=True)
class Manner:
    """How it is told."""

    format: str
    each: bool  # a row a moment instead of a stretch
    gap_seconds: float
    annotated: Path | None = None  # folder of copies with what was found drawn in


@dataclass(frozen=True)
class Job:
    """Files for one worker, and which of all the files they are."""

    setup: Setup
    manner: Manner
    rows: Sequence[int]
    files: Sequence[File]
    cut: bool  # long films are left for later, to be cut


@dataclass(frozen=True)
class Told:
    """What came of one file."""

    row: int  # which of all the files
    text: str = ""
    rows: int = 0
    problem: str = ""
    failed: bool = False
    long: bool = False  # nothing is told yet


def tell_all(job: Job) -> list[Told]:
    """What came of each file. Runs in a worker."""
    sights = see(job.setup, job.files, cut=job.cut)
    return [told(row, sight, job.setup, job.manner) for row, sight in zip(job.rows, sights, strict=True)]


def told(row: int, sight: Sight, setup: Setup, manner: Manner) -> Told:
    """A file's rows by time, with its annotated copy beside them where one is wanted and something was found."""
    if sight.long:
        return Told(row, problem=_reason(sight), long=True)
    sight.conclude()
    runs = each(sight.found) if manner.each else stretches(sight.found, manner.gap_seconds)
    if runs and manner.annotated is not None:
        sight.problems += annotate(sight, runs, setup.classifier.names, manner.annotated)
    told = text((_row(sight.file.name, run, setup.classifier.names) for run in runs), manner.format)
    return Told(row, told, len(runs), _reason(sight), sight.failed)


def _row(source: str, run: Stretch, names: Sequence[str]) -> Row:
    sure = run.surest
    return Row(source, run.start, run.end, names[run.of], sure.probability, sure.box, sure.at)


def _reason(sight: Sight) -> str:
    """What went wrong, in one line that does not name the file; "" for nothing."""
    told = "; ".join(dict.fromkeys(sight.problems)) or ("no frame can be decoded" if sight.failed else "")
    return told.replace(f"{sight.file.path}: ", "")
