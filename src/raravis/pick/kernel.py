"""Where a linear head is too plain: a kernel machine on the same answers, for some of the rows."""

from __future__ import annotations

import numpy as np

from raravis.pick.whitened import whitening
from raravis.types import CANT_TELL, YES, Bools, Floats, Ints, Pool

GAMMA, RIDGE = 4.0, 0.3  # docs/hunt.md: on photographs 2, 6 and 8 are worse; 0.03 to 1 make little difference
WEAK, WEAK_WEIGHT = 500, 0.1  # unasked items taken for no's, and what each counts beside an answer
NEAREST_YES, NEAREST_NO = 0.5, 0.25  # beside the regression: 1 % fewer answers, 1 and 0.5 are worse
MOST = 1024  # answers learned from: the cost grows with their cube


def opinion(pool: Pool, rows: Ints, rng: np.random.Generator) -> Floats:
    """(n,) for rows (n,): larger is likelier; from the answers, the examples and weak negatives drawn among the rest.

    Ridge regression to +1 and -1 with the kernel exp(gamma (cosine - 1)) of whitened vectors; yes and no weigh the same
    in all. Zeros while only one of the two is known. Saunders, Gammerman & Vovk 1998. To it is added half of the cosine
    to the nearest yes, less a quarter of that to the nearest no that was told.
    """
    vectors, target, weight = _lessons(pool, rng)
    if len(np.unique(target)) < 2:
        return np.zeros(len(rows), np.float32)
    white, told = whitening(pool), weight > WEAK_WEIGHT
    vectors = white(vectors)
    weight /= np.where(target > 0, weight[target > 0].sum(), weight[target < 0].sum()) * 2 / len(weight)
    among = np.exp(GAMMA * (vectors @ vectors.T - 1))
    among[np.diag_indices_from(among)] += RIDGE / weight
    share = np.linalg.solve(among, target)
    cosine = white(pool.vectors.data[rows].astype(np.float32)) @ vectors.T
    near = NEAREST_YES * _nearest(cosine, target > 0) - NEAREST_NO * _nearest(cosine, told & (target < 0))
    return np.asarray(np.exp(GAMMA * (cosine - 1)) @ share + near)


def _nearest(cosine: Floats, among: Bools) -> Floats:
    """(n,) the largest of the columns that are `among` (m,); zeros without."""
    return np.asarray(cosine[:, among].max(1)) if among.any() else np.zeros(len(cosine), np.float32)


def _lessons(pool: Pool, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Vectors (m, D), +1 or -1 (m,), and what each counts (m,)."""
    answered = _drawn(np.flatnonzero(pool.asked & (pool.weight > 0) & (pool.label != CANT_TELL)), MOST, rng)
    weak = _drawn(np.flatnonzero(~pool.asked), WEAK, rng)
    data = pool.vectors.data[np.append(answered, weak)].astype(np.float32)
    yes = [pool.label[answered] == YES, np.zeros(len(weak), bool), pool.example_sign == YES]
    weight = [pool.weight[answered], np.full(len(weak), WEAK_WEIGHT), np.ones(len(pool.examples))]
    vectors = np.concatenate([data, pool.examples.reshape(-1, data.shape[1])])
    target = np.where(np.concatenate(yes), 1, -1)
    return vectors, target.astype(np.float32), np.concatenate(weight).astype(np.float32)


def _drawn(rows: Ints, most: int, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
