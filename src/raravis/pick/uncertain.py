"""Uncertainty: what the head knows least about comes first. Before there is a head: as `top`.

For one concept margin and entropy rank alike; they differ in the scores that they report.
"""

from __future__ import annotations

import numpy as np

from raravis.pick.batch import best
from raravis.pick.top import top
from raravis.types import Floats, Ints, Pool


def margin(pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,) nearest to p = 0.5 first, and the negated distance of yes and no, -|2p - 1|.

    Uncertainty sampling, Lewis & Gale 1994, arXiv:cmp-lg/9407020.
    """
    if pool.prob is None:
        return top(pool, k, rng)
    return best(pool, -np.abs(2 * pool.prob - 1), k, rng)


def entropy(pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,) of the highest entropy of yes and no first, and that entropy in bits, 0..1."""
    if pool.prob is None:
        return top(pool, k, rng)
    p = np.clip(pool.prob.astype(np.float64), 1e-12, 1 - 1e-12)
    bits = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    return best(pool, bits.astype(np.float32), k, rng)
