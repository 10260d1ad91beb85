"""What answers at single moments prove of events that show for at least so long. Pure: arrays in, counts out.

A moment is one frame's time on a stretch of unbroken footage. A no clears its own frame only; two no's closer than
the shortest event that counts leave no room for one between them; two yes's as close are one showing, which is the
assumption that every claim prints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.types import CANT_TELL, NO, YES, Bools, Ints

Reals = NDArray[np.float64]
SLACK = 1e-6  # seconds that rounding may take


@dataclass(frozen=True, eq=False)
class Moments:
    """Frames by the footage they lie in, each with the time it is shown."""

    footage: Ints  # (n,) index into the stretches of unbroken footage
    start: Reals  # (n,) seconds on the timeline
    end: Reals  # (n,)

    def __len__(self) -> int:
        return len(self.footage)

    def take(self, rows: NDArray[np.generic]) -> Moments:
        """Some of the rows, by number or by a mask (n,)."""
        return Moments(self.footage[rows], self.start[rows], self.end[rows])


@dataclass(frozen=True, eq=False)
class Showings:
    """Runs of yes's, by footage and time: each a stretch through which the thing shows, and the room it may fill."""

    footage: Ints  # (s,)
    start: Reals  # (s,) of the first yes
    end: Reals  # (s,) of the last one
    low: Reals  # (s,) end of the nearest no before, else where the footage begins
    high: Reals  # (s,) start of the nearest no after, else where the footage ends

    def __len__(self) -> int:
        return len(self.footage)


@dataclass(frozen=True, eq=False)
class Runs:
    """What is known of events at least `min_seconds` long."""

    showings: Showings
    sure: Bools  # (s,) seen to last that long
    possible: Bools  # (s,) may last that long
    event: Ints  # (s,) number of the event, by time: only pauses up to the gap are bridged, so it counts high
    apart: Ints  # (s,) the same, where all that is not proved apart by no's is one: it counts low
    unclear: Ints  # rows of answers where nobody could tell, and there is room for an event

    @property
    def found(self) -> int:
        """Events that are certain to be different ones, each seen to last long enough."""
        return len(np.unique(self.apart[self.sure]))

    @property
    def open(self) -> Bools:
        """(s,) may last long enough, in an event that is not seen to do so."""
        return self.possible & ~np.isin(self.event, self.event[self.sure])


def runs_of(
    moments: Moments, value: NDArray[np.int8], bounds: Reals, *, min_seconds: float, gap_seconds: float
) -> Runs:
    """The events behind answers (n,) 1, -1 or 0 at n moments of footage with `bounds` (S, 2), start and end."""
    yes = np.flatnonzero(value == YES)
    yes = yes[np.lexsort((moments.start[yes], moments.footage[yes]))]
    low, high = room(moments, value, bounds, moments.take(yes))
    first, last = _edges(moments.take(yes), low, min_seconds)
    begins, ends = yes[first], yes[last]
    showings = Showings(moments.footage[begins], moments.start[begins], moments.end[ends], low[first], high[first])
    sure = showings.end - showings.start >= min_seconds - SLACK
    possible = sure | (showings.high - showings.low >= min_seconds - SLACK)
    event, apart = _together(showings, moments, value, gap_seconds)
    unclear = np.flatnonzero(value == CANT_TELL)
    low, high = room(moments, value, bounds, moments.take(unclear))
    return Runs(showings, sure, possible, event, apart, unclear[high - low >= min_seconds - SLACK])


def room(moments: Moments, value: NDArray[np.int8], bounds: Reals, at: Moments) -> tuple[Reals, Reals]:
    """(m,) and (m,): between which no's the moments `at` lie, else between which ends of their footage."""
    low, high = bounds[at.footage, 0].copy(), bounds[at.footage, 1].copy()
    no = np.flatnonzero(value == NO)
    no = no[np.lexsort((moments.start[no], moments.footage[no]))]
    if not len(no):
        return low, high
    key = _key(moments.footage[no], moments.start[no], at.footage, at.start)
    before, after = key - 1, np.minimum(key, len(no) - 1)
    here = (key > 0) & (moments.footage[no[before]] == at.footage)
    low[here] = moments.end[no[before[here]]]
    here = (key < len(no)) & (moments.footage[no[after]] == at.footage)
    high[here] = moments.start[no[after[here]]]
    return low, high


