"""What lies nearest to some vectors."""

from __future__ import annotations

import numpy as np

from raravis.arrays import reached
from raravis.types import Floats, Ints, Pool

AT_ONCE = 16  # queries: bounds memory at 16 x N dot products


def nearest(pool: Pool, queries: Floats, k: int) -> list[Ints]:
    """For each query (Q, D) the rows (k,), rising, that are most like it; and equals of the last."""
    parts = [queries[at : at + AT_ONCE] for at in range(0, len(queries), AT_ONCE)]
    return [_largest(dots, min(k, len(pool))) for part in parts for dots in pool.dots(part)]


def _largest(dots: Floats, k: int) -> Ints:
    if not k:
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(dots >= reached(dots, k))
    return np.asarray(rows[dots[rows] >= np.partition(dots[rows], -k)[-k]], np.int64)
