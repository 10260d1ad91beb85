"""Doubtful and spread: uncertainty sampling that does not ask ten times about one thing. Before a head: as `top`."""

from __future__ import annotations

import numpy as np

from raravis.pick.batch import best
from raravis.pick.clusters import centres, drawn, unit_vectors
from raravis.pick.top import top
from raravis.types import Floats, Ints, Pool

MOST = 2500  # vectors that groups are made of


def informative_diverse(pool: Pool, k: int, rng: np.random.Generator, *, clusters: int = 10) -> tuple[Ints, Floats]:
    """Rows (k,) nearest to p = 0.5 in each cluster, clusters served by their size; scores are -|2p - 1|, as `margin`.

    The pool is cut into `clusters`, at most k, by k-means over 2,500 vectors drawn from it; each has its share of the
    k, by largest remainder, and what a cluster cannot fill goes to the most doubtful left. Costs `clusters` scans.
    As compared by Norouzzadeh et al. 2021, arXiv:1910.09716.
    """
    if pool.prob is None or not len(pool):
        return top(pool, k, rng)
    rows, doubt = best(pool, -np.abs(2 * pool.prob - 1), len(pool), rng)
    vectors = unit_vectors(pool, drawn(pool, np.arange(len(pool)), MOST, rng))
    means = centres(vectors, max(min(clusters, k), 1), rng)
    group = np.argmax(pool.dots(means), axis=0)
    room = shares(np.bincount(group, minlength=len(means)), k)
    first = np.argsort(_place(group[rows]) >= room[group[rows]], kind="stable")[:k]
    return rows[np.sort(first)], doubt[np.sort(first)]


def margin_cluster_mean(pool: Pool, k: int, rng: np.random.Generator, *, log_odds: float = 1.0) -> tuple[Ints, Floats]:
    """Rows (k,), each in the middle of one of k clusters of the doubtful ones; scores are -|2p - 1|, as `margin`.

    Doubtful is what lies within `log_odds` of p = 0.5, as in a support vector machine's margin; at least k items, at
    most the 2,500 nearest. Clusters that share their middle leave room for the most doubtful others.
    Representative sampling, Xu et al. 2003, doi:10.1007/3-540-36618-0_28.
    """
    if pool.prob is None:
        return top(pool, k, rng)
    rows, doubt = best(pool, -np.abs(2 * pool.prob - 1), len(pool), rng)
    inside = int(np.sum(doubt >= -np.tanh(log_odds / 2)))  # |2p - 1| at these log odds
    near = drawn(pool, rows[: min(max(inside, k), MOST)], MOST, rng)
    vectors = unit_vectors(pool, near)
    means = centres(vectors, k, rng)
    middle = near[np.argmax(vectors @ means.T, axis=0)] if len(means) else near[:0]
    first = np.argsort(~np.isin(rows, middle), kind="stable")[:k]
    return rows[np.sort(first)], doubt[np.sort(first)]


def shares(sizes: Ints, k: int) -> Ints:
    """(C,) whole numbers that sum to k, in proportion to the sizes (C,), by largest remainder; ties to the first."""
    exact = sizes * k / max(int(sizes.sum()), 1)
    whole = np.floor(exact).astype(np.int64)
    most = np.argsort(-(exact - whole), kind="stable")[: k - int(whole.sum())]
    whole[most] += 1
    return whole


def _place(group: Ints) -> Ints:
    """(n,) how many of the same group stand before each."""
    order = np.argsort(group, kind="stable")
    place = np.empty(len(group), np.int64)
    place[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return place
