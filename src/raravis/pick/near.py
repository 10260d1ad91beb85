"""What lies nearest to some vectors."""

from __future__ import annotations

import numpy as np

from raravis.arrays import reached
from raravis.types import Floats, Ints, Pool

AT_ONCE = 1 << 26  # dot products held


def nearest(pool: Pool, queries: Floats, k: int) -> list[Ints]:
    """For each query (Q, D) the rows (k,) that are most like it, the first of equals; fewer where there are fewer."""
    together = max(1, AT_ONCE // max(len(pool), 1))
    parts = [queries[at : at + together] for at in range(0, len(queries), together)]
    return [_largest(dots, min(k, len(pool))) for part in parts for dots in pool.dots(part)]


def _largest(dots: Floats, k: int) -> Ints:
    if not k:
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(dots >= reached(dots, k))
    return np.asarray(rows[np.argsort(-dots[rows], kind="stable")[:k]], np.int64)
