"""Timelines as positions: frames in order of time, cut where time pauses, and how far apart they look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import unit
from raravis.pick.with_arrays import Known, made_once
from raravis.types import YES, Bools, Floats, Ints, Pool

PAUSE_STEPS, PAUSE_SECONDS = 10.0, 10.0  # a step that exceeds both this many usual ones and this time is a pause
SHARPNESS = 1.5  # power of 1 - cosine: with 1 many small changes weigh as a cut does; docs/hunt.md


@dataclass(frozen=True, eq=False)
class Lines:
    """A pool's frames by timeline and time; positions 0..F-1 count them. A piece is a stretch without a pause."""

    rows: Ints  # (N,) by position
    starts: Ints  # (F + 1,) where in `rows` each position begins
    position: Ints  # (N,) of each row
    seconds: NDArray[np.float64]  # (F,)
    piece: Ints  # (F,) number of the stretch, rising
    pieces: Ints  # (P + 1,) position at which each stretch begins
    since: Ints  # (F,) frames since the stretch began
    alone: Bools  # (F,) nothing else is in its stretch
    _jumps: dict[int, Floats] = field(default_factory=dict)
    _windows: dict[int, Ints] = field(default_factory=dict)
    _moments: dict[int, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.seconds)

    def items(self, position: int) -> Ints:
        """The rows of one frame."""
        return self.rows[self.starts[position] : self.starts[position + 1]]

    def windows(self, every: int) -> Ints:
        """(W + 1,) where in `rows` each window begins: `every` frames from the start of each stretch on, and N."""
        if every not in self._windows:
            fresh = _changes(self.piece) | _changes(self.since // every)
            self._windows[every] = self.starts[np.append(fresh, True)]
        return self._windows[every]

    def moments(self, apart: int) -> Ints:
        """(F,) frames on one clock for all, on which each stretch begins `apart` frames after the end of another."""
        if apart not in self._moments:
            begins = np.cumsum(np.append(0, self.since[self.pieces[1:] - 1] + apart))
            self._moments[apart] = begins[self.piece] + self.since
        return self._moments[apart]

    def jumps(self, pool: Pool, piece: int) -> Floats:
        """(F_piece - 1,) how unlike neighbouring frames look."""
        if piece not in self._jumps:
            self._jumps[piece] = jumps(self.pictures(pool, np.arange(*self.pieces[piece : piece + 2])))
        return self._jumps[piece]

    def pictures(self, pool: Pool, positions: Ints) -> Floats:
        """(n, D) what frames (n,) look like: the sum of their items' vectors, of length 1."""
        items = self.starts[positions + 1] - self.starts[positions]
        ends = np.cumsum(items)
        at = np.arange(items.sum()) + np.repeat(self.starts[positions] - ends + items, items)
        data = pool.vectors.data[self.rows[at]].astype(np.float32)
        frames = data if len(data) == len(positions) else np.add.reduceat(data, ends - items, axis=0)
        return unit(frames)


def lines(pool: Pool) -> Lines:
    """The pool's timelines. Made once for its arrays, which never change, however often a Pool is made of them."""
    return made_once(_KNOWN, _arrays(pool), lambda: _lines(pool))


def remember(pool: Pool, known: Lines) -> None:
    """From now on these are the pool's timelines."""
    made_once(_KNOWN, _arrays(pool), lambda: known)


def _arrays(pool: Pool) -> tuple[NDArray[Any], ...]:
    return pool.vectors.data, pool.timeline, pool.seconds, pool.frame


def part_of(known: Lines, places: Ints) -> Lines:
    """The lines of the items at places (n,), rising, in `known.rows`; stretches and windows are what they were."""
    position = known.position[known.rows[places]]
    fresh = _changes(position)
    frames = position[fresh]
    apart = _changes(known.piece[frames])
    return _built(np.arange(len(places)), fresh, known.seconds[frames], apart, known.since[frames], known.alone[frames])


def events_among(pool: Pool, rows: Ints) -> list[Ints]:
    """The rows that are a yes, an array an event by time: a no among the rows, or a pause, lies between two events."""
    known = lines(pool)
    rows = rows[np.argsort(known.position[rows], kind="stable")]
    yes, piece = pool.label[rows] == YES, known.piece[known.position[rows]]
    goes_on = np.append(False, yes[1:] & yes[:-1] & (np.diff(piece) == 0))[: len(rows)]
    return np.split(rows[yes], np.flatnonzero(~goes_on[yes])[1:]) if yes.any() else []


def spread(rows: Ints, most: int) -> Ints:
    """Of rows (n,) the first, the last and others evenly between, `most` of them or all."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(int)]


def jumps(pictures: Floats) -> Floats:
    """(n - 1,) how unlike neighbours of pictures (n, D) look, (1 - cosine) ** SHARPNESS over the mean; or ones."""
    unlike = np.maximum(1 - np.einsum("nd,nd->n", pictures[:-1], pictures[1:]), 0)
    if not len(unlike) or unlike.mean() < 1e-6:
        return np.ones(len(unlike), np.float32)
    sharp = unlike**SHARPNESS
    return np.asarray(sharp / sharp.mean(), np.float32)


_KNOWN: Known[Lines] = {}


def _lines(pool: Pool) -> Lines:
    rows = np.lexsort((pool.frame, pool.seconds, pool.timeline)).astype(np.int64)
    timeline, seconds, frame = pool.timeline[rows], pool.seconds[rows], pool.frame[rows]
    fresh = _changes(timeline) | _changes(frame)
    timeline, seconds = timeline[fresh], seconds[fresh]
    apart = _changes(timeline) | _pauses(timeline, seconds)
    begins = np.flatnonzero(apart)
    length = np.diff(np.append(begins, len(apart)))
    since = np.arange(len(apart)) - np.repeat(begins, length)
    return _built(rows, fresh, seconds, apart, since, np.repeat(length == 1, length))


def _built(rows: Ints, fresh: Bools, seconds: NDArray[np.float64], apart: Bools, since: Ints, alone: Bools) -> Lines:
    """Lines of items in order of time, `fresh` (N,) where a frame begins and `apart` (F,) where a stretch does."""
    starts, pieces = (np.append(np.flatnonzero(first), len(first)) for first in (fresh, apart))
    position = np.empty(len(rows), np.int64)
    position[rows] = np.cumsum(fresh) - 1
    return Lines(rows, starts, position, seconds, np.cumsum(apart) - 1, pieces, since, alone)


def _changes(values: Ints) -> Bools:
    """(n,) whether each value differs from the one before it; the first does."""
    return np.append(True, np.diff(values) != 0)[: len(values)]


def _pauses(timeline: Ints, seconds: NDArray[np.float64]) -> Bools:
    """(F,) whether a frame comes after a pause: a step far longer than the median one of its timeline."""
    step = np.append(np.diff(seconds), 0.0)[: len(seconds)]
    inside = np.flatnonzero(~np.append(_changes(timeline)[1:], True)[: len(seconds)])
    pause = np.zeros(len(seconds), bool)
    if len(inside):
        pause[inside + 1] = step[inside] > np.maximum(
            PAUSE_STEPS * _medians(timeline[inside], step[inside]), PAUSE_SECONDS
        )
    return pause


def _medians(group: Ints, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) the lower median of the values of each one's group; groups lie together."""
    ordered = values[np.lexsort((values, group))]
    starts = np.flatnonzero(_changes(group))
    ends = np.append(starts[1:], len(group))
    return np.repeat(ordered[(starts + ends - 1) // 2], ends - starts)
