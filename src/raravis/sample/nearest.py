"""Moments asked for to the frames that lie nearest."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.types import Ints, Packets


def check_seconds(sampler: str, **settings: float) -> None:
    """Raises InputError for a setting, in seconds, that is not above zero."""
    for name, seconds in settings.items():
        if not seconds > 0:
            raise InputError(f"sample {sampler}: {name} is {seconds:g}; wanted more than 0 seconds")


def ticks(packets: Packets, seconds: float) -> float:
    """Seconds in ticks of the packets' time base; may fall between two ticks."""
    return float(Fraction(seconds).limit_denominator(10**6) / packets.time_base)


def nearest(candidates: Ints, targets: NDArray[np.float64]) -> Ints:
    """Rising pts: the candidate nearest to each target, the earlier of two at one distance, each once."""
    if not len(candidates) or not len(targets):
        return np.zeros(0, np.int64)
    after = np.searchsorted(candidates, targets).clip(1, max(len(candidates) - 1, 1)).clip(max=len(candidates) - 1)
    before = np.maximum(after - 1, 0)
    closer = targets - candidates[before] <= candidates[after] - targets
    return np.unique(candidates[np.where(closer, before, after)])


def cheap(packets: Packets, *, exact: bool) -> Ints:
    """Pts to choose from: all if exact, else those that a pass which skips non-reference pictures shows."""
    return packets.pts if exact else packets.pts[packets.reference]
