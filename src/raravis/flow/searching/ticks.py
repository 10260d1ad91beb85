"""Time along timelines as one whole number a row, so that what lies near is one comparison, whatever the timeline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.types import Ints

TICK = 1e-6  # seconds: frames lie further apart, and sums of seconds are off by less


def reach_of(seconds: float, rows: int, *, what: str, least: bool = True) -> int:
    """So many seconds in ticks. Raises InputError, saying `what` they are, where so many rows cannot be counted so.

    No time at all is refused too, unless `least` is off.
    """
    longest = 2**62 * TICK / max(rows, 1) - 1
    if not (0 < seconds < longest or (seconds == 0 and not least)):
        raise InputError(f"got {seconds:g} s as {what}; wanted {'above 0' if least else '0'} to {longest:.3g} s")
    return round(seconds / TICK)


def ticks(line: Ints, at: NDArray[np.float64], reach: int) -> Ints:
    """(N,) rising, for rows by timeline and then by time, whose seconds count up or down along it.

    Two rows are at most `reach` apart where their timeline is the same and so are their seconds; what lies further
    apart, or on another timeline, is further apart, no matter how far.
    """
    start = np.append(0, np.flatnonzero(np.diff(line)) + 1)[: len(at)]
    own = np.rint((at - np.repeat(at[start], np.diff(np.append(start, len(at))))) / TICK)
    step = np.minimum(np.diff(own, prepend=0), reach + 1)
    step[start] = reach + 1
    return np.cumsum(step.astype(np.int64))
