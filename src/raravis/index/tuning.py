"""How hard an approximate index has to be searched: measured against the exact one, on rows it was not trained on.

Two kinds of queries are tried, and the worse counts: an item of the collection, itself left out of the answers, and the
mean of two items, as several examples make one. Measured (benchmarks/index.py): pictures that are not of the collection
lie in between, and the weights of classifiers are easier than all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from raravis.arrays import unit
from raravis.index.approximate import Approximate
from raravis.index.lists import GONE, Lists, sample_of
from raravis.index.manifest import Effort
from raravis.types import Floats, Ints

QUERIES = 128  # of each kind
DEPTHS = (10, 100, 1000)
ROOM = 10  # vectors for each of a depth: with fewer the lists are all looked into, and a scan is as quick
MOST = 1 / 8  # of the lists: beyond, a scan is as quick
FEW = 16  # lists
OVER = {"ivf-sq8": (2, 4), "ivf-rabitq": (4, 8, 16, 32)}  # candidates for each that is wanted
LITTLE = 0.002  # of recall, gained by half as many lists again: more of them are no use


def tuned(index: Approximate, *, seed: int) -> Lists:
    """The index's lists with what searches of growing effort found at each depth."""
    depths = [depth for depth in DEPTHS if depth * ROOM <= index.lists.count]
    queries, own = queries_of(index, seed)
    efforts: list[Effort] = []
    for depth in depths:
        some = slice(None, None, 2 ** DEPTHS.index(depth))  # deeper, each query tells more
        best = without(*index.exact.search(queries[some], depth + 1), own[some])
        efforts += _at_depth(index, queries[some], own[some], best)
    return replace(index.lists, efforts=tuple(efforts))


def _at_depth(index: Approximate, queries: Floats, own: Ints, best: Floats) -> Iterator[Effort]:
    """Up to the first candidates for each wanted with which enough can be found."""
    for over in OVER[index.lists.kind]:
        efforts = list(_with_over(index, queries, own, best, over))
        yield from efforts
        if efforts[-1].recall >= index.recall:
            return


def _with_over(index: Approximate, queries: Floats, own: Ints, best: Floats, over: int) -> Iterator[Effort]:
    """Looking into ever more lists, until enough is found with a margin, or hardly more than with fewer."""
    depth, before = best.shape[1], 0.0
    for nprobe in ladder(int(index.lists.index.nlist)):
        found = without(
            *index.of_lists(queries, depth + 1, Effort(depth, nprobe, over, 0.0), index.selector(None)), own
        )
        reached = min(recall(found[kind], best[kind]) for kind in (own == GONE, own != GONE))
        yield Effort(depth, nprobe, over, round(reached, 4))
        if reached >= (1 + index.recall) / 2 or 0 < reached - before < LITTLE:
            return
        before = reached


def hits(index: Approximate, queries: Floats, own: Ints, k: int) -> Floats:
    """(Q,) the share of each query's k best, its own item left out, that a whole search finds."""
    best = without(*index.exact.search(queries, k + 1), own)
    found = without(*index.search(queries, k + 1), own)
    return np.asarray((found >= best[:, -1:]).mean(axis=1), np.float32)


def queries_of(index: Approximate, seed: int, *, each: int = QUERIES) -> tuple[Floats, Ints]:
    """Queries (2 Q, D) of both kinds, and the id of the item that each is, GONE for the mean of two."""
    numbers = held_out(index, seed, each)
    rows = index.vectors.data[index.row[numbers]].astype(np.float32)
    means = unit(rows + np.roll(rows, 1, axis=0))
    return np.concatenate([rows, means]), np.append(index.lists.ids[numbers], np.full(len(rows), GONE))


def ladder(lists: int) -> list[int]:
    """1, 2, 3, 4, 6, 8, 12, 16, … up to MOST of the lists, or to all where they are few."""
    most = max(int(MOST * lists), min(lists, FEW))
    steps = sorted({n for power in range(17) for n in (2**power, 3 * 2**power)})
    return [n for n in steps if n < most] + [most]


def held_out(index: Approximate, seed: int, size: int) -> Ints:
    """Numbers (Q,) of vectors that are there, drawn from those not trained on; from all where these are too few."""
    lists = index.lists
    there = np.flatnonzero(index.row != GONE)
    others = np.setdiff1d(there, sample_of(lists.trained_at, lists.trained_on, lists.seed))
    rng = np.random.default_rng([seed, 1])
    return np.asarray(rng.permutation(others if len(others) >= size else there)[:size], np.int64)


def without(ids: Ints, scores: Floats, own: Ints) -> Floats:
    """Scores (Q, k) of answers (Q, k + 1), each query's own item left out, or else the last."""
    mine = ids == own[:, None]
    mine[:, -1] |= ~mine.any(axis=1)
    return np.asarray(scores[~mine].reshape(len(ids), -1), np.float32)


def recall(found: Floats, best: Floats) -> float:
    """The share of the best (Q, k), by a scan, that was found (Q, k); what scores the same is as good."""
    return float((found >= best[:, -1:]).mean())
