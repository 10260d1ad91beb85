"""The exact index: every vector is scanned as int8, and what could be among the best is scored again in full."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import simsimd
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.index.codes import CHUNK, LONGEST, Codes, in_folder, in_memory, quantise, widened
from raravis.types import Floats, Ints, Vectors

THREADS = 2
POOL = ThreadPoolExecutor(THREADS, "scan")  # its threads start with the first scan
BLOCK = 1 << 22  # bytes of codes a call: several queries read them from the cache, and the lock is rarely wanted
FOLD = 32  # rows a group when a bar for the k best is looked for
SLACK = 1e-5  # rounding of float32 sums, times the query's length


class Exact:
    """Vectors and their int8 codes, kept in `folder` when there is one and extended when vectors are added."""

    def __init__(self, vectors: Vectors, folder: Path | None = None) -> None:
        self.vectors = vectors
        self._parts = in_folder(vectors, folder) if folder else in_memory(vectors)
        self._error = np.concatenate([np.zeros(0, np.float32), *(part.error for part in self._parts)])
        self._reach = LONGEST + float(self._error.max(initial=0))  # length of the longest vector as its codes have it

    def scan(self, queries: Floats) -> Floats:
        """(Q, N) dot products, in the order of the vectors, off by a few thousandths of the query's length.

        Raises InputError for queries that are not (Q, D) or not finite.
        """
        codes, scale, _ = quantise(self._checked(queries))
        return self._scan(codes, scale)

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        """Ids and scores (Q, min(k, N)), best first, ties by lower id: those of a float32 scan of all vectors.

        Nothing is left to luck: a row is passed over only when its int8 score, plus the most that rounding can have
        taken from it (Cauchy and Schwarz), stays below k scores known in full. Raises InputError as `scan` does.
        """
        checked, k = self._checked(queries), max(0, min(k, len(self.vectors)))
        codes, scale, error = quantise(checked)
        ids, scores = np.zeros((len(checked), k), np.int64), np.zeros((len(checked), k), np.float32)
        for i, about in enumerate(self._scan(codes, scale) if k else ()):
            rows, known = self._best(checked[i], about, float(error[i]), k)
            ids[i], scores[i] = self.vectors.ids[rows], known
        return ids, scores

    def _checked(self, queries: Floats) -> Floats:
        dim = self.vectors.data.shape[1]
        if queries.ndim != 2 or queries.shape[1] != dim:
            raise InputError(f"queries: want shape (Q, {dim}), got {queries.shape}; encode them with the same encoder")
        if not np.isfinite(queries).all():
            raise InputError("queries: got NaN or infinity, wanted finite numbers")
        return np.ascontiguousarray(queries, np.float32)

    def _scan(self, queries: NDArray[np.int8], scale: Floats) -> Floats:
        out = np.empty((len(queries), len(self.vectors)), np.float32)

        def score(part: Codes, first: int, last: int) -> None:
            rows = max(1, BLOCK // part.codes.shape[1])
            for start in range(first, last, rows):
                stop = min(start + rows, last)
                # Other threads run meanwhile. Its `out=` returns a None it does not own: in time, Python 3.11 aborts.
                dots = np.asarray(simsimd.cdist(queries, part.codes[start:stop], "dot", out_dtype="float32"))
                np.multiply(dots, part.scale[start:stop], out=out[:, part.start + start : part.start + stop])

        if out.size:
            list(POOL.map(lambda share: score(*share), self._shares()))
        out *= scale[:, None]
        return out

    def _shares(self) -> Iterator[tuple[Codes, int, int]]:
        """A part and a range of its rows for each thread."""
        for part in self._parts:
            edges = np.linspace(0, len(part.scale), THREADS + 1).astype(int).tolist()
            yield from ((part, first, last) for first, last in itertools.pairwise(edges))

    def _best(self, query: Floats, about: Floats, error: float, k: int) -> tuple[Ints, Floats]:
        """Rows (k,) and their scores (k,), best first."""
        bar = np.partition(self._dots(np.flatnonzero(about >= reached(about, k)), query), -k)[-k]
        length = float(np.linalg.norm(query))
        most = self._error * length + (self._reach * error + SLACK * length)
        rows = np.flatnonzero(about + most >= bar)
        scores = self._dots(rows, query)
        order = np.lexsort((self.vectors.ids[rows], -scores))[:k]
        return rows[order], scores[order]

    def _dots(self, rows: NDArray[np.intp], query: Floats) -> Floats:
        """(n,) in float32; einsum sums every row in the same order, so equal vectors tie, where BLAS may not."""
        pieces = [rows[i : i + CHUNK] for i in range(0, len(rows), CHUNK)]
        data = self.vectors.data
        return np.concatenate([np.einsum("ij,j->i", widened(data[piece]), query) for piece in pieces])


def reached(scores: Floats, k: int) -> float:
    """A score that at least k rows reach, and few others: each of k groups holds one. No slow partition of all."""
    groups = len(scores) // FOLD
    if groups < 8 * k:
        return float(np.partition(scores, -k)[-k])
    largest = scores[: groups * FOLD].reshape(FOLD, groups).max(axis=0)  # neighbours, often alike, in other groups
    return float(np.partition(largest, -k)[-k])
