"""EZMode: every neighbour of every hit, then the most confident item of each window.

Kang, Derhacobian et al., "Exploiting Proximity Search and Easy Examples to Select Rare Events",
NeurIPS Data-Centric AI Workshop 2021. Budget and rounds belong to the loop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis import time
from raravis.errors import InputError
from raravis.pick.batch import falling, first_of_each, one_a_frame
from raravis.pick.top import confidence
from raravis.types import CANT_TELL, YES, Bools, Floats, Ints, Pool


@dataclass(frozen=True)
class Ezmode:
    """A strategy; for its loop also how often to fit a head (`select_per_round`) and to what (`train_rows`).

    Windows and `prox_rad` count frames along a timeline; `radius_seconds` replaces `prox_rad`.
    """

    agg_every_n: int = 10  # EZMode's defaults, here and below
    prox: bool = True
    prox_rad: int = 5
    cluster: bool = True
    cluster_p: float = 0.5
    select_per_round: int = 100  # answers between two fits
    radius_seconds: float | None = None

    def __post_init__(self) -> None:
        if min(self.agg_every_n, self.select_per_round) < 1 or self.radius < 0 or not 0 <= self.cluster_p <= 1:
            wanted = "agg_every_n and select_per_round of 1 or more, a radius of 0 or more, cluster_p in 0..1"
            raise InputError(f"{self}: wanted {wanted}")

    @property
    def radius(self) -> float:
        """How far a hit reaches: frames, or seconds where `radius_seconds` is given."""
        return self.prox_rad if self.radius_seconds is None else self.radius_seconds

    def __call__(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Rows (k,): neighbours of hits (scores 1..2), best of windows (confidence), the rest (confidence - 2).

        Neighbours come nearest first. A window whose best item was asked waits until a new head prefers
        another of its items; when all wait, the rest follow.
        """
        score = confidence(pool)
        order = falling(score, rng)
        left = one_a_frame(pool, order)
        windows = first_of_each(self._windows(pool)[order], order)
        near, closeness = self._neighbours(pool, left)
        rows = np.concatenate([near, windows[~pool.asked[windows]], left])
        tiers = np.concatenate([1 + closeness, score[windows[~pool.asked[windows]]], score[left] - 2])
        first = first_of_each(rows, np.arange(len(rows)))[:k]
        return rows[first], tiers[first]

    def train_rows(self, pool: Pool) -> Bools:
        """(N,) answers to learn from: all, but of the hits only the easier part of each cluster in time.

        Hits within the radius of one another are a cluster; those that the newest head scores at its
        `cluster_p` quantile or above are the easier part.
        """
        chosen: Bools = pool.asked & (pool.label != CANT_TELL)
        if self.cluster and pool.prob is not None:
            hits = np.flatnonzero(chosen & (pool.label == YES) & (pool.weight > 0))
            for cluster in self._clusters(pool, hits):
                chosen[cluster] = pool.prob[cluster] >= np.quantile(pool.prob[cluster], self.cluster_p)
        return chosen

    def _neighbours(self, pool: Pool, left: Ints) -> tuple[Ints, Floats]:
        if not self.prox:
            return left[:0], np.zeros(0, np.float32)
        rows = left[~np.isin(pool.frame[left], pool.frame[pool.asked])]
        clock = self._clock(pool)
        away = _nearest(clock[rows], np.sort(clock[pool.asked & (pool.label == YES)]))
        rows, away = rows[away <= self.radius + 1e-6], away[away <= self.radius + 1e-6]
        order = np.argsort(away, kind="stable")
        return rows[order], (1 / (1 + away[order])).astype(np.float32)

    def _windows(self, pool: Pool) -> Ints:
        _, first, frame = np.unique(pool.frame, return_index=True, return_inverse=True)
        return time.windows(pool.timeline[first], pool.seconds[first], self.agg_every_n)[frame]

    def _clusters(self, pool: Pool, hits: Ints) -> list[Ints]:
        clock = self._clock(pool)[hits]
        hits, clock = hits[np.argsort(clock)], np.sort(clock)
        return np.split(hits, np.flatnonzero(np.diff(clock) > self.radius + 1e-6) + 1) if len(hits) else []

    def _clock(self, pool: Pool) -> NDArray[np.float64]:
        """(N,) a time in frames or seconds on which one timeline ends beyond the radius of the next."""
        rows = np.lexsort((pool.frame, pool.seconds, pool.timeline))
        step = np.diff(pool.frame[rows]) != 0 if self.radius_seconds is None else np.diff(pool.seconds[rows])
        step = np.where(np.diff(pool.timeline[rows]) != 0, self.radius + 1, step)
        clock = np.empty(len(rows))
        clock[rows] = np.append(0.0, np.cumsum(step))[: len(rows)]
        return clock


def _nearest(at: NDArray[np.float64], marks: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) distance to the nearest of the sorted marks; infinite where there are none."""
    fenced = np.concatenate([[-np.inf], marks, [np.inf]])
    after = np.searchsorted(fenced, at)
    return np.asarray(np.minimum(fenced[after] - at, at - fenced[after - 1]))