def unsettled(at: Moments, moments: Moments, value: NDArray[np.int8], bounds: Reals, runs: Runs, step: float) -> Bools:
    """(m,) whether an event of `step` seconds that nothing has met may show then: in no showing, and room for it."""
    low, high = room(moments, value, bounds, at)
    return (high - low >= step - SLACK) & (showing_at(at, runs.showings) < 0)


def showing_at(at: Moments, showings: Showings, *, margin: float = 0.0) -> Ints:
    """(m,) the showing that each moment lies in, or within the margin of; -1 where none."""
    inside = np.full(len(at), -1, np.int64)
    if not len(showings):
        return inside
    key = _key(showings.footage, showings.start, at.footage, at.start)
    for near in (np.minimum(key, len(showings) - 1), np.maximum(key - 1, 0)):
        here = showings.footage[near] == at.footage
        here &= at.end > showings.start[near] - margin + SLACK
        here &= at.start < showings.end[near] + margin - SLACK
        inside[here] = near[here]
    return inside


def _key(footage: Ints, start: Reals, at_footage: Ints, at_start: Reals) -> Ints:
    """(m,) how many of the sorted moments lie before each of `at`, or at the same time."""
    every = np.concatenate([footage, at_footage])
    times = np.concatenate([start, at_start])
    late = np.repeat([0, 1], [len(footage), len(at_footage)])
    order = np.lexsort((late, times, every))
    count = np.cumsum(order < len(footage))
    out = np.empty(len(order), np.int64)
    out[order] = count
    return out[len(footage) :]


def _edges(yes: Moments, low: Reals, min_seconds: float) -> tuple[Ints, Ints]:
    """(s,) and (s,): the first and last yes of each showing; a no between, or too long unseen, ends one."""
    if not len(yes):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    apart = yes.footage[1:] != yes.footage[:-1]
    apart |= low[1:] > yes.start[:-1]
    apart |= yes.start[1:] - yes.end[:-1] > min_seconds + SLACK
    cut = np.flatnonzero(apart)
    return np.append(0, cut + 1), np.append(cut, len(yes) - 1)


def _together(showings: Showings, moments: Moments, value: NDArray[np.int8], gap_seconds: float) -> tuple[Ints, Ints]:
    """(s,) and (s,) numbers of events: where only the gap joins showings, and where all not proved apart are joined."""
    apart, proved = np.ones(len(showings), bool), np.ones(len(showings), bool)
    for after in range(1, len(showings)):
        if showings.footage[after] == showings.footage[after - 1]:
            pause = showings.end[after - 1], showings.start[after]
            apart[after] = pause[1] - pause[0] > gap_seconds + SLACK
            proved[after] = apart[after] and _covered(int(showings.footage[after]), pause, moments, value, gap_seconds)
    return np.cumsum(apart) - 1, np.cumsum(proved) - 1


def _covered(
    footage: int, pause: tuple[float, float], moments: Moments, value: NDArray[np.int8], gap_seconds: float
) -> bool:
    """Whether no's, none farther from the next than the gap, together last longer than the gap."""
    there = (moments.footage == footage) & (moments.start >= pause[0] - SLACK) & (moments.end <= pause[1] + SLACK)
    no = np.flatnonzero(there & (value == NO))
    if not len(no):
        return False
    no = no[np.argsort(moments.start[no])]
    cut = np.flatnonzero(moments.start[no[1:]] - moments.end[no[:-1]] > gap_seconds + SLACK)
    first, last = np.append(0, cut + 1), np.append(cut, len(no) - 1)
    return bool(np.any(moments.end[no[last]] - moments.start[no[first]] > gap_seconds + SLACK))
