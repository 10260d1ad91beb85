"""ingest: files → Sources, probed by demuxing alone; what cannot be read is named with the reason."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from raravis.errors import InputError, MediaError
from raravis.flow.tell import Map, Tell, silent
from raravis.media.identity import digest
from raravis.media.reader import Probed, open_reader
from raravis.media.timelines import Dated, TimelineFrom, folder_line, timelines
from raravis.media.walk import Found, walk
from raravis.scale.processes import in_process
from raravis.store import progress, sources
from raravis.store.progress import Mark
from raravis.store.project import MARK, Project
from raravis.types import Place, Source

FILES_AT_ONCE = 16  # at most; a few long films are spread one by one


@dataclass(frozen=True)
class Tally:
    """Files newly read, known before, failed and skipped; and those without a capture time where one was asked for."""

    new: int
    known: int
    failed: int
    skipped: int
    undated: int = 0

    def __str__(self) -> str:
        undated = f", {self.undated} without a capture time (each on its own timeline)" if self.undated else ""
        return f"{self.new} new files, {self.known} known, {self.failed} failed, {self.skipped} skipped{undated}"


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
    found = [nameable(each) for each in walk(inputs, frame_folders=frame_folders) if not is_ours(each)]
    with project.begin() as c:
        known = progress.states(c, "ingest", "")
    fresh = [f for f in found if f.kind != "skipped" and known.get(str(f.path)) != ("done", stamp(f))]
    with project.begin() as c:
        skipped = [Mark(str(f.path), "skipped", f.reason) for f in found if f.kind == "skipped"]
        progress.mark_all(c, "ingest", "", skipped)
    failed = _read_all(project, fresh, map, tell)
    _check_something(inputs, found, failed)
    undated = _place(project, found, timeline_from)
    return Tally(len(fresh) - failed, len(found) - len(skipped) - len(fresh), failed, len(skipped), undated)


def is_ours(found: Found) -> bool:
    """Whether it lies in a project below the folder given: its small pictures and exports are no media to search."""
    below = len(Path(found.name).parts) - 1
    return any((folder / MARK).is_file() for folder in [found.path, *found.path.parents][1 : below + 1])


def nameable(found: Found) -> Found:
    """What was found; skipped where its name is not text, which is all that a database and a table can hold."""
    try:
        str(found.path).encode()
    except UnicodeEncodeError:
        path, name = (os.fsencode(text).decode(errors="backslashreplace") for text in (found.path, found.name))
        return Found(Path(path), name, "skipped", "its name is not Unicode; rename it")
    return found


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
        return Read(found, stamp(found), digest(found.path), open_reader(found.kind, found.path).probe())
    except MediaError as error:
        return Read(found, "", problem=str(error))
    except OSError as error:
        return Read(found, "", problem=f"{found.name}: {error.strerror or error}")


def stamp(found: Found) -> str:
    """Size and time of change: a file that has neither changed is the file we know."""
    try:
        stat = found.path.stat()
    except OSError:
        return ""
    return f"{stat.st_size} bytes, changed {stat.st_mtime_ns}"


def _read_all(project: Project, fresh: list[Found], map: Map, tell: Tell) -> int:
    failed = done = 0
    for batch in map(read_files, _batches(fresh, min(FILES_AT_ONCE, len(fresh) // 8 + 1))):
        with project.begin() as c:
            failed += _remember(c, batch)
        done += len(batch)
        tell("ingest", done, len(fresh))
    return failed


def _remember(c: Any, batch: Sequence[Read]) -> int:
    """How many of the files could not be read."""
    good = [(read, read.probed) for read in batch if read.probed is not None]
    ids = sources.add_all(c, [_new(read, probed) for read, probed in good])
    marks = [Mark(str(r.found.path), "done", r.stamp, i) for i, (r, _) in zip(ids, good, strict=True)]
    bad = [Mark(str(read.found.path), "failed", read.problem) for read in batch if read.probed is None]
    progress.mark_all(c, "ingest", "", marks + bad)
    hurt = [
        Mark(str(r.found.path), "failed", f"{r.found.name}: {probed.problem}", i)
        for i, (r, probed) in zip(ids, good, strict=True)
        if probed.problem
    ]
    progress.unmark(c, "damage", "", [str(read.found.path) for read in batch])  # it may have been mended
    progress.mark_all(c, "damage", "", hurt)
    return len(bad)


def _new(read: Read, probed: Probed) -> sources.New:
    packets, name = probed.packets, read.found.name
    start = int(packets.pts[0])
    place = Place(str(read.found.path), name, name)
    size = (probed.width, probed.height, probed.time_base)
    source = Source(0, read.digest, probed.kind, *size, start, packets.end - start, (place,))
    return sources.New(source, int(read.stamp.split()[0]), probed.captured_at, packets)


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
        known = [(source, place) for source in sources.all(c) for place in source.places]
        if timeline_from == "folder":
            listed = _beside(listed, known) | listed
        placed = [(source, place) for source, place in known if place.path in listed]
        captured = sources.captured_at(c)
        dated = [_dated(listed[place.path], source, captured[source.id]) for source, place in placed]
        taken = [(place.timeline, Path(place.path)) for _, place in known if place.path not in listed]
        starts, alone = timelines(dated, timeline_from=timeline_from, taken=taken)
        moved = [
            (source.id, place, replace(place, timeline=start.timeline, starts_at=start.starts_at))
            for (source, place), start in zip(placed, starts, strict=True)
        ]
        sources.set_places(c, [(id, new) for id, old, new in moved if new != old])
    return len(alone)


def _beside(listed: dict[str, Found], known: Sequence[tuple[Source, Place]]) -> dict[str, Found]:
    """What an earlier ingest put on the timeline of a folder in which more files are listed now: they take turns."""
    folders = {path.parent for path in map(Path, listed)}
    found = [Found(Path(place.path), place.name, source.kind) for source, place in known]
    lines = (place.timeline for _, place in known)
    return {
        str(f.path): f
        for f, line in zip(found, lines, strict=True)
        if f.path.parent in folders and line in (folder_line(f.path, f.name), f.path.parent.as_posix())
    }


def _dated(found: Found, source: Source, captured_at: float | None) -> Dated:
    seconds = float(source.duration * source.time_base)
    return Dated(found.path, found.name, source.kind, seconds, captured_at, found.timeline, found.starts_at)


def _batches(found: Iterable[Found], size: int) -> Iterable[list[Found]]:
    rest = iter(found)
    while batch := list(itertools.islice(rest, size)):
        yield batch
