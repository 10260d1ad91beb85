"""Likeness to what is known to be the thing, away from what is known not to be."""

from __future__ import annotations

import numpy as np

from raravis.arrays import unit
from raravis.pick.batch import best
from raravis.types import NO, YES, Floats, Ints, Pool


def similar(pool: Pool, k: int, rng: np.random.Generator, *, negative_weight: float = 0.5) -> tuple[Ints, Floats]:
    """Rows (k,) most like the mean of examples and yes answers; scores are `likeness`."""
    return best(pool, likeness(pool, negative_weight=negative_weight), k, rng)


def likeness(pool: Pool, *, negative_weight: float = 0.5) -> Floats:
    """(N,) cosine with: the mean positive, less `negative_weight` times the mean negative.

    Zeros while nothing is known. Rocchio's relevance feedback on means of unit length.
    """
    query = unit(_mean(pool, YES) - negative_weight * _mean(pool, NO))
    return np.asarray(pool.dots(query[None])[0])


def _mean(pool: Pool, sign: int) -> Floats:
    answered = pool.vectors.data[pool.asked & (pool.label == sign) & (pool.weight > 0)].astype(np.float32)
    given = pool.examples[pool.example_sign == sign].reshape(-1, answered.shape[1])
    return unit(np.concatenate([answered, given]).sum(0))
