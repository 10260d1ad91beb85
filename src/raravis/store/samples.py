"""Which instants of a source a sampler found worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, select

from raravis.store import schema, sql
from raravis.types import Ints


def replace(c: Connection, source_id: int, sampler: str, pts: Ints, end: Ints) -> None:
    """Remembers pts (n,) and end (n,), in place of what this sampler said of the source before."""
    t = schema.samples
    c.execute(delete(t).where(t.c.source_id == source_id, t.c.sampler == sampler))
    n = len(pts)
    columns = {"source_id": [source_id] * n, "sampler": [sampler] * n, "pts": pts.tolist(), "end": end.tolist()}
    sql.insert_new(c, t, columns)


def replace_all(c: Connection, sampler: str, source_id: Ints, pts: Ints, end: Ints, *, sources: Sequence[int]) -> None:
    """Remembers columns (n,), in place of what this sampler said of `sources` before; one may have no rows."""
    t = schema.samples
    for chunk in sql.chunks(sources):
        c.execute(delete(t).where(t.c.source_id.in_(chunk), t.c.sampler == sampler))
    columns = {"source_id": source_id.tolist(), "pts": pts.tolist(), "end": end.tolist()}
    sql.insert_new(c, t, {**columns, "sampler": [sampler] * len(pts)})


def get_all(c: Connection, sampler: str, sources: Sequence[int]) -> dict[int, tuple[Ints, Ints]]:
    """Pts (n,) and end (n,) by source id, by rising pts; sources without any have none."""
    t = schema.samples.c
    parts: list[Any] = [np.zeros((0, 3), np.int64)]
    for chunk in sql.chunks(sources):
        query = select(t.source_id, t.pts, t.end).filter_by(sampler=sampler).where(t.source_id.in_(chunk))
        rows = c.execute(query.order_by(t.source_id, t.pts)).all()
        parts.append(np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3))
    found = np.concatenate(parts)
    cut = np.split(found, np.flatnonzero(np.diff(found[:, 0])) + 1)
    return {int(part[0, 0]): (part[:, 1], part[:, 2]) for part in cut if len(part)}


def get(c: Connection, source_id: int, sampler: str) -> tuple[Ints, Ints]:
    """Pts (n,) and end (n,), by rising pts."""
    t = schema.samples.c
    query = select(t.pts, t.end).filter_by(source_id=source_id, sampler=sampler).order_by(t.pts)
    rows = np.array([tuple(row) for row in c.execute(query)], np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]
