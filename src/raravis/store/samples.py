"""Which instants of a source a sampler found worth a look."""

from __future__ import annotations

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


def get(c: Connection, source_id: int, sampler: str) -> tuple[Ints, Ints]:
    """Pts (n,) and end (n,), by rising pts."""
    t = schema.samples.c
    query = select(t.pts, t.end).filter_by(source_id=source_id, sampler=sampler).order_by(t.pts)
    rows = np.array([tuple(row) for row in c.execute(query)], np.int64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]
