"""Ranked rows → events: what lies together on a timeline, as one hit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

from raravis.flow.collection import Collection
from raravis.flow.looks import SLACK_SECONDS
from raravis.types import Ints


def groups(collection: Collection, rows: Ints, gap_seconds: float) -> list[list[int]]:
    """The rows (n,), best first, by event: each event's best row first, events by their best row.

    A row joins the event of a better one on its timeline where at most the gap lies between their spans, the better
    event where it could join two. So what comes later never changes what came before, and pages fit together.
    """
    found: list[list[int]] = []
    lines: dict[int, _Line] = {}
    event_of: dict[int, int] = {}  # by frame, which is one moment whatever lies beside it
    columns = (collection.timeline[rows].tolist(), collection.frame[rows].tolist(), spans_of(collection, rows).tolist())
    for row, line, frame, (start, end) in zip(rows.tolist(), *columns, strict=True):
        if frame not in event_of:
            event_of[frame] = lines.setdefault(line, _Line(gap_seconds)).place(start, end, len(found))
        if event_of[frame] == len(found):
            found.append([])
        found[event_of[frame]].append(row)
    return found


def spans_of(collection: Collection, rows: Ints) -> NDArray[np.float64]:
    """(n, 2) start and end of each row in seconds on its timeline."""
    table, start = collection.table, collection.seconds[rows]
    base = {number: float(collection.sources[number].time_base) for number in set(table.source_id[rows].tolist())}
    bases = np.array([base[number] for number in table.source_id[rows].tolist()], np.float64)
    return np.stack([start, start + (table.end[rows] - table.pts[rows]) * bases], axis=1)


class _Line:
    """The events on one timeline, each from its first start to its last end, by start; none lies within another."""

    def __init__(self, gap_seconds: float) -> None:
        self.gap = gap_seconds + SLACK_SECONDS
        self.starts: list[float] = []
        self.ends: list[float] = []  # rising too
        self.event: list[int] = []

    def place(self, start: float, end: float, fresh: int) -> int:
        """The event of this span: the best of those beside it, which then reaches so far, or else the fresh one."""
        first, last = bisect_left(self.ends, start - self.gap), bisect_right(self.starts, end + self.gap)
        number = min(self.event[first:last], default=fresh)
        if number != fresh:
            at = self.event.index(number, first, last)
            start, end = min(start, self.starts[at]), max(end, self.ends[at])
        within = slice(bisect_left(self.starts, start), bisect_right(self.ends, end))  # itself, and worse ones
        self.starts[within], self.ends[within], self.event[within] = [start], [end], [number]
        return number
