"""Coverage: what is least like anything looked at so far comes first."""

from __future__ import annotations

import numpy as np

from raravis.types import Bools, Floats, Ints, Pool

_FARTHEST = 2.0  # the largest distance, 1 - cosine, that there is
_CENTRES_AT_ONCE = 256  # bounds memory at 256 x N dot products


def diverse(pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,) by greedy k-center over asked items and examples, and 1 - cosine to the nearest centre.

    With nothing to be far from, the item nearest to the mean comes first, with score 2. Costs one scan
    for each asked item and each pick. Sener & Savarese 2018, arXiv:1708.00489.
    """
    rows, scores = np.zeros(0, np.int64), np.zeros(0, np.float32)
    far, left = _distance(pool), ~pool.asked
    while len(rows) < k and left.any():
        row = _farthest(pool, far, left, rng)
        rows, scores = np.append(rows, row), np.append(scores, far[row])
        left &= pool.frame != pool.frame[row]
        far = np.minimum(far, 1 - pool.dots(_vectors(pool, rows[-1:]))[0])
    return rows, scores


def _distance(pool: Pool) -> Floats:
    far = np.full(len(pool), _FARTHEST, np.float32)
    asked = _vectors(pool, np.flatnonzero(pool.asked))
    centres = np.concatenate([asked, pool.examples.reshape(-1, asked.shape[1])])
    for at in range(0, len(centres), _CENTRES_AT_ONCE):
        far = np.minimum(far, 1 - pool.dots(centres[at : at + _CENTRES_AT_ONCE]).max(0))
    return far


def _farthest(pool: Pool, far: Floats, left: Bools, rng: np.random.Generator) -> int:
    if not pool.asked.any() and not len(pool.examples) and left.all():
        far = pool.dots(pool.vectors.data.mean(0, dtype=np.float32)[None])[0]
    wanted = np.where(left, far, -np.inf)
    return int(rng.choice(np.flatnonzero(wanted == wanted.max())))


def _vectors(pool: Pool, rows: Ints) -> Floats:
    return pool.vectors.data[rows].astype(np.float32)
