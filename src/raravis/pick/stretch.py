"""A stretch of time without a pause, and the events that the answers on it tell of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from raravis.pick.lines import Lines
from raravis.pick.pauses import oddest
from raravis.types import YES, Bools, Ints, Pool

AROUND = 4  # yes's, and no's, on either side of what may be a pause
CUT, NEAR = 7.0, 30  # times the mean step, NEAR frames to either side: a step so long is a cut


class Question(NamedTuple):
    """A row to ask."""

    row: int
    settles: float  # frames
    inside: bool  # of a known event; else at an end of one
    length: int = 0  # frames of the event, as far as it is known
    beside: tuple[int, ...] = ()  # rows at an end where a no is expected: as far as the event might go on after all


class Run(NamedTuple):
    """An event as far as it is known: from an answered yes to another, as indices into the answers by time."""

    first: int
    last: int


class Gap(NamedTuple):
    """Frames low+1..high-1, not answered, with a known event at one side or at both, or with an edge of the time."""

    low: int
    high: int
    left: Run | None
    right: Run | None


class Stretch:
    """Frames count from its start; `at` (A,) are those answered, by time, and `yes` (A,) those with yes."""

    def __init__(
        self, pool: Pool, lines: Lines, piece: int, at: Ints, yes: Bools, *, gap_seconds: float, jumps: float
    ) -> None:
        self.pool, self.lines, self.at, self.yes, self.gap_seconds = pool, lines, at, yes, gap_seconds
        self.start, self.end = lines.pieces[piece : piece + 2].tolist()
        steps = 1 - jumps + jumps * lines.jumps(pool, piece)
        self.clock = np.concatenate([[0.0], np.cumsum(steps, dtype=np.float64)])
        self.seconds = lines.seconds[self.start : self.end]
        step = float(np.median(np.diff(self.seconds))) if len(self.seconds) > 1 else 0.0
        self.first = max(1.0, gap_seconds / step) if step > 0 else 1.0
        self.runs = self._runs()

    def between(self) -> list[int]:
        """Rows, one a frame, that lie unanswered inside events."""
        return [self._row(at) for run in self.runs for at in self._unanswered(run).tolist()]

    def questions(self, spot_check: float) -> list[Question]:
        """One for each end that is open, and for each event of which less than this share is answered."""
        ends = [self._question(gap) for gap in self._gaps()]
        return ends + [self._doubtful(run) for run in self.runs if self._wants_a_check(run, spot_check)]

    def lengths(self) -> list[int]:
        """Frames of each event, as far as it is known."""
        return [self._length(run) for run in self.runs]

    def _runs(self) -> list[Run]:
        """Neighbouring yes's are one event within the gap tolerance, or within reach of what is known beside them."""
        found: list[Run] = []
        for n in np.flatnonzero(self.yes).tolist():
            run = Run(n, n)
            while found and self._joined(found[-1], run):
                run = Run(found.pop().first, n)
            found.append(run)
        return found

    def _joined(self, a: Run, b: Run) -> bool:
        low, high = self.at[a.last], self.at[b.first]
        near = high - low == 1 or self.seconds[high] - self.seconds[low + 1] <= self.gap_seconds + 1e-9
        return a.last + 1 == b.first and bool(near or (self._within_reach(a, b) and self._pause(a, b) is None))

    def _within_reach(self, a: Run, b: Run) -> bool:
        apart = self.clock[self.at[b.first]] - self.clock[self.at[a.last]]
        return bool(apart <= max(self._reach(a), self._reach(b)) + 1e-9)

    def _pause(self, a: Run, b: Run) -> int | None:
        """The frame between that looks most like a no around, and more like that than like a yes; or none."""
        between = np.arange(self.at[a.last] + 1, self.at[b.first])
        yes, no = (_around(np.flatnonzero(self.yes == value), b.first) for value in (True, False))
        positions = (self.start + frames for frames in (between, self.at[yes], self.at[no]))
        at = oddest(self.pool, self.lines, *positions)
        return None if at is None else int(between[at])

    def _length(self, run: Run) -> int:
        return int(self.at[run.last] - self.at[run.first] + 1)

    def _reach(self, run: Run) -> float:
        """How far from an event's end to ask next, and how far its ends can be trusted: as far as it is long."""
        return max(self.first, float(self.clock[self.at[run.last]] - self.clock[self.at[run.first]]))

    def _gaps(self) -> Iterator[Gap]:
        owner: list[Run | None] = [None] * (len(self.at) + 2)
        for run in self.runs:
            owner[run.first + 1 : run.last + 2] = [run] * (run.last - run.first + 1)
        fence = [-1, *self.at.tolist(), len(self.seconds)]
        for n in range(len(fence) - 1):
            gap = Gap(fence[n], fence[n + 1], owner[n], owner[n + 1])
            if gap.left != gap.right and gap.high - gap.low > 1 and not self._bridged(n):
                yield gap

    def _bridged(self, n: int) -> bool:
        """Whether the gap before answer n lies between two yes's that are one event whatever is between them."""
        before, after = np.flatnonzero(self.yes[:n]), np.flatnonzero(self.yes[n:])
        if not len(before) or not len(after):
            return False
        last, first = self.at[before[-1]], self.at[n + after[0]]
        return bool(self.seconds[first] - self.seconds[last + 1] <= self.gap_seconds + 1e-9)

    def _question(self, gap: Gap) -> Question:
        """What looks like a pause; else beyond an event beside the gap: of two the longer, if that need not wait."""
        pause = self._pause_in(gap)
        if pause is not None:
            settles = min(pause - gap.low, gap.high - pause)
            return Question(self._row(pause), float(settles), False)
        sides = [(run, edge) for run, edge in ((gap.left, gap.low), (gap.right, gap.high)) if run]
        sides.sort(key=lambda side: -self._reach(side[0]))
        asked = (self._beyond(gap, *side) for side in sides)
        longer = next(asked)
        return next((other for other in asked if not other.beside), longer) if longer.beside else longer

    def _pause_in(self, gap: Gap) -> int | None:
        a, b = gap.left, gap.right
        return self._pause(a, b) if a and b and self._within_reach(a, b) else None

    def _beyond(self, gap: Gap, run: Run, edge: int) -> Question:
        """Beyond an edge of the event: across a cut, if one is there; else as far as it is long."""
        next_to_it, reach = (gap.low + 1 if edge == gap.low else gap.high - 1), self._reach(run)
        at_cut = self._is_cut(min(edge, next_to_it))
        at = next_to_it if at_cut else self._away(gap, edge, reach)
        unlike = at_cut or (at == next_to_it and abs(self.clock[at] - self.clock[edge]) > reach)
        beside = self._beside(gap) if unlike else ()
        return Question(self._row(at), float(abs(at - edge)), False, self._length(run), beside)

    def _is_cut(self, at: int) -> bool:
        """Whether the step after a frame is CUT times as long as those around it are."""
        low, high = max(at - NEAR, 0), min(at + 1 + NEAR, len(self.clock) - 1)
        around = (self.clock[high] - self.clock[low]) / (high - low)
        return bool(self.clock[at + 1] - self.clock[at] > CUT * around)

    def _away(self, gap: Gap, edge: int, reach: float) -> int:
        """The frame of the gap that is nearest to `reach` away from the edge, or to the middle of a shorter unknown."""
        low, high = max(gap.low, 0), min(gap.high, len(self.clock) - 1)
        half = (self.clock[high] - self.clock[low]) / 2 if (low, high) == (gap.low, gap.high) else np.inf
        away = np.abs(self.clock[gap.low + 1 : gap.high] - self.clock[edge])
        return gap.low + 1 + int(np.argmin(np.abs(away - min(reach, half))))

    def _beside(self, gap: Gap) -> tuple[int, ...]:
        """The gap's rows from each event beside it on, to the first frame out of that event's reach."""
        near = np.zeros(gap.high - gap.low - 1, bool)
        between = self.clock[gap.low + 1 : gap.high]
        for run, edge, way in ((gap.left, gap.low, 1), (gap.right, gap.high, -1)):
            if run is not None:
                near[::way][: np.sum(np.abs(between - self.clock[edge]) <= self._reach(run)) + 1] = True
        frames = gap.low + 1 + np.flatnonzero(near)
        return tuple(int(row) for at in frames.tolist() for row in self._items(at))

    def _wants_a_check(self, run: Run, share: float) -> bool:
        frames, answered = self._length(run), run.last - run.first + 1
        return bool(answered < min(share * frames, frames))

    def _doubtful(self, run: Run) -> Question:
        """The least likely frame of the inside; before there is a head, the middle of the longest part unanswered."""
        inside = self._unanswered(run)
        known = self.clock[self.at[run.first : run.last + 1]]
        doubt = np.abs(self.clock[inside][:, None] - known).min(1)
        if self.pool.prob is not None:
            doubt = np.array([-self.pool.prob[self._items(at)].max() for at in inside.tolist()])
        return Question(self._row(int(inside[np.argmax(doubt)])), 1.0, inside=True)

    def _unanswered(self, run: Run) -> Ints:
        at = self.at[run.first : run.last + 1]
        return np.setdiff1d(np.arange(at[0], at[-1]), at, assume_unique=True)

    def _items(self, at: int) -> Ints:
        return self.lines.items(self.start + at)

    def _row(self, at: int) -> int:
        """The frame's item; of several the one most like what was said yes to in the nearest frame."""
        rows = self._items(at)
        if len(rows) == 1:
            return int(rows[0])
        hits = self.at[self.yes]
        near = self._items(int(hits[np.argmin(np.abs(hits - at))]))
        near = near[self.pool.label[near] == YES]
        alike = self.pool.vectors.data[rows].astype(np.float32) @ self.pool.vectors.data[near].astype(np.float32).T
        return int(rows[np.argmax(alike.max(1))])


def _around(answers: Ints, at: int) -> Ints:
    """Of answers (n,), rising numbers, the AROUND before one and the AROUND from it on."""
    middle = int(np.searchsorted(answers, at))
    return answers[max(middle - AROUND, 0) : middle + AROUND]
