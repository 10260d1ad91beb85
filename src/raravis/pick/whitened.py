"""Vectors in which little counts what tells neighbours apart, for they are one thing most often, and much what not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import unit
from raravis.pick.part import Rows
from raravis.pick.with_arrays import Known, made_once
from raravis.types import Floats, Ints, Pool

SAMPLE = 4_000  # vectors that it is learned from, evenly spaced
NEIGHBOURS = 10  # of each: two that are among one another's are taken for the same thing
DAMPING = 0.03  # of the variance that a part of a vector has, on average over what it weighs: smaller ones are noise


def whitening(pool: Pool) -> Callable[[Floats], Floats]:
    """Makes of vectors (n, D) others (n, D) of length 1: the collection's mean gone, how neighbours differ undone.

    That is relevant component analysis (Bar-Hillel et al. 2005, JMLR 6), its chunklets pairs of mutual neighbours,
    which are sought where the covariance of all is undone. Learned once from the pool's vectors, which never change,
    however often a Pool is made of them.
    """
    data = pool.vectors.data
    data = data.data if isinstance(data, Rows) else data
    mean, turn = made_once(_KNOWN, [data], lambda: _learned(data))

    def white(vectors: Floats) -> Floats:
        return unit((vectors - mean) @ turn)

    return white


_KNOWN: Known[tuple[Floats, Floats]] = {}


def _learned(data: NDArray[Any]) -> tuple[Floats, Floats]:
    """The mean (D,), and what vectors less that are multiplied with, (D, D)."""
    rows = np.unique(np.linspace(0, len(data) - 1, min(len(data), SAMPLE)).astype(np.int64))
    sample = data[rows].astype(np.float32)
    mean = sample.mean(0)
    sample -= mean
    turn = _undoing(sample)
    one, other = _mutual_neighbours(unit(sample @ turn))
    return mean, _undoing(sample[one] - sample[other]) if len(one) else turn


def _undoing(vectors: Floats) -> Floats:
    """(D, D) what vectors (n, D) are multiplied with so that what varies much among them, and less, varies alike."""
    covariance = np.asarray(vectors.T @ vectors / len(vectors), np.float32)
    total = float(np.trace(covariance))
    if not total > 0:
        return np.eye(len(covariance), dtype=np.float32)
    covariance[np.diag_indices_from(covariance)] += DAMPING * float((covariance**2).sum()) / total
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)).T, np.float32)


def _mutual_neighbours(vectors: Floats) -> tuple[Ints, Ints]:
    """Pairs (n,), (n,) of rows that are each among the NEIGHBOURS most alike of the other; each pair once."""
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    count = min(NEIGHBOURS, len(vectors) - 1)
    near = np.zeros(alike.shape, bool)
    near[np.arange(len(vectors))[:, None], np.argpartition(-alike, count - 1, axis=1)[:, :count]] = True
    one, other = np.nonzero(np.triu(near & near.T, k=1))
    return one, other
