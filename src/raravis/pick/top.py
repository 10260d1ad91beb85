"""Confidence: what is most likely the thing comes first."""

from __future__ import annotations

import numpy as np

from raravis.pick.batch import best
from raravis.pick.similar import likeness
from raravis.types import Floats, Ints, Pool


def top(pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,) of the highest confidence, and their confidence."""
    return best(pool, confidence(pool), k, rng)


def confidence(pool: Pool) -> Floats:
    """(N,) the newest head's probability; before there is one, likeness to the examples; else zeros."""
    return likeness(pool) if pool.prob is None else pool.prob
