"""Rows that say the same: each behind one that it is as good as equal to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.flow.searching.searcher import Searcher
from raravis.index.codes import CHUNK, widened
from raravis.types import Bools, Floats, Ints

Told = Callable[[int, int], None]
NEAREST = 32  # neighbours of an item that an index is asked for


class Behind(NamedTuple):
    """Which row stands for which."""

    row: Ints  # (N,) the row that stands for each; itself, where none does
    cosine: Floats  # (N,) with it


@dataclass(frozen=True, eq=False)
class Terms:
    """What lets a row stand for another."""

    threshold: float  # cosine
    order: Ints  # (N,) rows: the earlier stands for the later
    said: Ints  # (N,) a number for what was answered; a row with an answer is behind none with others; 0: none
    tick: Ints  # (N,) time along timelines, see `ticks`
    reach: int  # how far apart in ticks

    def hold(self, rows: Ints, before: Ints) -> Bools:
        """(n, m) whether the one may be behind the other, whatever they look like."""
        near = np.abs(self.tick[rows][:, None] - self.tick[before][None]) <= self.reach
        said = self.said[rows][:, None]
        return np.asarray(near & ((said == 0) | (said == self.said[before][None])))


def leaders(data: NDArray[Any], terms: Terms, tell: Told) -> Behind:
    """By vectors (N, D): in that order each row is behind the first one before it that stands for itself and is near.

    So whatever is behind a row is near to it, not to something near to something near; and no two rows that stand for
    themselves are near, where answers do not keep them apart. Exact: every row is held against all of those.
    """
    n = len(data)
    behind = Behind(np.arange(n), np.ones(n, np.float32))
    standing: list[Ints] = []
    for start in range(0, n, CHUNK):
        rows = terms.order[start : start + CHUNK]
        vectors = widened(data[rows])
        for before in standing:
            vectors, rows = _put(behind, terms, vectors, rows, before, widened(data[before]))
        _add(standing, _among(behind, terms, vectors, rows))
        tell(min(start + CHUNK, n), n)
    return behind


def _put(
    behind: Behind, terms: Terms, vectors: Floats, rows: Ints, before: Ints, leading: Floats
) -> tuple[Floats, Ints]:
    """What is left of the rows (n,), with their vectors, once those near to one of `before` are behind it."""
    here = terms.tick[rows]
    if (
        not len(rows)
        or here.min() - terms.reach > terms.tick[before].max()
        or here.max() + terms.reach < terms.tick[before].min()
    ):
        return vectors, rows
    dots = vectors @ leading.T
    near = _near(terms, dots, rows, before)
    found = near.any(axis=1)
    first = near.argmax(axis=1)[found]
    behind.row[rows[found]], behind.cosine[rows[found]] = before[first], dots[found, first]
    return vectors[~found], rows[~found]


def _among(behind: Behind, terms: Terms, vectors: Floats, rows: Ints) -> Ints:
    """Those of the rows (n,) that stand for themselves, in their order; the others are behind one of them."""
    dots = vectors @ vectors.T
    near = _near(terms, dots, rows, rows)
    free = np.ones(len(rows), bool)
    for at in range(len(rows)):
        if free[at]:
            after = at + 1 + np.flatnonzero(near[at + 1 :, at] & free[at + 1 :])
            free[after] = False
            behind.row[rows[after]], behind.cosine[rows[after]] = rows[at], dots[after, at]
    return rows[free]


def _near(terms: Terms, dots: Floats, rows: Ints, before: Ints) -> Bools:
    """(n, m) which of the rows are near to which; terms are only looked at where anything is alike, which is seldom."""
    near = dots >= terms.threshold
    alike = np.flatnonzero(near.any(axis=1))
    near[alike] &= terms.hold(rows[alike], before)
    return near


def _add(standing: list[Ints], rows: Ints) -> None:
    """Rows that stand for themselves, in pieces of about CHUNK."""
    if standing and len(standing[-1]) + len(rows) <= CHUNK:
        standing[-1] = np.concatenate([standing[-1], rows])
    elif len(rows):
        standing.append(rows)


def by_neighbours(searcher: Searcher, terms: Terms, tell: Told) -> Behind:
    """The same by each row's NEAREST in the index: whatever is behind a row is near to it, but some is missed.

    That is what the index misses, and in a crowd of more than NEAREST what lies beyond them: then several stand.
    """
    rows, neighbours, cosines = _edges(searcher, terms, tell)
    start = np.searchsorted(rows, np.arange(len(terms.order) + 1))
    behind = Behind(np.arange(len(terms.order)), np.ones(len(terms.order), np.float32))
    free = np.ones(len(terms.order), bool)
    for row in terms.order[np.isin(terms.order, rows)].tolist():
        if free[row]:
            free[row] = False
            edges = np.arange(start[row], start[row + 1])
            edges = edges[free[neighbours[edges]]]
            edges = edges[terms.hold(neighbours[edges], np.array([row]))[:, 0]]
            after = neighbours[edges]
            free[after] = False
            behind.row[after], behind.cosine[after] = row, cosines[edges]
    return behind


def _edges(searcher: Searcher, terms: Terms, tell: Told) -> tuple[Ints, Ints, Floats]:
    """Pairs of rows above the threshold, both ways, by the first; with their cosines."""
    data, n = searcher.collection.vectors.data, len(searcher.collection)
    parts: list[tuple[Ints, Ints, Floats]] = []
    for start in range(0, n, CHUNK):
        near, cosines = searcher.search(widened(data[start : start + CHUNK]), NEAREST)
        at, place = np.nonzero(cosines >= terms.threshold)
        parts.append((start + at, near[at, place], cosines[at, place]))
        tell(min(start + CHUNK, n), n)
    one, other, cosine = (np.concatenate(column) for column in zip(*parts, strict=True))
    keep = one != other
    pairs = np.concatenate([np.stack([one, other])[:, keep], np.stack([other, one])[:, keep]], axis=1)
    pairs, index = np.unique(pairs, axis=1, return_index=True)
    return pairs[0], pairs[1], np.tile(cosine[keep], 2)[index]
