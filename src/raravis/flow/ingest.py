"""ingest: files → Sources, probed by demuxing alone; what cannot be read is named with the reason."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from raravis.errors import InputError, MediaError
from raravis.flow.tell import Map, Tell, silent
from raravis.media.identity import digest
from raravis.media.reader import Probed, open_reader
from raravis.media.timelines import Dated, TimelineFrom, timelines
from raravis.media.walk import Found, walk
from raravis.scale.processes import in_process
from raravis.store import progress, sources
from raravis.store.project import Project
from raravis.types import Place, Source

FILES_AT_ONCE = 16


@dataclass(frozen=True)
class Tally:
    """Files newly read, known before, failed and skipped; and those without a capture time where one was asked for."""

    new: int
    known: int
    failed: int
    skipped: int
    undated: int = 0


def ingest(
    project: Project,
    inputs: Sequence[str | Path],
    *,
    timeline_from: TimelineFrom = "file",
    frame_folders: Literal["auto", "always", "never"] = "auto",
    map: Map = in_process,
    tell: Tell = silent,
) -> Tally:
    """Every video, image and folder of frames below the inputs becomes a Source; the same bytes twice are one.

    Files already known (same path, size and time of change) are not read again. Raises InputError when an input
    is missing or holds no media at all; nothing is forgotten when that happens.
    """
    found = list(walk(inputs, frame_folders=frame_folders))
    with project.begin() as c:
        known = progress.states(c, "ingest", "")
    fresh = [f for f in found if f.kind != "skipped" and known.get(str(f.path)) != ("done", _stamp(f))]
    with project.begin() as c:
        for f in found:
            if f.kind == "skipped":
                progress.mark(c, "ingest", "", str(f.path), "skipped", reason=f.reason)
    failed = _read_all(project, fresh, map, tell)
    _check_something(inputs, found, failed)
    undated = _place(project, found, timeline_from)
    skipped = sum(f.kind == "skipped" for f in found)
    return Tally(len(fresh) - failed, len(found) - skipped - len(fresh), failed, skipped, undated)


@dataclass(frozen=True)
class Read:
    """One file, read: what it is, or why it could not be."""

    found: Found
    stamp: str
    digest: str = ""
    probed: Probed | None = None
    problem: str = ""


def read_files(batch: Sequence[Found]) -> list[Read]:
    """Digest and probe of each file. Runs in a worker; touches no database."""
    return [_read(found) for found in batch]


def _read(found: Found) -> Read:
    try:
        assert found.kind != "skipped"
        stamp = _stamp(found)
        return Read(found, stamp, digest(found.path), open_reader(found.kind, found.path).probe())
    except MediaError as error:
        return Read(found, "", problem=str(error))
    except OSError as error:
        return Read(found, "", problem=f"{found.name}: {error.strerror or error}")


def _stamp(found: Found) -> str:
    """Size and time of change: a file that has neither changed is the file we know."""
    try:
        stat = found.path.stat()
    except OSError:
        return ""
    return f"{stat.st_size} bytes, changed {stat.st_mtime_ns}"


def _read_all(project: Project, fresh: list[Found], map: Map, tell: Tell) -> int:
    failed = done = 0
    for batch in map(read_files, _batches(fresh, FILES_AT_ONCE)):
        with project.begin() as c:
            for read in batch:
                failed += not _remember(c, read)
        done += len(batch)
        tell("ingest", done, len(fresh))
    return failed


def _remember(c: Any, read: Read) -> bool:
    path, probed = str(read.found.path), read.probed
    if probed is None:
        progress.mark(c, "ingest", "", path, "failed", reason=read.problem)
        return False
    end = probed.packets.end - int(probed.packets.pts[0])
    source = Source(
        0, read.digest, probed.kind, probed.width, probed.height, probed.time_base, int(probed.packets.pts[0]), end
    )
    size = int(read.stamp.split()[0])
    source_id = sources.add(c, source, size_bytes=size, captured_at=probed.captured_at, packets=probed.packets)
    sources.add_place(c, source_id, Place(path, read.found.name, read.found.name, 0.0))
    progress.mark(c, "ingest", "", path, "done", reason=read.stamp, source_id=source_id)
    if probed.problem:
        progress.mark(c, "damage", "", path, "failed", reason=probed.problem, source_id=source_id)
    return True


def _check_something(inputs: Sequence[str | Path], found: list[Found], failed: int) -> None:
    media = sum(f.kind != "skipped" for f in found)
    if media == 0 or failed == media:
        why = "every file in it failed" if media else f"{len(found)} other files"
        raise InputError(
            f"no video or image that can be read in {', '.join(map(str, inputs))} ({why}); raravis status lists them"
        )


def _place(project: Project, found: Iterable[Found], timeline_from: TimelineFrom) -> int:
    """Gives each file its stretch of a timeline, all files of the inputs at once because order decides.

    How many have no capture time where one was asked for.
    """
    listed = {str(f.path): f for f in found if f.kind != "skipped"}
    with project.begin() as c:
        placed = [(s, place) for s in sources.all(c) for place in s.places if place.path in listed]
        captured = sources.captured_at(c)
        dated = [_dated(listed[place.path], source, captured[source.id]) for source, place in placed]
        starts, alone = timelines(dated, timeline_from=timeline_from)
        for (source, place), start in zip(placed, starts, strict=True):
            if (place.timeline, place.starts_at) != (start.timeline, start.starts_at):
                moved = replace(place, timeline=start.timeline, starts_at=start.starts_at)
                sources.add_place(c, source.id, moved)
    return len(alone)


def _dated(found: Found, source: Source, captured_at: float | None) -> Dated:
    seconds = float(source.duration * source.time_base)
    return Dated(found.path, found.name, source.kind, seconds, captured_at, found.timeline, found.starts_at)


def _batches(found: Iterable[Found], size: int) -> Iterable[list[Found]]:
    rest = iter(found)
    while batch := list(itertools.islice(rest, size)):
        yield batch
