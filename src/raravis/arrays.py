"""What is done to arrays of numbers, wherever they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FOLD = 32  # numbers a group when a bar for the k largest is looked for


def unit(rows: NDArray[Any]) -> Floats:
    """(..., D) scaled to length 1; zeros stay."""
    rows = rows.astype(np.float32, copy=False)
    length = np.sqrt(np.einsum("...d,...d->...", rows, rows))  # np.linalg.norm takes three times as long
    return np.asarray(rows / np.maximum(length, 1e-9)[..., None])


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow; tiny values keep their order, for ranking goes on far below 0.5."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -80.0, 80.0))), np.float32)


def softmax(x: Floats) -> Floats:
    """(N, C) exp(x) over the row's sum of it, without overflow; rows add up to 1."""
    e = np.exp(x - x.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(e / e.sum(axis=1, keepdims=True), np.float32)


def reached(scores: NDArray[Any], k: int) -> float:
    """A score that at least k of (n,) reach, and few others: each of k groups holds one. No slow partition of all."""
    groups = len(scores) // FOLD
    if groups < 8 * k:
        return float(np.partition(scores, -k)[-k])
    largest = scores[: groups * FOLD].reshape(FOLD, groups).max(axis=0)  # neighbours, often alike, in other groups
    return float(np.partition(largest, -k)[-k])
