"""Draws from a pool, and groups of like vectors: what strategies that spread their questions have in common."""

from __future__ import annotations

import numpy as np

from raravis.pick.batch import one_a_frame
from raravis.types import Bools, Floats, Ints, Pool

PASSES = 10  # of k-means; the groups are a means to spread, so their last digit does not matter


def drawn(pool: Pool, rows: Ints, most: int, rng: np.random.Generator) -> Ints:
    """At most `most` of the rows, in random order: by their ids, so wherever in the pool they happen to lie."""
    return rng.permutation(rows[np.argsort(pool.vectors.ids[rows])])[:most]


def candidates(pool: Pool, k: int, most: int, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Rows (n,) in random order, and which of them are answered: `most` in all, half answered at most, but k unasked.

    Of the items of one frame one is unasked at most. Answers that follow from others are left out.
    """
    answered = drawn(pool, np.flatnonzero(pool.asked & (pool.weight > 0)), most // 2, rng)
    unasked = one_a_frame(pool, drawn(pool, np.arange(len(pool)), len(pool), rng))[: max(most - len(answered), k)]
    return np.concatenate([unasked, answered]), np.arange(len(unasked) + len(answered)) >= len(unasked)


def unit_vectors(pool: Pool, rows: Ints) -> Floats:
    """(n, D) float32 vectors of the rows."""
    return pool.vectors.data[rows].astype(np.float32)


def centres(data: Floats, count: int, rng: np.random.Generator) -> Floats:
    """(at most `count`, D) directions of spherical k-means over unit vectors (n, D), spread by k-means++.

    Dhillon & Modha 2001; Arthur & Vassilvitskii 2007. Costs `count` * n * D * PASSES multiplications.
    """
    means = _spread(data, min(count, len(data)), rng)
    for _ in range(PASSES if len(means) else 0):
        group = np.argmax(data @ means.T, axis=1)
        sums = (group == np.arange(len(means))[:, None]).astype(np.float32) @ data
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        means = np.where(
            length > 1e-6, sums / np.maximum(length, 1e-6), means
        )  # a group that lost all stays where it is
    return means


def _spread(data: Floats, count: int, rng: np.random.Generator) -> Floats:
    """(count, D) of the vectors, each drawn in proportion to its distance, 1 - cosine, from those before it."""
    chosen: list[int] = []
    far = np.ones(len(data))
    for _ in range(count):
        weight = far if far.sum() > 0 else np.ones(len(data))
        chosen.append(int(rng.choice(len(data), p=weight / weight.sum())))
        far = np.minimum(far, np.maximum(1 - data @ data[chosen[-1]] - 1e-6, 0))  # what is the same is not far
    return data[chosen]
