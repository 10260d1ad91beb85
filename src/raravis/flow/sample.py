"""sample: Source → the moments worth a look."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from raravis import plugins
from raravis.errors import MediaError
from raravis.flow.media import open_source
from raravis.flow.tell import Map, Tell, silent
from raravis.scale.processes import in_process
from raravis.store import progress, samples, sources
from raravis.store.progress import Mark
from raravis.store.project import Project
from raravis.types import Frame, Ints, Packets, Source, SourceKind

SOURCES_AT_ONCE = 500  # in one transaction, where no pixels are needed


def sample(project: Project, *, sample: str = "keyframes", map: Map = in_process, tell: Tell = silent) -> int:
    """How many sources were newly sampled; those sampled in this way before are left alone.

    Raises InputError for an unknown sampler.
    """
    sampler = plugins.make("sample", sample)
    with project.read() as c:
        todo = unfinished(c, "sample", sample)
    together, spread = (1, map) if sampler.needs_pixels else (SOURCES_AT_ONCE, in_process)
    done = 0
    for chosen in spread(choose_all, _jobs(project, sample, todo, together)):
        with project.begin() as c:
            _record(c, sample, chosen)
        done += len(chosen)
        tell("sample", done, len(todo))
    return len(todo)


def unfinished(c: Any, stage: str, setting: str) -> list[Source]:
    """The sources that lie somewhere and are not done in this stage and setting."""
    done = progress.states(c, stage, setting)
    return [s for s in sources.all(c) if s.places and done.get(str(s.id), ("",))[0] != "done"]


@dataclass(frozen=True, eq=False)
class Job:
    """One source to sample."""

    spec: str
    source_id: int
    kind: SourceKind
    name: str
    paths: tuple[str, ...]
    packets: Packets


@dataclass(frozen=True, eq=False)
class Chosen:
    """The pts chosen in one source, with each frame's end; or why there are none."""

    source_id: int
    pts: Ints
    end: Ints
    problem: str = ""


def choose_all(jobs: Sequence[Job]) -> list[Chosen]:
    """Runs the sampler over sources. Touches no database."""
    return [_choose(job) for job in jobs]


def _choose(job: Job) -> Chosen:
    sampler = plugins.make("sample", job.spec)
    try:
        pts = sampler(job.packets, functools.partial(_frames, job, getattr(sampler, "short_side", None)))
    except MediaError as error:
        return Chosen(job.source_id, np.zeros(0, np.int64), np.zeros(0, np.int64), str(error))
    return Chosen(job.source_id, pts, _ends(sampler, job.packets, pts))


def _ends(sampler: Any, packets: Packets, pts: Ints) -> Ints:
    """(k,) where each look ends: as the sampler says, if it cuts spans; else with the frame."""
    if hasattr(sampler, "ends"):
        return np.asarray(sampler.ends(packets, pts), np.int64)
    return packets.ends()[packets.pts.searchsorted(pts)]


def _frames(job: Job, short_side: int | None, pts: Ints) -> Iterator[Frame]:
    return open_source(job.kind, job.name, job.paths).frames(job.packets, pts, short_side=short_side)


def _jobs(project: Project, spec: str, todo: Sequence[Source], together: int) -> Iterable[list[Job]]:
    for chunk in (list(itertools.islice(todo, i, i + together)) for i in range(0, len(todo), together)):
        with project.read() as c:
            packets = sources.packets_of(c, [source.id for source in chunk])
        yield [
            Job(spec, s.id, s.kind, s.places[0].name, tuple(place.path for place in s.places), packets[s.id])
            for s in chunk
        ]


def _record(c: Any, spec: str, chosen: Sequence[Chosen]) -> None:
    good = [one for one in chosen if not one.problem]
    source_id = np.repeat([one.source_id for one in good], [len(one.pts) for one in good]).astype(np.int64)
    pts, end = (
        np.concatenate([np.zeros(0, np.int64), *part]) for part in ([g.pts for g in good], [g.end for g in good])
    )
    samples.replace_all(c, spec, source_id, pts, end, sources=[one.source_id for one in good])
    marks = [Mark(str(o.source_id), "failed" if o.problem else "done", o.problem, o.source_id) for o in chosen]
    progress.mark_all(c, "sample", spec, marks)
