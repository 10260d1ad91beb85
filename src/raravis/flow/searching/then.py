"""One thing and then another: pairs of moments along a timeline, the best of each stretch of time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis import time
from raravis.flow.searching.ticks import reach_of, ticks
from raravis.types import Bools, Floats, Ints

APART_SECONDS = 5.0  # pairs whose first moments lie no further apart are one event, of which the best is told
NEVER = np.float32(-np.inf)


class Pairs(NamedTuple):
    """Pairs of rows, best first, ties by the row of the first moment."""

    first: Ints  # (m,)
    second: Ints  # (m,)
    score: Floats  # (m,)


def follow(
    timeline: Ints,
    seconds: NDArray[np.float64],
    first: Floats,
    second: Floats,
    *,
    within_seconds: float,
    before: bool = False,
    product: bool = False,
    apart_seconds: float = APART_SECONDS,
    may_be_first: Bools | None = None,
    may_be_second: Bools | None = None,
) -> Pairs:
    """Every row that something follows on its timeline, more than 0 and at most `within_seconds` later, and what.

    `first` and `second` (N,) say how well each row fits the one and the other. Of what follows a row the best counts,
    of equals the nearest; with `before` it comes before the row instead. A pair's score is the lesser of its two, or
    with `product` their product. A pair is left out where a better one's first moment, or as good a one's that comes
    sooner (with `before` later), lies at most `apart_seconds` away: an event comes once. Rows that are not allowed to
    be first, or second, are left out. Seconds are compared to the microsecond. Raises InputError for a time that is
    not above 0, or too long to be counted in microseconds.
    """
    within = reach_of(within_seconds, len(seconds), what="the time within")
    apart = reach_of(apart_seconds, len(seconds), what="the time between events", least=False)
    order = time.order(timeline, seconds)[:: -1 if before else 1]  # against time, what comes before follows
    line, at = timeline[order], seconds[order] * (-1 if before else 1)
    best, where = _best_after(ticks(line, at, within), within, _masked(second, may_be_second)[order])
    score = _joined(_masked(first, may_be_first)[order], best, product)
    kept = np.flatnonzero(_is_peak(ticks(line, at, apart), apart, score))
    kept = kept[np.lexsort((order[kept], -score[kept]))]
    return Pairs(order[kept], order[where[kept]], score[kept])


def _masked(score: Floats, allowed: Bools | None) -> Floats:
    """The scores (N,), with NEVER where a row is not allowed."""
    score = np.asarray(score, np.float32)
    return score if allowed is None else np.where(allowed, score, NEVER)


def _joined(first: Floats, second: Floats, product: bool) -> Floats:
    if not product:
        return np.minimum(first, second)
    never = (first == NEVER) | (second == NEVER)
    return np.where(never, NEVER, np.where(never, 0, first) * np.where(never, 0, second)).astype(np.float32)


def _best_after(at: Ints, reach: int, score: Floats) -> tuple[Floats, Ints]:
    """(N,) the best score of the rows more than 0 and at most `reach` later, NEVER where there is none; its row."""
    low, high = (np.searchsorted(at, at + far, side="right") for far in (0, reach))
    best = _largest(_keys(score), low, high)
    found = best != _NOTHING
    return np.where(found, _score_of(best), NEVER), np.where(found, _row_of(best), 0)


def _is_peak(at: Ints, reach: int, score: Floats) -> Bools:
    """(N,) whether no row at most `reach` away has a better score, or is earlier with as good a one."""
    low = np.searchsorted(at, at - reach, side="left")
    high = np.searchsorted(at, at + reach, side="right")
    best = _largest(_keys(score), low, high)
    return np.asarray((score > NEVER) & (_row_of(best) == np.arange(len(score))))


_NOTHING = np.int64(-(2**63))
_LOW = np.int64(2**31 - 1)


def _keys(score: Floats) -> Ints:
    """(N,) score and row in one number: a better score is larger, and of equal ones the earlier row."""
    bits = (np.asarray(score, np.float32) + np.float32(0)).view(np.int32)  # no -0, which is 0 with another sign
    ordered = np.where(bits < 0, bits ^ np.int32(2**31 - 1), bits).astype(np.int64)
    return (ordered << 32) | (_LOW - np.arange(len(score)))


def _row_of(keys: Ints) -> Ints:
    return _LOW - (keys & _LOW)


def _score_of(keys: Ints) -> Floats:
    ordered = (keys >> 32).astype(np.int32)
    return np.where(ordered < 0, ordered ^ np.int32(2**31 - 1), ordered).astype(np.int32).view(np.float32)


def _largest(keys: Ints, low: Ints, high: Ints) -> Ints:
    """(N,) the largest of keys[low:high], row by row; _NOTHING where that is empty.

    Two overlapping stretches of a power of two cover each window; the maxima of stretches are made level by level.
    """
    found = np.full(len(low), _NOTHING)
    length = high - low
    level = np.frexp(np.maximum(length, 1).astype(np.float64))[1] - 1
    maxima = keys.copy()
    for power in range(int(level.max(initial=-1)) + 1):
        rows = np.flatnonzero((level == power) & (length > 0))
        found[rows] = np.maximum(maxima[low[rows]], maxima[high[rows] - 2**power])
        half = 2**power
        maxima[:-half] = np.maximum(maxima[:-half], maxima[half:])
    return found
