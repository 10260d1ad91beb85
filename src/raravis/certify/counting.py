"""Counts too large to multiply out, as logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


def log_falling(n: int, d: int) -> float:
    """log of n(n − 1)…(n − d + 1), the ways to draw d of n in turn; −inf where d > n, 0 where d ≤ 0."""
    if d <= 0:
        return 0.0
    if d > n:
        return -math.inf
    return math.log(n) if d == 1 else math.lgamma(n + 1) - math.lgamma(n - d + 1)


def log_sum(logs: Sequence[float]) -> float:
    """log of the sum of what the logs are of; not all may be −inf."""
    top = max(logs)
    return top + math.log(sum(math.exp(value - top) for value in logs))


def first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest n in low..high at which a condition that stays true once true holds; high + 1 where none does."""
    while low <= high:
        middle = (low + high) // 2
        low, high = (low, middle - 1) if holds(middle) else (middle + 1, high)
    return low
