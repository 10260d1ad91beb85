"""How far what is unknown lies from what was answered no: in looks, and in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raravis.pick.lines import lines
from raravis.types import NO, YES, Floats, Ints, Pool

MOST = 384  # answers that others are compared with
LEAST = 1e-6  # of a distance: below it all is the same picture
REACH = 200  # frames around a no that it speaks of, the louder the nearer
NEAREST = 0.1  # what the distance in looks is multiplied with beside a no

Moments = NDArray[np.float64]


def distance(pool: Pool, vectors: Floats, moments: Moments, rng: np.random.Generator) -> Floats:
    """(n,) of vectors (n, D) at moments (n,), the least to a "no", a "can't tell" or a counter-example; ones without.

    Of more than MOST answers some are drawn.
    """
    rows = np.flatnonzero(pool.asked)
    rows = rows[(pool.label[rows] != YES) & (pool.weight[rows] > 0)]
    if len(rows) > MOST:
        rows = rng.choice(rows, MOST, replace=False)
    given = pool.examples[pool.example_sign == NO].reshape(-1, vectors.shape[1])
    others = np.concatenate([pool.vectors.data[rows].astype(np.float32), given])
    then = np.append(when(pool, rows), np.full(len(given), np.inf))
    between = (moments[:, None] - then).astype(np.float32)
    return np.asarray(apart(vectors @ others.T, between).min(axis=1, initial=1))


def when(pool: Pool, rows: Ints) -> Moments:
    """(n,) frames on a clock, on which stretches of time lie REACH apart."""
    known = lines(pool)
    return known.moments(REACH)[known.position[rows]].astype(np.float64)


def apart(cosine: Floats, frames: Floats | Moments) -> Floats:
    """1 - cosine, times what part of REACH lies between, NEAREST at least; of the shape given, LEAST to 1."""
    part = np.maximum(np.minimum(np.abs(frames) / REACH, 1), NEAREST)
    return np.asarray(np.minimum(np.maximum((1 - cosine) * part, LEAST), 1), np.float32)
