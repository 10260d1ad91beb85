"""Timelines as positions: frames in order of time, cut where time pauses, and how far apart they look."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from raravis.pick.with_arrays import Known, made_once
from raravis.types import YES, Bools, Floats, Ints, Pool, unit

PAUSE_STEPS, PAUSE_SECONDS = 10.0, 10.0  # a step that exceeds both this many usual ones and this time is a pause


@dataclass(frozen=True, eq=False)
class Lines:
    """A pool's frames by timeline and time; positions 0..F-1 count them. A piece is a stretch without a pause."""

    rows: Ints  # (N,) by position
    starts: Ints  # (F + 1,) where in `rows` each position begins
    position: Ints  # (N,) of each row
    seconds: NDArray[np.float64]  # (F,)
    piece: Ints  # (F,) number of the stretch, rising
    pieces: Ints  # (P + 1,) position at which each stretch begins
    _jumps: dict[int, Floats] = field(default_factory=dict)
    _windows: dict[int, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.seconds)

    def items(self, position: int) -> Ints:
        """The rows of one frame."""
        return self.rows[self.starts[position] : self.starts[position + 1]]

    def windows(self, every: int) -> Ints:
        """(W + 1,) where in `rows` each window begins: `every` frames from the start of each stretch on, and N."""
        if every not in self._windows:
            since = np.arange(len(self)) - np.repeat(self.pieces[:-1], np.diff(self.pieces))
            self._windows[every] = self.starts[np.append(since % every == 0, True)]
        return self._windows[every]

    def jumps(self, pool: Pool, piece: int) -> Floats:
        """(F_piece - 1,) how unlike neighbouring frames look, 1 - cosine, over the piece's mean; ones if all alike."""
        if piece not in self._jumps:
            self._jumps[piece] = _jumps(self.pictures(pool, np.arange(*self.pieces[piece : piece + 2])))
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
    arrays = (pool.vectors.data, pool.timeline, pool.seconds, pool.frame)
    return made_once(_KNOWN, arrays, lambda: _lines(pool))


def events_among(pool: Pool, rows: Ints) -> list[Ints]:
    """The rows that are a yes, an array an event by time: a no among the rows, or a pause, lies between two events."""
    known = lines(pool)
    rows = rows[np.argsort(known.position[rows], kind="stable")]
    yes, piece = pool.label[rows] == YES, known.piece[known.position[rows]]
    goes_on = np.append(False, yes[1:] & yes[:-1] & (np.diff(piece) == 0))[: len(rows)]
    return np.split(rows[yes], np.flatnonzero(~goes_on[yes])[1:]) if yes.any() else []


_KNOWN: Known[Lines] = {}


def _lines(pool: Pool) -> Lines:
    rows = np.lexsort((pool.frame, pool.seconds, pool.timeline)).astype(np.int64)
    timeline, seconds, frame = pool.timeline[rows], pool.seconds[rows], pool.frame[rows]
    fresh = _changes(timeline) | _changes(frame)
    at = np.flatnonzero(fresh)
    position = np.empty(len(rows), np.int64)
    position[rows] = np.cumsum(fresh) - 1
    apart = _changes(timeline[at]) | _pauses(timeline[at], seconds[at])
    return Lines(
        rows,
        np.append(at, len(rows)),
        position,
        seconds[at],
        np.cumsum(apart) - 1,
        np.append(np.flatnonzero(apart), len(at)),
    )


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


def _jumps(pictures: Floats) -> Floats:
    unlike = np.maximum(1 - np.einsum("nd,nd->n", pictures[:-1], pictures[1:]), 0)
    mean = float(unlike.mean()) if len(unlike) else 0.0
    return np.asarray(unlike / mean if mean > 1e-6 else np.ones(len(unlike)), np.float32)
