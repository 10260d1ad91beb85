"""Pools small enough to check by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from raravis.types import Pool, Vectors


def make_pool(
    data: Any,
    *,
    seconds: Sequence[float] | None = None,
    timeline: Sequence[int] | None = None,
    frame: Sequence[int] | None = None,
    answers: Mapping[int, int] | None = None,
    prob: Sequence[float] | None = None,
    examples: Any = None,
    signs: Sequence[int] | None = None,
) -> Pool:
    """One timeline, a frame a second, nothing asked, unless told otherwise; data: vectors, or how many."""
    data = np.eye(data, dtype=np.float32) if isinstance(data, int) else np.asarray(data, np.float32)
    n = len(data)
    given = np.zeros((0, 0), np.float32) if examples is None else np.asarray(examples, np.float32)
    pool = Pool(
        Vectors(np.arange(n), data, "toy"),
        timeline=np.zeros(n, np.int64) if timeline is None else np.asarray(timeline, np.int64),
        seconds=np.arange(n, dtype=float) if seconds is None else np.asarray(seconds, float),
        frame=np.arange(n) if frame is None else np.asarray(frame, np.int64),
        asked=np.zeros(n, bool),
        label=np.zeros(n, np.int8),
        weight=np.zeros(n, np.float32),
        prob=None if prob is None else np.asarray(prob, np.float32),
        examples=given,
        example_sign=np.asarray([1] * len(given) if signs is None else signs, np.int8),
    )
    for row, value in (answers or {}).items():
        pool.asked[row], pool.label[row], pool.weight[row] = True, value, 1
    return pool


def turn(*degrees: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(n, 2) unit vectors at these angles."""
    at = np.deg2rad(np.array(degrees, float))
    return np.stack([np.cos(at), np.sin(at)], axis=1).astype(np.float32)
