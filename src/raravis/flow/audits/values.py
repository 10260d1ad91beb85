"""From answers to what each unit counts as. Pure, and the same for a live audit and a certificate that is verified.

A unit of an event claim is a positive one when it is the first of the frozen moments at which an event shows that
lasts long enough: so each event has exactly one positive unit, and a total of units is a total of events.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.flow.audits.runs import Moments, Reals, Runs, runs_of, showing_at, unsettled
from raravis.types import CANT_TELL, NO, YES, Bools, Ints

UNSEEN = 9  # the value of a unit that nothing is known of


@dataclass(frozen=True)
class Rule:
    """What counts: units by themselves (min_seconds 0), or events that show for so long, apart by more than the gap."""

    min_seconds: float
    gap_seconds: float


@dataclass(frozen=True, eq=False)
class Judged:
    """What the answers so far make of N units."""

    value: NDArray[np.int8]  # (N,) 1: counts as found; 0: may count; -1: counts for nothing; UNSEEN
    runs: Runs | None = None  # of events
    first: Ints | None = None  # (s,) the first unit in each showing of `runs`; -1 where none lies in it

    @property
    def found(self) -> int:
        """Units or events confirmed."""
        return int(np.sum(self.value == YES))


def judge(
    units: Moments, answered: NDArray[np.int8], moments: Moments, value: NDArray[np.int8], bounds: Reals, rule: Rule
) -> Judged:
    """What N units count as: `answered` (N,) is the answer at each or UNSEEN, `moments` and `value` (n,) all answers.

    Found counts low and what may count counts high: a yes whose event is not seen to last counts as may-be, and so
    does a second event that no no's keep apart from the first.
    """
    if rule.min_seconds == 0:
        return Judged(answered)
    gap, step = rule.gap_seconds, rule.min_seconds
    runs = runs_of(moments, value, bounds, min_seconds=step, gap_seconds=gap)
    out = np.full(len(units), UNSEEN, np.int8)
    out[~unsettled(units, moments, value, bounds, runs, step) | (answered != UNSEEN)] = NO
    first = _first(units, answered, runs)
    out[_unclear(units, answered, moments, runs, first, gap)] = CANT_TELL
    out[first[_possible(runs, first)]] = CANT_TELL
    out[first[_certain(runs, first)]] = YES
    return Judged(out, runs, first)


def _first(units: Moments, answered: NDArray[np.int8], runs: Runs) -> Ints:
    """(s,) the first unit inside each showing, -1 where none is; where nobody can tell shows nothing."""
    first = np.full(len(runs.showings), -1, np.int64)
    at = showing_at(units, runs.showings)
    rows = np.flatnonzero((at >= 0) & (answered != CANT_TELL))
    rows = rows[np.argsort(units.start[rows], kind="stable")][::-1]
    first[at[rows]] = rows  # the last written stays: the earliest
    return first


def _possible(runs: Runs, first: Ints) -> Ints:
    """Showings whose first unit may be where their event counts: none that is sure to last lies before it there."""
    sure: Ints = np.cumsum(runs.sure) - runs.sure
    begins = np.searchsorted(runs.event, runs.event)  # the event's first showing
    return np.flatnonzero(runs.possible & (first >= 0) & (sure == sure[begins]))


def _certain(runs: Runs, first: Ints) -> Ints:
    """One showing of each lot that nothing proves apart: the first that is seen to last, and has a unit."""
    sure = np.flatnonzero(runs.sure & (first >= 0))
    _, kept = np.unique(runs.apart[sure], return_index=True)
    return sure[kept]


def _unclear(
    units: Moments, answered: NDArray[np.int8], moments: Moments, runs: Runs, first: Ints, gap_seconds: float
) -> Ints:
    """Units where nobody can tell and which may be the first to show an event: not behind the first of a known one."""
    rows = np.flatnonzero(answered == CANT_TELL)
    rows = rows[_same(units.take(rows), moments.take(runs.unclear))]
    inside = showing_at(units.take(rows), runs.showings)
    near = showing_at(units.take(rows), runs.showings, margin=gap_seconds)
    near = np.where((inside < 0) & (near >= 0) & ~np.append(runs.sure, False)[near], -1, near)
    known = np.append(first, -1)[np.where(inside >= 0, inside, near)]
    return np.asarray(rows[(known < 0) | (units.start[known] >= units.start[rows])])


def _same(units: Moments, moments: Moments) -> Bools:
    """(m,) whether each unit is one of the moments."""
    wanted = set(zip(moments.footage.tolist(), moments.start.tolist(), strict=True))
    pairs = zip(units.footage.tolist(), units.start.tolist(), strict=True)
    return np.array([pair in wanted for pair in pairs], bool)
