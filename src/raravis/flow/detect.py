"""detect: the sampled moments of a source → Items, boxes worth a vector and an answer of their own."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from raravis import plugins
from raravis.errors import MediaError
from raravis.flow.media import Work, frames_of
from raravis.flow.tell import Map, Tell, silent
from raravis.scale.processes import in_process
from raravis.store import items, progress, samples, sources
from raravis.store.project import Project
from raravis.types import Ints

FRAMES_AT_ONCE = 16


def detect(
    project: Project,
    *,
    detect: str = "whole",
    sample: str = "keyframes",
    map: Map = in_process,
    tell: Tell = silent,
) -> int:
    """How many sources were newly given Items; those done with this detector and sampler are left alone.

    Raises InputError for an unknown detector, ModelError for one that cannot be used.
    """
    detector = plugins.make("detect", detect)
    setting = f"{detect} on {sample}"
    with project.begin() as c:
        done = progress.states(c, "detect", setting)
        todo = [s for s in sources.all(c) if done.get(str(s.id), ("",))[0] != "done" and s.places]
        jobs = [Job(detect, _moments(c, source, sample)) for source in todo]
    jobs = [job for job in jobs if len(job.work.pts)]
    spread = map if detector.needs_pixels else in_process
    for count, found in enumerate(spread(find_boxes, jobs), 1):
        with project.begin() as c:
            _record(c, detect, setting, found)
        tell("detect", count, len(jobs))
    return len(jobs)


@dataclass(frozen=True, eq=False)
class Job:
    """One source's moments; the work's ids are the moments' ends."""

    spec: str
    work: Work


@dataclass(frozen=True, eq=False)
class Boxes:
    """The boxes found in one source; or why there are none."""

    source_id: int
    pts: Ints  # (n,)
    end: Ints  # (n,)
    boxes: np.ndarray[Any, Any]  # (n, 4)
    scores: np.ndarray[Any, Any]  # (n,)
    problem: str = ""


@functools.lru_cache(maxsize=2)
def _detector(spec: str) -> Any:
    return plugins.make("detect", spec)


def find_boxes(job: Job) -> Boxes:
    """Runs the detector over one source's moments. Touches no database."""
    detector, work = _detector(job.spec), job.work
    parts: list[tuple[int, int, Any]] = []
    problem = ""
    try:
        for moments, pictures in _pictures(detector, work):
            found = zip(moments, detector(pictures), strict=True)
            parts += [(pts, _end(work, pts), detections) for pts, detections in found]
    except MediaError as error:
        problem = str(error)
    counts = [len(detections.boxes) for _, _, detections in parts]
    return Boxes(
        work.source_id,
        np.repeat(np.array([pts for pts, _, _ in parts], np.int64), counts),
        np.repeat(np.array([end for _, end, _ in parts], np.int64), counts),
        np.concatenate([np.zeros((0, 4)), *(detections.boxes for _, _, detections in parts)]),
        np.concatenate([np.zeros(0), *(detections.scores for _, _, detections in parts)]),
        problem,
    )


def _pictures(detector: Any, work: Work) -> Iterator[tuple[list[int], list[Any]]]:
    if not detector.needs_pixels:
        yield work.pts.tolist(), [None] * len(work.pts)
        return
    batch: list[Any] = []
    for frame in frames_of(work, short_side=detector.short_side):
        batch.append(frame)
        if len(batch) == FRAMES_AT_ONCE:
            yield [f.pts for f in batch], [f.rgb for f in batch]
            batch = []
    if batch:
        yield [f.pts for f in batch], [f.rgb for f in batch]


def _end(work: Work, pts: int) -> int:
    return int(work.ids[np.searchsorted(work.pts, pts)])


def _moments(c: Any, source: Any, sampler: str) -> Work:
    pts, end = samples.get(c, source.id, sampler)
    return Work.of(c, source, end, pts, np.zeros((len(pts), 4)))


def _record(c: Any, spec: str, setting: str, found: Boxes) -> None:
    source_ids = np.full(len(found.pts), found.source_id, np.int64)
    items.add(c, source_ids, found.pts, found.end, found.boxes, found.scores, spec)
    state: progress.State = "failed" if found.problem else "done"
    progress.mark(c, "detect", setting, str(found.source_id), state, reason=found.problem, source_id=found.source_id)
