"""Vectors whose directions count alike: what varies most in a collection is seldom what tells two rare things apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.pick.with_arrays import Known, made_once
from raravis.types import Floats, Pool

SAMPLE = 10_000  # vectors that the covariance is taken of, evenly spaced
DAMPING = 0.1  # of the variance that a part of a vector has, on average over what it weighs: smaller ones are noise


def whitening(pool: Pool) -> Callable[[Floats], Floats]:
    """Makes of vectors (n, D) others (n, D) of length 1: the collection's mean gone, its covariance, damped, undone.

    Learned once from the pool's vectors, which never change, however often a Pool is made of them.
    """
    data = pool.vectors.data
    mean, turn = made_once(_KNOWN, [data], lambda: _learned(data))

    def white(vectors: Floats) -> Floats:
        turned = (vectors - mean) @ turn
        return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9), np.float32)

    return white


_KNOWN: Known[tuple[Floats, Floats]] = {}


def _learned(data: NDArray[Any]) -> tuple[Floats, Floats]:
    """The mean (D,), and what vectors less that are multiplied with, (D, D)."""
    rows = np.unique(np.linspace(0, len(data) - 1, min(len(data), SAMPLE)).astype(np.int64))
    sample = data[rows].astype(np.float32)
    mean = sample.mean(0)
    covariance = np.cov(sample, rowvar=False, bias=True).reshape(len(mean), len(mean))
    total = float(np.trace(covariance))
    if not total > 0:
        return mean, np.eye(len(mean), dtype=np.float32)
    covariance[np.diag_indices_from(covariance)] += DAMPING * float((covariance**2).sum()) / total
    return mean, np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)).T, np.float32)
