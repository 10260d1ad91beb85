"""The exact index: every vector is scanned as int8, and what could be among the best is scored again in full."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import simsimd
from numpy.typing import NDArray

from raravis.arrays import reached
from raravis.index.codes import LONGEST, Codes, in_folder, in_memory, quantise
from raravis.index.rescore import best_of, checked_queries, checked_rows, dots, joined
from raravis.types import Bools, Floats, Ints, Vectors

THREADS = 2
POOL = ThreadPoolExecutor(THREADS, "scan")  # its threads start with the first scan
BLOCK = 1 << 22  # bytes of codes a call: several queries read them from the cache, and the lock is rarely wanted
FEW = 0.03  # of the rows between the first and the last; so few are quicker scored in full than scanned first
SCORES = 1 << 26  # held at once
SLACK = 1e-5  # rounding of float32 sums, times the query's length


class Exact:
    """Vectors and their int8 codes, kept in `folder` when there is one and extended when vectors are added."""

    recall = 1.0

    def __init__(self, vectors: Vectors, folder: Path | None = None) -> None:
        self.vectors = vectors
        self._parts = in_folder(vectors, folder) if folder else in_memory(vectors)
        self._error = np.concatenate([np.zeros(0, np.float32), *(part.error for part in self._parts)])
        self._reach = LONGEST + float(self._error.max(initial=0))  # length of the longest vector as its codes have it

    def scan(self, queries: Floats) -> Floats:
        """(Q, N) dot products, in the order of the vectors, off by a few thousandths of the query's length.

        Raises InputError for queries that are not (Q, D) or not finite.
        """
        codes, scale, _ = quantise(checked_queries(queries, self.vectors.data.shape[1]))
        return self._scan(codes, scale, slice(0, len(self.vectors)))

    def scan_of(self, queries: Floats, rows: Ints) -> Floats:
        """(Q, n) dot products with the vectors of rows (n,), in any order; else as `scan`."""
        assert not len(rows) or (rows.min() >= 0 and rows.max() < len(self.vectors)), "no such row"
        codes, scale, _ = quantise(checked_queries(queries, self.vectors.data.shape[1]))
        out = np.empty((len(codes), len(rows)), np.float32)

        def score(part: Codes, at: Ints) -> None:
            mine = rows[at] - part.start
            dots = np.asarray(simsimd.cdist(codes, part.codes[mine], "dot", out_dtype="float32"))
            out[:, at] = dots * part.scale[mine] * scale[:, None]

        for part in self._parts:
            here = np.flatnonzero((rows >= part.start) & (rows < part.stop))
            at_once = max(1, BLOCK // codes.shape[1])
            shares = [here[first : first + at_once] for first in range(0, len(here), at_once)]
            list(POOL.map(functools.partial(score, part), shares))
        return out

    def search(self, queries: Floats, k: int, *, allowed: Bools | None = None) -> tuple[Ints, Floats]:
        """Ids and scores (Q, m), best first, ties by lower id: those of a float32 scan; m = min(k, rows allowed).

        Nothing is left to luck: a row is passed over only when its int8 score, plus the most that rounding can have
        taken from it (Cauchy and Schwarz), stays below k scores known in full. `allowed` (N,), by default all, says
        which rows may come out. Raises InputError as `scan` does.
        """
        checked = checked_queries(queries, self.vectors.data.shape[1])
        rows = checked_rows(allowed, len(self.vectors))
        return self.among(checked, np.arange(len(self.vectors)) if rows is None else rows, k)

    def among(self, queries: Floats, rows: Ints, k: int) -> tuple[Ints, Floats]:
        """Ids and scores (Q, min(k, n)), best first, ties by lower id, of some of the rows (n,), rising."""
        k = max(0, min(k, len(rows)))
        if k == 0:
            return joined([], k, len(queries))
        span = slice(int(rows[0]), int(rows[-1]) + 1)
        length = span.stop - span.start
        if len(rows) <= FEW * length:
            return best_of(self.vectors, rows, queries, k)
        together = max(1, SCORES // length)  # queries whose scores are held at once
        parts = [self._ranked(queries[i : i + together], k, rows, span) for i in range(0, len(queries), together)]
        return joined(parts, k, len(queries))

    def _ranked(self, queries: Floats, k: int, rows: Ints, span: slice) -> tuple[Ints, Floats]:
        codes, scale, error = quantise(queries)
        ids, scores = np.zeros((len(queries), k), np.int64), np.zeros((len(queries), k), np.float32)
        within = None if len(rows) == span.stop - span.start else rows - span.start
        for i, about in enumerate(self._scan(codes, scale, span)):
            about = about if within is None else about[within]
            best, scores[i] = self._best(queries[i], about, float(error[i]), k, rows)
            ids[i] = self.vectors.ids[best]
        return ids, scores

    def _scan(self, queries: NDArray[np.int8], scale: Floats, span: slice) -> Floats:
        """(Q, n) scores of the rows of a span, about."""
        out = np.empty((len(queries), span.stop - span.start), np.float32)

        def score(part: Codes, first: int, last: int) -> None:
            rows = max(1, BLOCK // part.codes.shape[1])
            for start in range(first, last, rows):
                stop, at = min(start + rows, last), part.start - span.start
                # Other threads run meanwhile. Its `out=` returns a None it does not own: in time, Python 3.11 aborts.
                dots = np.asarray(simsimd.cdist(queries, part.codes[start:stop], "dot", out_dtype="float32"))
                np.multiply(dots, part.scale[start:stop], out=out[:, at + start : at + stop])

        if out.size:
            list(POOL.map(lambda share: score(*share), self._shares(span)))
        out *= scale[:, None]
        return out

    def _shares(self, span: slice) -> Iterator[tuple[Codes, int, int]]:
        """A part and a range of its rows for each thread."""
        for part in self._parts:
            first, last = max(0, span.start - part.start), min(len(part.scale), span.stop - part.start)
            if first < last:
                edges = np.linspace(first, last, THREADS + 1).astype(int).tolist()
                yield from ((part, begin, end) for begin, end in itertools.pairwise(edges))

    def _best(self, query: Floats, about: Floats, error: float, k: int, rows: Ints) -> tuple[Ints, Floats]:
        """Of the rows (n,), scored about so (n,): the k best and their scores (k,), best first."""
        bar = np.partition(self._dots(rows[about >= reached(about, k)], query), -k)[-k]
        length = float(np.linalg.norm(query))
        most = self._error[rows] * length + (self._reach * error + SLACK * length)
        near = rows[about + most >= bar]
        scores = self._dots(near, query)
        order = np.lexsort((self.vectors.ids[near], -scores))[:k]
        return near[order], scores[order]

    def _dots(self, rows: Ints, query: Floats) -> Floats:
        return np.asarray(dots(self.vectors, rows, query[None])[0], np.float32)
