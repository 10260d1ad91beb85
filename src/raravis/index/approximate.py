"""The approximate index: what the lists suggest is scored again in full, with what they do not hold yet beside it.

The lists (FAISS IVF) are the base. Vectors that came since are scanned exactly; those that went are masked. Both follow
from comparing ids: there is no state of its own that could be wrong. A damaged list can cost an answer its place, never
give one a wrong score, nor one that is not there.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from raravis.errors import StoreError
from raravis.index.codes import CHUNK, widened
from raravis.index.exact import Exact
from raravis.index.lists import GONE, THREADS, Lists, library
from raravis.index.manifest import AGAIN, Effort
from raravis.index.rescore import checked_queries, checked_rows, joined
from raravis.types import Bools, Floats, Ints, Vectors

POOL = ThreadPoolExecutor(THREADS, "lists")
SCANNED = 10_000  # rows: so few allowed are scored in full as quickly as they are found
SHALLOW = 10  # as many are wanted at least: so much did the shallowest measured search want
TOGETHER = 256  # queries a call
CHANGED = 0.1  # of a filtered answer, at twice the effort: above it the effort was too little
NOBODY = np.iinfo(np.int64).max  # sorts behind every id


class Approximate:
    """Vectors, the lists built of them or of most, and the exact index, which answers what the lists cannot."""

    def __init__(self, vectors: Vectors, lists: Lists, exact: Exact | None = None) -> None:
        self.vectors, self.lists, self.recall = vectors, lists, lists.recall
        self.exact = exact or Exact(vectors)
        self.row = rows_of(vectors, lists.ids)
        held = np.zeros(len(vectors), bool)
        held[self.row[self.row != GONE]] = True
        self.delta: Ints = np.flatnonzero(~held)
        self.tombstones = len(lost(lists, vectors))
        self._least = least(lists)
        self._alive = self._held(self.row != GONE) if self.tombstones else None

    def search(self, queries: Floats, k: int, *, allowed: Bools | None = None) -> tuple[Ints, Floats]:
        """Ids and scores (Q, m), best first, ties by lower id; m = min(k, rows allowed).

        Of the true m best it finds `recall` on average, as measured when it was built. `allowed` (N,), by default
        all, says which rows may come out. Raises InputError as `Exact` does, StoreError where the lists are damaged.
        """
        checked = checked_queries(queries, self.vectors.data.shape[1])
        rows = checked_rows(allowed, len(self.vectors))
        m = max(0, min(k, len(self.vectors) if rows is None else len(rows)))
        effort = self.effort(m, 1.0 if rows is None else len(rows) / len(self.vectors))
        if effort is None or m == 0:
            return self.exact.search(checked, k, allowed=allowed)
        if rows is None or allowed is None:
            return self.searched(checked, m, effort, None)
        return self._twice(checked, m, effort, allowed)

    def _twice(self, queries: Floats, m: int, effort: Effort, allowed: Bools) -> tuple[Ints, Floats]:
        """Ids and scores (Q, m) at twice the effort, by a scan where that changes the answer much.

        A filter may leave out just what a query is like; then what is left lies further away than the effort reaches.
        """
        selector = self.selector(allowed)
        once, _ = self._searched(queries, m, effort, allowed, selector)
        ids, scores = self._searched(queries, m, replace(effort, nprobe=2 * effort.nprobe), allowed, selector)
        new = [len(np.setdiff1d(later, earlier)) for later, earlier in zip(ids, once, strict=True)]
        unsure = np.flatnonzero(np.array(new) > CHANGED * m)
        if len(unsure):
            ids[unsure], scores[unsure] = self.exact.search(queries[unsure], m, allowed=allowed)
        return ids, scores

    def effort(self, m: int, share: float) -> Effort | None:
        """The least that finds as many of the m best as was asked for, where a share is allowed; None: a scan is due.

        The m best of those allowed are among the m / share best of all, when what is allowed lies anywhere.
        """
        within = [one for one in self._least if one.depth * share < m]
        deep = next((one for one in self._least if one.depth * share >= m), None)
        if deep is None or share * len(self.vectors) < min(SCANNED, len(self.vectors) / 2):
            return None
        return replace(deep, over=max(one.over for one in (*within, deep)))  # the fewer the nearer each other

    def searched(self, queries: Floats, m: int, effort: Effort, allowed: Bools | None) -> tuple[Ints, Floats]:
        """Ids and scores (Q, m) at an effort: from the lists, from what came since, and where these have too few."""
        return self._searched(queries, m, effort, allowed, self.selector(allowed))

    def _searched(
        self, queries: Floats, m: int, effort: Effort, allowed: Bools | None, selector: Any
    ) -> tuple[Ints, Floats]:
        ids, scores = self._with_delta(queries, *self.of_lists(queries, m, effort, selector), allowed)
        return self._completed(queries, ids, scores, allowed)

    def of_lists(self, queries: Floats, m: int, effort: Effort, selector: Any) -> tuple[Ints, Floats]:
        """Ids and scores (Q, m) from the lists alone; NOBODY and -inf where they have fewer."""
        parameters = library().SearchParametersIVF(nprobe=effort.nprobe)
        if selector is not None:
            parameters.sel = selector

        def answers(some: Floats) -> tuple[Ints, Floats]:
            library().omp_set_num_threads(1)  # of this thread: the shares run side by side
            return best_each(self.vectors, self._suggested(some, max(m, SHALLOW) * effort.over, parameters), some, m)

        size = max(1, min(TOGETHER, -(-len(queries) // THREADS)))
        shares = [queries[start : start + size] for start in range(0, len(queries), size)]
        parts = list(map(answers, shares) if len(shares) < 2 else POOL.map(answers, shares))
        return joined(parts, m, len(queries))

    def selector(self, allowed: Bools | None) -> Any:
        """What tells the lists which of their vectors may come out: those allowed (N,) that are not gone; None: all."""
        return self._alive if allowed is None else self._held(allowed[self.row] & (self.row != GONE))

    def _held(self, mask: Bools) -> Any:
        return library().IDSelectorBitmap(np.packbits(mask, bitorder="little"))

    def _suggested(self, queries: Floats, wanted: int, parameters: Any) -> Ints:
        """Rows of the vectors (Q, wanted), GONE where the lists have no more. Raises StoreError for what cannot be."""
        _, numbers = self.lists.index.search(queries, wanted, params=parameters)
        if numbers.size and (numbers.max() >= len(self.row) or numbers.min() < GONE):
            raise StoreError(f"index of {self.vectors.encoder}: names a vector that it does not hold; {AGAIN}")
        return np.where(numbers == GONE, GONE, self.row[numbers])

    def _with_delta(self, queries: Floats, ids: Ints, scores: Floats, allowed: Bools | None) -> tuple[Ints, Floats]:
        rows = self.delta if allowed is None else self.delta[allowed[self.delta]]
        if not len(rows):
            return ids, scores
        m = ids.shape[1]
        newer, theirs = self.exact.among(queries, rows, m)
        return ranked(np.concatenate([ids, newer], axis=1), np.concatenate([scores, theirs], axis=1), m)

    def _completed(self, queries: Floats, ids: Ints, scores: Floats, allowed: Bools | None) -> tuple[Ints, Floats]:
        """The same, queries answered by a scan where the lists had too few."""
        short = np.flatnonzero((ids == NOBODY).any(axis=1))
        if len(short):
            ids[short], scores[short] = self.exact.search(queries[short], ids.shape[1], allowed=allowed)
        if (np.diff(np.sort(ids, axis=1), axis=1) == 0).any():
            raise StoreError(f"index of {self.vectors.encoder}: holds a vector twice; {AGAIN}")
        return ids, scores


def least(lists: Lists) -> list[Effort]:
    """At each depth, shallowest first, the least that reached the recall asked for."""
    enough = sorted((e for e in lists.efforts if e.recall >= lists.recall), key=lambda e: (e.depth, e.over, e.nprobe))
    return [next(same) for _, same in itertools.groupby(enough, key=lambda e: e.depth)]


def rows_of(vectors: Vectors, ids: Ints) -> Ints:
    """(n,) the row of each id, GONE where the vectors have it no more."""
    n = len(ids)
    if np.array_equal(ids, vectors.ids[:n]):
        return np.arange(n)
    if not len(vectors):
        return np.full(n, GONE)
    by_id = np.argsort(vectors.ids)
    at = by_id[np.minimum(np.searchsorted(vectors.ids, ids, sorter=by_id), len(vectors) - 1)]
    return np.asarray(np.where(vectors.ids[at] == ids, at, GONE), np.int64)


def lost(lists: Lists, vectors: Vectors) -> Ints:
    """Numbers (n,) of what the lists hold and the vectors do not."""
    return np.flatnonzero((rows_of(vectors, lists.ids) == GONE) & (lists.ids != GONE))


def best_each(vectors: Vectors, rows: Ints, queries: Floats, m: int) -> tuple[Ints, Floats]:
    """Ids and scores (Q, m) of the best of each query's own rows (Q, n); NOBODY and -inf where there are fewer."""
    scores, data = np.empty(rows.shape, np.float32), np.asarray(vectors.data)
    step = max(1, CHUNK // max(1, rows.shape[1]))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        part = widened(data.take(some.ravel(), axis=0)).reshape(*some.shape, -1)
        scores[start : start + step] = np.einsum("qkd,qd->qk", part, queries[start : start + step])
    nobody = rows == GONE
    scores[nobody] = -np.inf
    return ranked(np.where(nobody, NOBODY, vectors.ids[rows]), scores, m)


def ranked(ids: Ints, scores: Floats, m: int) -> tuple[Ints, Floats]:
    """The m best of each row (Q, n), best first, ties by lower id."""
    order = np.lexsort((ids, -scores), axis=-1)[:, :m]
    return np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)
