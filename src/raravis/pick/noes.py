"""How far what is unknown lies from what was answered no: in looks, and in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raravis.pick.lines import lines
from raravis.types import NO, YES, Floats, Ints, Pool

MOST = 384  # answers that others are compared with
LEAST = 1e-6  # of a distance: below it all is the same picture
REACH = 200  # frames around a no that it speaks of, the louder the nearer; with a yes among them, of its own alone
NEAREST = 0.1  # what the distance in looks is multiplied with beside a no

Moments = NDArray[np.float64]


def distance(pool: Pool, vectors: Floats, moments: Moments, rng: np.random.Generator) -> Floats:
    """(n,) of vectors (n, D) at moments (n,), the least to a "no", a "can't tell" or a counter-example; ones without.

    Of more than MOST answers some are drawn. Where a yes is within REACH of a no, events begin and end there, and
    time says nothing.
    """
    rows = np.flatnonzero(pool.asked & (pool.label != YES) & (pool.weight > 0))
    if len(rows) > MOST:
        rows = rng.choice(rows, MOST, replace=False)
    then, given = when(pool, rows), pool.examples[pool.example_sign == NO].reshape(-1, vectors.shape[1])
    first, end = _within(then, np.sort(when(pool, np.flatnonzero(pool.asked & (pool.label == YES)))))
    then[first < end] = np.inf
    others = np.concatenate([pool.vectors.data[rows].astype(np.float32), given])
    if not len(others):
        return np.ones(len(vectors), np.float32)
    cosine = vectors @ others.T
    far = apart(cosine.max(1), np.inf)
    one, other = _pairs(moments, then)
    np.minimum.at(far, one, apart(cosine[one, other], moments[one] - then[other]))
    return far


def when(pool: Pool, rows: Ints) -> Moments:
    """(n,) frames on a clock, on which stretches of time lie REACH apart."""
    known = lines(pool)
    return known.moments(REACH)[known.position[rows]].astype(np.float64)


def apart(cosine: Floats, frames: Moments | float) -> Floats:
    """(n,) 1 - cosine, times what part of REACH lies between, NEAREST at least; of LEAST to 1."""
    part = np.maximum(np.minimum(np.abs(frames) / REACH, 1), NEAREST)
    return np.asarray(np.minimum(np.maximum((1 - cosine) * part, LEAST), 1), np.float32)


def _pairs(moments: Moments, others: Moments) -> tuple[Ints, Ints]:
    """Which of moments (p,) and which of the others (p,) lie less than REACH apart."""
    order = np.argsort(others)
    first, end = _within(moments, others[order])
    count = end - first
    one = np.repeat(np.arange(len(moments)), count)
    return one, order[np.arange(len(one)) - np.repeat(np.cumsum(count) - count - first, count)]


def _within(moments: Moments, others: Moments) -> tuple[Ints, Ints]:
    """(n,), (n,) which of the others, rising, is the first less than REACH away, and which the first beyond."""
    return np.searchsorted(others, moments - REACH, "right"), np.searchsorted(others, moments + REACH)
