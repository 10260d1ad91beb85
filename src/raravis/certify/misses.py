"""People overlook: how often at most, and how many there can be at most when so many are visible.

Both hold at any look. A unit's answer is taken as fixed before it is asked, and positives as overlooked independently,
each with the same probability, which is measured on known positives mixed in among the others.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from raravis.certify.counting import first

SHARES = (0.8, 0.1, 0.1)  # of the error: the visible total, the total behind it, the miss rate
_GRID = 10_000  # the miss rate's bound is rounded up to a ten-thousandth


@functools.lru_cache(10_000)  # asked again at every look, though it changes at few
def miss_rate_upper(shown: int, missed: int, alpha: float) -> float:
    """Upper bound on the probability that a positive is answered otherwise; 1.0 with nothing shown.

    The rates μ whose likelihood has not fallen to alpha times that of a uniform mixture over all rates: a test
    martingale for each, so it holds however often one looks. Robbins 1970, doi:10.1214/aoms/1177696786.
    """
    evidence = math.lgamma(missed + 1) + math.lgamma(shown - missed + 1) - math.lgamma(shown + 2)

    def excluded(step: int) -> bool:
        rate = step / _GRID
        likelihood = missed * math.log(rate) + (shown - missed) * math.log1p(-rate)
        return rate >= missed / max(shown, 1) and evidence - likelihood >= -math.log(alpha)

    return min(first(excluded, 1, _GRID - 1), _GRID) / _GRID


def total_upper(visible: int, miss_rate: float, alpha: float) -> float:
    """The largest total of which `visible` or fewer stay visible with probability alpha or more; inf at rate 1.

    Each of the total is visible with probability 1 − miss_rate, independently: binomial.
    """
    if miss_rate >= 1:
        return math.inf
    high = max(16, visible)
    while not _too_few(high, visible, miss_rate, alpha):
        high *= 2
    return float(first(lambda total: _too_few(total, visible, miss_rate, alpha), visible, high) - 1)


@functools.lru_cache(10_000)
def visible_allowed(total: int, miss_rate: float, alpha: float) -> int:
    """The largest visible number whose `total_upper` is at most the total; −1 where even none allows more."""
    if miss_rate >= 1:
        return -1
    return int(np.sum(np.cumsum(_chances(total + 1, total + 1, miss_rate)) < alpha)) - 1


def _too_few(total: int, visible: int, miss_rate: float, alpha: float) -> bool:
    return visible < total and float(_chances(total, visible, miss_rate).sum()) < alpha


def _chances(total: int, at_most: int, miss_rate: float) -> NDArray[np.float64]:
    """(at_most + 1,) probabilities that 0, 1, … of the total are visible."""
    if miss_rate == 0:
        return np.asarray(np.arange(at_most + 1) == total, np.float64)
    left = np.arange(1, at_most + 1)
    odds = np.log((total - left + 1) / left) + math.log1p(-miss_rate) - math.log(miss_rate)
    return np.exp(total * math.log(miss_rate) + np.append(0.0, np.cumsum(odds)))
