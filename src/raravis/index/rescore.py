"""What every index shares: queries and filters checked, and rows scored in full, the same way by all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.errors import InputError
from raravis.index.codes import CHUNK, widened
from raravis.types import Bools, Floats, Ints, Vectors


def checked_queries(queries: Floats, dim: int) -> Floats:
    """The queries (Q, D) as float32. Raises InputError for others than (Q, dim), or not finite."""
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise InputError(f"queries: want shape (Q, {dim}), got {queries.shape}; encode them with the same encoder")
    if not np.isfinite(queries).all():
        raise InputError("queries: got NaN or infinity, wanted finite numbers")
    return np.ascontiguousarray(queries, np.float32)


def checked_rows(allowed: Bools | None, n: int) -> Ints | None:
    """The rows that are allowed, None where nothing forbids any. Raises InputError for a mask of another shape."""
    if allowed is None:
        return None
    if allowed.shape != (n,) or allowed.dtype != np.bool_:
        raise InputError(f"allowed: want ({n},) of bool, got {allowed.shape} of {allowed.dtype}")
    rows = np.flatnonzero(allowed)
    return None if len(rows) == n else rows


def dots(vectors: Vectors, rows: Ints, queries: Floats) -> Floats:
    """(Q, n) in float32; einsum sums every row in the same order, so equal vectors tie, where BLAS may not."""
    out, data = np.empty((len(queries), len(rows)), np.float32), np.asarray(vectors.data)
    for start in range(0, len(rows), CHUNK):
        part = widened(data.take(rows[start : start + CHUNK], axis=0))  # twice as fast as data[rows]
        for query, row in zip(queries, out, strict=True):
            np.einsum("ij,j->i", part, query, out=row[start : start + CHUNK])
    return out


def best_of(vectors: Vectors, rows: Ints, queries: Floats, k: int) -> tuple[Ints, Floats]:
    """Ids and scores (Q, min(k, n)) of the best of these rows (n,), all of them scored; ties by lower id."""
    k = min(k, len(rows))
    ids, together = vectors.ids[rows], max(1, (1 << 26) // max(1, len(rows)))
    parts = []
    for start in range(0, len(queries), together):
        scores = dots(vectors, rows, queries[start : start + together])
        order = np.array([np.lexsort((ids, -row))[:k] for row in scores], np.int64).reshape(len(scores), k)
        parts.append((ids[order], np.take_along_axis(scores, order, axis=1)))
    return joined(parts, k, len(queries))


def joined(parts: Sequence[tuple[Ints, Floats]], k: int, queries: int) -> tuple[Ints, Floats]:
    """Answers to some of the queries and to the next, as one (Q, k)."""
    if k == 0 or queries == 0:
        return np.zeros((queries, k), np.int64), np.zeros((queries, k), np.float32)
    ids, scores = (np.concatenate(both) for both in zip(*parts, strict=True))
    return ids, scores
