"""detect: the sampled moments of a source → Items, boxes worth a vector and an answer of their own."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from raravis import plugins
from raravis.errors import InputError, MediaError
from raravis.flow.media import Work, frames_of
from raravis.flow.sample import SOURCES_AT_ONCE, unfinished
from raravis.flow.tell import Map, Tell, silent
from raravis.scale.processes import in_process
from raravis.store import items, progress, samples, sources
from raravis.store.progress import Mark
from raravis.store.project import Project
from raravis.types import Ints, Source

FRAMES_AT_ONCE = 16


def detect(
    project: Project,
    *,
    detect: str = "whole",
    sample: str | None = None,
    map: Map = in_process,
    tell: Tell = silent,
) -> int:
    """How many sources were newly given Items, on the moments of `sample` (default: the sampler run last).

    Those done with this detector and sampler are left alone. Raises InputError for an unknown detector or when
    nothing was sampled so, ModelError for a detector that cannot be used.
    """
    detector = plugins.make("detect", detect)
    with project.read() as c:
        sample = _sampled(c, sample)
        setting = f"{detector.name} on {sample}"
        todo = unfinished(c, "detect", setting)
    together, spread = (1, map) if detector.needs_pixels else (SOURCES_AT_ONCE, in_process)
    done = 0
    for found in spread(find_all, _jobs(project, detect, sample, todo, together)):
        with project.begin() as c:
            _record(c, detector.name, setting, found)
        done += len(found)
        tell("detect", done, len(todo))
    return done


@dataclass(frozen=True, eq=False)
class Job:
    """One source's moments, as items that have no ids yet."""

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
    damage: str = ""  # what went wrong on the way; the boxes stand


@functools.lru_cache(maxsize=2)
def _detector(spec: str) -> Any:
    return plugins.make("detect", spec)


def find_all(jobs: Sequence[Job]) -> list[Boxes]:
    """Runs the detector over the moments of sources. Touches no database."""
    return [_find(job) for job in jobs]


def _find(job: Job) -> Boxes:
    detector, work = _detector(job.spec), job.work
    parts: list[tuple[int, int, Any]] = []
    problem, damage = "", dict[int, str]()
    try:
        for moments, pictures in _pictures(detector, work, damage):
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
        damage.get(work.source_id, ""),
    )


def _pictures(detector: Any, work: Work, damage: dict[int, str]) -> Iterator[tuple[list[int], list[Any]]]:
    if not detector.needs_pixels:
        yield work.pts.tolist(), [None] * len(work.pts)
        return
    batch: list[Any] = []
    for frame in frames_of(work, short_side=detector.short_side, problems=damage):
        batch.append(frame)
        if len(batch) == FRAMES_AT_ONCE:
            yield [f.pts for f in batch], [f.rgb for f in batch]
            batch = []
    if batch:
        yield [f.pts for f in batch], [f.rgb for f in batch]


def _end(work: Work, pts: int) -> int:
    return int(work.end[np.searchsorted(work.pts, pts)])


def _jobs(project: Project, spec: str, sampler: str, todo: Sequence[Source], together: int) -> Iterator[list[Job]]:
    """Jobs of the sources that this sampler has been over."""
    for start in range(0, len(todo), together):
        chunk = {source.id: source for source in todo[start : start + together]}
        with project.read() as c:
            moments = samples.get_all(c, sampler, list(chunk))
            packets = sources.packets_of(c, moments)
        if moments:
            yield [
                Job(spec, Work.of(chunk[i], packets[i], np.zeros(len(pts), np.int64), pts, end))
                for i, (pts, end) in moments.items()
            ]


def _sampled(c: Any, sampler: str | None) -> str:
    """The sampler asked for, or the one run last. Raises InputError when it was not run."""
    run = [row.setting for row in progress.counts(c) if row.stage == "sample"]
    if not run or (sampler or run[-1]) not in run:
        known = f"; sampled so far: {', '.join(run)}" if run else ""
        raise InputError(f"nothing is sampled by {sampler or 'any sampler'}{known}; run: raravis sample")
    return sampler or run[-1]


def _record(c: Any, detector: str, setting: str, found: Sequence[Boxes]) -> None:
    source_ids = np.repeat([one.source_id for one in found], [len(one.pts) for one in found]).astype(np.int64)
    pts, end, boxes, scores = (
        np.concatenate(part) for part in zip(*((f.pts, f.end, f.boxes, f.scores) for f in found), strict=True)
    )
    items.add(c, source_ids, pts, end, boxes, scores, detector)
    marks = [Mark(str(f.source_id), "failed" if f.problem else "done", f.problem, f.source_id) for f in found]
    progress.mark_all(c, "detect", setting, marks)
    hurt = [Mark(str(f.source_id), "failed", f.damage, f.source_id) for f in found if f.damage]
    progress.mark_all(c, "damage", "decoding", hurt)
