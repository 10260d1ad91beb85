"""What is known along each timeline on which something was found: a look a frame, and where footage runs on."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.store import items, labels, sources
from raravis.store.items import ItemArrays
from raravis.time import Span, merge
from raravis.types import CANT_TELL, NO, WHOLE, YES, Bools, Ints, Source

ON_DEMAND = FOR_AN_END, FOR_AN_AUDIT = "refine", "audit"  # detectors of items that no sampler chose: made to be asked
SLACK_SECONDS = 1e-6  # frames lie further apart; sums of seconds are off by less
WAITING = 2  # value of a look that nobody answered and nothing follows for


class Look(NamedTuple):
    """One frame of one place, with what all its items' labels come to."""

    start: float  # seconds on the timeline
    end: float
    source_id: int
    pts: int
    value: int  # yes, no, can't tell, or waiting
    given: bool  # somebody answered; else the yes follows from other answers
    sampled: bool  # else made on demand


class Line(NamedTuple):
    """A timeline that holds a yes: its looks by time, and the stretches where footage runs on without a pause."""

    name: str
    looks: list[Look]
    footage: list[Span]
    sources: list[tuple[float, Source]]  # those that last a while, each with the second it starts at

    def known(self) -> list[Look]:
        """The looks that tell something of what lies beside them: a frame that was made and not answered does not."""
        return [look for look in self.looks if look.value != CANT_TELL and (look.sampled or look.value != WAITING)]

    def unsure(self, start: float, end: float) -> list[Look]:
        """The looks from `start` to `end` about which nobody could tell, by time."""
        low, high = (bisect_left(self.looks, at, key=lambda look: look.start) for at in (start - SLACK_SECONDS, end))
        return [look for look in self.looks[low:high] if look.value == CANT_TELL]

    def stretch(self, look: Look | None) -> Span | None:
        """The stretch of footage that a look lies in; None for a still."""
        at = bisect_right(self.footage, look.start, key=lambda span: span.start) - 1 if look else -1
        return self.footage[at] if look and at >= 0 and look.start < self.footage[at].end else None

    def runs_on(self, a: Look, b: Look) -> bool:
        """Whether footage covers the time between two looks."""
        footage = self.stretch(a)
        return footage is not None and footage == self.stretch(b)


def bridges(line: Line) -> list[Span]:
    """Time between neighbouring looks that both show it, in footage that runs on: no look says that it was gone."""
    return [
        Span(a.end, b.start)
        for a, b in pairwise(line.known())
        if a.value == b.value == YES and b.start > a.end and line.runs_on(a, b)
    ]


def lines_of(c: Any, concept: str, *, gap_seconds: float) -> list[Line]:
    """The timelines on which something was found, by name; a source in several places lies on each of them.

    Files of one timeline at most `gap_seconds` apart are footage that runs on.
    """
    return lines_with(c, labels.latest(c, concept), gap_seconds=gap_seconds)


def lines_with(c: Any, latest: labels.Latest, *, gap_seconds: float) -> list[Line]:
    """The same for any labels: answers, or what a classifier says."""
    hits = items.some(c, latest.item_id[latest.value == YES])
    if not len(hits):
        return []
    found = set(hits.source_id.tolist())
    known = sources.all(c)
    names = {place.timeline for source in known if source.id in found for place in source.places}
    if not names:
        return []  # what was found has been overwritten
    on_line = {s.id: s for s in known if any(place.timeline in names for place in s.places)}
    frames = _frames(items.of_sources(c, on_line), latest, items.unsampled(c, *ON_DEMAND))
    return list(_lines(names, on_line, frames, gap_seconds))


@dataclass(frozen=True, eq=False)
class _Frames:
    """Frames as columns, by source and pts."""

    source_id: Ints  # (F,)
    pts: Ints  # (F,)
    end: Ints  # (F,)
    value: NDArray[np.int8]  # (F,)
    given: Bools  # (F,)
    sampled: Bools  # (F,)


def _frames(table: ItemArrays, latest: labels.Latest, on_demand: Ints) -> _Frames:
    table, first = by_frame(table)
    value = settled(table, first, latest)
    seen = np.isin(table.ids, latest.item_id[latest.given() & (latest.value == YES)])
    sampled = ~np.isin(table.ids, on_demand)
    given, sampled = (np.logical_or.reduceat(flag, first) for flag in (seen, sampled))
    return _Frames(table.source_id[first], table.pts[first], table.end[first], value, given, sampled)


def by_frame(table: ItemArrays) -> tuple[ItemArrays, Ints]:
    """The items by source and span, and where among them each frame, or clip, begins (F,)."""
    rows, fresh = by_span(table)
    return table.take(rows), np.append(0, np.flatnonzero(fresh) + 1)[: len(table)]


def by_span(table: ItemArrays) -> tuple[Ints, Bools]:
    """Rows (N,) by source and span, and which of them, from the second on, are of another frame or clip (N - 1,)."""
    columns = (table.end, table.pts, table.source_id)
    rows = np.lexsort(columns)  # np.unique(axis=1) takes four times as long
    return rows, np.any([np.diff(column[rows]) != 0 for column in columns], axis=0)


def settled(table: ItemArrays, first: Ints, latest: labels.Latest, *, crops_tell: bool = True) -> NDArray[np.int8]:
    """(F,) what each frame's labels come to: yes if any item is; no if the whole picture is, or every crop; or WAITING.

    With `crops_tell` False no's for crops say nothing: what shows beside them would be missed.
    """
    value = np.full(len(table), WAITING, np.int8)
    known = np.isin(table.ids, latest.item_id)
    value[known] = latest.value[np.searchsorted(latest.item_id, table.ids[known])]

    def some(flag: Bools) -> Bools:
        return np.asarray(np.logical_or.reduceat(flag, first))

    no, whole = value == NO, np.all(table.boxes == WHOLE, axis=1)
    nothing = some(no & whole) | (~some(~no) & crops_tell)
    found = np.select([some(value == YES), nothing, some(value == CANT_TELL)], [YES, NO, CANT_TELL], WAITING)
    return found.astype(np.int8)


def _lines(names: set[str], known: dict[int, Source], frames: _Frames, gap_seconds: float) -> Iterator[Line]:
    placed = defaultdict[str, list[tuple[float, Source]]](list)
    for source in known.values():
        for place in source.places:
            placed[place.timeline].append((place.starts_at, source))
    for name in sorted(names):
        looks = [look for starts_at, source in placed[name] for look in _looks(frames, source, starts_at)]
        lasting = [(starts_at, source) for starts_at, source in placed[name] if source.duration]  # a still does not
        footage = merge((span_of(starts_at, source) for starts_at, source in lasting), gap_seconds)
        yield Line(name, sorted(looks), footage, lasting)


def span_of(starts_at: float, source: Source) -> Span:
    """The time that a source covers on a line where it starts at a second."""
    return Span(starts_at, starts_at + float(source.duration * source.time_base))


def _looks(frames: _Frames, source: Source, starts_at: float) -> list[Look]:
    low, high = np.searchsorted(frames.source_id, [source.id, source.id + 1])
    pts, value, given, sampled = (
        c[low:high].tolist() for c in (frames.pts, frames.value, frames.given, frames.sampled)
    )
    start, end = (
        (starts_at + (at[low:high] - source.start) * float(source.time_base)).tolist()
        for at in (frames.pts, frames.end)
    )
    return [Look(*row) for row in zip(start, end, [source.id] * len(pts), pts, value, given, sampled, strict=True)]
