"""status: per stage what is done, failed and skipped, and why; what can fall between looks; who answered what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from raravis.sample.coverage import gaps, looks_at
from raravis.store import concepts, encoders, items, labels, progress, rounds, samples, shards, sources
from raravis.store.project import Project
from raravis.types import CANT_TELL, NO, YES, Packets, Source

FAILURES_SHOWN = 20


def status(project: Project, *, failures: int = FAILURES_SHOWN) -> dict[str, Any]:
    """What the project holds, as plain values: stages, failures, collection, coverage, concepts."""
    with project.read() as c:
        known = sources.all(c)
        return {
            "project": str(project.folder),
            "collection": _collection(known, items.count(c)),
            "stages": [*_stages(c), *_embedded(c, project)],
            "failures": [failure._asdict() for failure in progress.failures(c, limit=failures)],
            "coverage": [coverage_of(c, sampler) for sampler in _samplers(c)],
            "concepts": [answers_about(c, name) for name in concepts.all(c) if name],
        }


def _collection(known: list[Source], count: int) -> dict[str, Any]:
    seconds = sum(float(source.duration * source.time_base) for source in known if source.kind == "video")
    kinds = Counter(source.kind for source in known)
    return {
        "sources": len(known),
        "places": sum(len(source.places) for source in known),
        "videos": kinds["video"],
        "images": kinds["image"],
        "frame_folders": kinds["frames"],
        "hours": round(seconds / 3600, 3),
        "items": count,
    }


def _stages(c: Any) -> list[dict[str, Any]]:
    return [
        {"stage": row.stage, "setting": row.setting, "done": row.done, "failed": row.failed, "skipped": row.skipped}
        for row in progress.counts(c)
        if row.stage != "embed"
    ]


def _embedded(c: Any, project: Project) -> list[dict[str, Any]]:
    failed = {row.setting: row.failed for row in progress.counts(c) if row.stage == "embed"}
    total = items.count(c)
    rows = []
    for encoder in encoders.all(c):
        done = len(shards.embedded_ids(c, project.vectors, encoder.id))
        bad = failed.get(encoder.id, 0)
        row = {"stage": "embed", "setting": encoder.id, "done": done, "failed": bad, "skipped": 0}
        rows.append(row | {"waiting": total - done - bad, "in_use": encoder.in_use})
    return rows


def _samplers(c: Any) -> list[str]:
    return [row.setting for row in progress.counts(c) if row.stage == "sample"]


def coverage_of(c: Any, sampler: str) -> dict[str, Any]:
    """Gaps between a sampler's looks over all videos, and how many looks the next finer setting would take."""
    moving = [source.id for source in sources.all(c) if source.kind != "image"]
    looks = samples.get_all(c, sampler, moving)
    found = [gaps(packets, looks[i][0]) for i, packets in _packets(c, looks)]
    largest = max((gap.largest for gap in found), default=0.0)
    median = float(np.median([gap.median for gap in found])) if found else 0.0
    row = {
        "sample": sampler,
        "moments": sum(len(pts) for pts, _ in looks.values()),
        "largest_gap_seconds": round(largest, 3),
        "median_gap_seconds": round(median, 3),
    }
    if median <= 0:
        return row
    step = float(f"{median / 2:.2g}")
    finer = sum(looks_at(packets, step) for _, packets in _packets(c, looks))
    return row | {"finer": {"sample": f"every:{step:g}", "moments": finer}}


def _packets(c: Any, ids: Iterable[int]) -> Iterator[tuple[int, Packets]]:
    """By source id, a file at a time: those of a thousand hours would fill the memory."""
    for source_id in ids:
        yield source_id, sources.packets(c, source_id)


def answers_about(c: Any, name: str) -> dict[str, Any]:
    """How many answers about a concept there are, of each kind, and in how many looks they were given."""
    latest = labels.latest(c, name)
    follow = int((latest.source == labels.PROPAGATED).sum())
    latest = latest.take(latest.given())
    count = {
        key: int((latest.value == value).sum()) for key, value in (("yes", YES), ("no", NO), ("cant_tell", CANT_TELL))
    }
    told = {"propagated": follow, "looks": rounds.answered(c, name), "contradicted": labels.contradicted(c, name)}
    return {"concept": name, "answers": len(latest), **count, **told}
