"""sample: Source → the moments worth a look."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from raravis import plugins
from raravis.errors import MediaError
from raravis.flow.media import open_source
from raravis.flow.tell import Map, Tell, silent
from raravis.scale.processes import in_process
from raravis.store import progress, samples, sources
from raravis.store.project import Project
from raravis.types import Frame, Ints, Packets, SourceKind


def sample(project: Project, *, sample: str = "keyframes", map: Map = in_process, tell: Tell = silent) -> int:
    """How many sources were newly sampled; those sampled in this way before are left alone.

    Raises InputError for an unknown sampler.
    """
    sampler = plugins.make("sample", sample)
    with project.begin() as c:
        done = progress.states(c, "sample", sample)
        todo = [s for s in sources.all(c) if done.get(str(s.id), ("",))[0] != "done" and s.places]
    if sampler.needs_pixels:
        with project.begin() as c:
            jobs = [_job(c, sample, source) for source in todo]
        results = map(choose, jobs)
    else:
        with project.begin() as c:
            results = iter([choose(_job(c, sample, source)) for source in todo])
    for count, chosen in enumerate(results, 1):
        with project.begin() as c:
            _record(c, sample, chosen)
        tell("sample", count, len(todo))
    return len(todo)


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
    pts: Ints | None
    end: Ints | None
    problem: str = ""


def choose(job: Job) -> Chosen:
    """Runs the sampler over one source. Touches no database."""
    sampler = plugins.make("sample", job.spec)
    try:
        pts = sampler(job.packets, functools.partial(_frames, job, getattr(sampler, "short_side", None)))
    except MediaError as error:
        return Chosen(job.source_id, None, None, str(error))
    return Chosen(job.source_id, pts, job.packets.ends()[job.packets.pts.searchsorted(pts)])


def _frames(job: Job, short_side: int | None, pts: Ints) -> Iterator[Frame]:
    return open_source(job.kind, job.name, job.paths).frames(job.packets, pts, short_side=short_side)


def _job(c: Any, spec: str, source: Any) -> Job:
    paths = tuple(place.path for place in source.places)
    return Job(spec, source.id, source.kind, source.places[0].name, paths, sources.packets(c, source.id))


def _record(c: Any, spec: str, chosen: Chosen) -> None:
    subject = str(chosen.source_id)
    if chosen.pts is None or chosen.end is None:
        progress.mark(c, "sample", spec, subject, "failed", reason=chosen.problem, source_id=chosen.source_id)
        return
    samples.replace(c, chosen.source_id, spec, chosen.pts, chosen.end)
    progress.mark(c, "sample", spec, subject, "done", source_id=chosen.source_id)
