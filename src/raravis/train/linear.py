"""Answers -> a class-balanced logistic head on frozen vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from raravis.arrays import sigmoid
from raravis.types import NO, YES, Bools, Floats, Ints, Pool

MOST_ROWS = 10_000  # a fit of as many in 512 dimensions takes 0.15 s, half of a round
STRENGTH = 300.0  # C: within 3 % of the best mean precision from 1 to 220 answers on 8 concepts (docs/simulate.md)


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """Log odds are x @ weight + bias; whatever is done to the vectors is folded in."""

    weight: Floats  # (D,)
    bias: float

    def logits(self, vectors: NDArray[np.floating]) -> Floats:
        """(N,) log odds of (N, D) vectors."""
        return vectors.astype(np.float32, copy=False) @ self.weight + np.float32(self.bias)

    def probability(self, pool: Pool, rows: Ints | None = None) -> Floats:
        """(N,) of a pool's items, or (n,) of rows alone, as fast as the pool scans."""
        return sigmoid(pool.dots(self.weight[None], rows)[0] + np.float32(self.bias))


def fit(
    pool: Pool,
    rng: np.random.Generator,
    chosen: Bools | None = None,
    *,
    weak: int = 1000,
    weak_weight: float = 100.0,
    example_weight: float = 1.0,
    strength: float = STRENGTH,
) -> LinearFit | None:
    """A head from the answers (those of `chosen` (N,) alone, where given), examples and weak negatives.

    Weak negatives are up to `weak` items drawn among the unasked. Together they weigh as `weak_weight`
    answered no's, and fade as these come: weak_weight / (1 + no's / weak_weight). Yes and no weigh the
    same in all. None while only one of the two is known.
    """
    answered = _answered(pool, chosen, rng)
    drawn = _draw(np.flatnonzero(~pool.asked), min(weak, MOST_ROWS - len(answered) - len(pool.examples)), rng)
    yes = np.concatenate([pool.label[answered] == YES, np.zeros(len(drawn), bool), pool.example_sign == YES])
    if yes.all() or not yes.any():
        return None
    no_answers = float(np.sum(pool.weight[answered][pool.label[answered] != YES]))
    each = weak_weight / (1 + no_answers / weak_weight) / max(len(drawn), 1)
    weight = np.concatenate(
        [pool.weight[answered], np.full(len(drawn), each), np.full(len(pool.examples), example_weight)]
    )
    rows = pool.vectors.data[np.concatenate([answered, drawn])].astype(np.float32)
    given = pool.examples.reshape(-1, rows.shape[1])
    return fit_logistic(np.concatenate([rows, given]), yes, weight, strength=strength)


def fit_logistic(vectors: Floats, yes: Bools, weight: NDArray[np.floating], *, strength: float = STRENGTH) -> LinearFit:
    """A head of (n, D) vectors; yes and no weigh the same in all, `weight` (n,) counts within each.

    The vectors are first moved to their mean and scaled to a mean square norm of 1, so that `strength` means
    the same for encoders whose vectors crowd into a corner (after a ReLU) and for those that do not.
    """
    from sklearn.linear_model import LogisticRegression  # 0.9 s that every command and worker would pay

    share = np.where(yes, weight / weight[yes].sum(), weight / weight[~yes].sum()) / 2
    centre = vectors.mean(0)
    moved = vectors - centre
    scale = 1 / max(float(np.sqrt(np.mean(np.sum(moved**2, axis=1)))), 1e-6)
    with threadpool_limits(1):  # two threads inside one small fit were measured 200 times slower
        head = LogisticRegression(C=strength, max_iter=1000).fit(moved * scale, yes, sample_weight=share)
    coefficients = np.asarray(head.coef_[0] * scale, np.float32)
    return LinearFit(coefficients, float(head.intercept_[0] - coefficients @ centre))


def _answered(pool: Pool, chosen: Bools | None, rng: np.random.Generator) -> Ints:
    """Rows whose answers teach: the yes, in half the room at most, and as many no's as the rest holds."""
    known = pool.asked & (pool.weight > 0) & (True if chosen is None else chosen)
    room = MOST_ROWS - len(pool.examples)
    yes = _draw(np.flatnonzero(known & (pool.label == YES)), room // 2, rng)
    no = _draw(np.flatnonzero(known & (pool.label == NO)), room - len(yes), rng)
    return np.concatenate([yes, no])


def _draw(rows: Ints, most: int, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, max(most, 0), replace=False))
