"""Timelines as people look along them: the score over time, what was answered and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.flow.collection import Collection
from raravis.flow.viewing.course import Course, course_of
from raravis.flow.viewing.standing import Known, best_item, scored
from raravis.types import Bools, Event, Floats, Ints, Source

BINS = 240


@dataclass(frozen=True)
class Stretch:
    """A source on a timeline; seconds from the timeline's start."""

    source: Source
    start: float
    end: float


@dataclass(frozen=True)
class Mark:
    """An answer on a timeline; seconds from the timeline's start."""

    item: int
    seconds: float
    value: int


@dataclass(frozen=True)
class Find:
    """An event on a timeline; seconds from the timeline's start."""

    start: float
    end: float
    score: float
    item: int  # the likeliest


@dataclass(frozen=True)
class Timeline:
    """One timeline. Its own seconds begin at 0, where the first source does: that is `starts_at` on its clock."""

    name: str
    starts_at: float
    seconds: float
    sources: list[Stretch]
    heat: list[float | None]  # the highest score in each of so many equal parts; None where nothing was sampled
    answers: list[Mark]
    events: list[Find]


class Timelines:
    """A collection's timelines, those with events first, then by their best score; made a page at a time.

    Pictures that share a timeline with no other, `alone` of them, have no time to look along, and are left out.
    """

    def __init__(self, collection: Collection, scores: Floats | None, known: Known) -> None:
        self.collection, self.known, self.course = collection, known, course_of(collection)
        self._likely = None if scores is None else self.course.best(scores)
        number = {name: line for line, name in enumerate(collection.lines)}
        self._events: dict[int, list[Event]] = defaultdict(list)
        for event in scored(collection, scores, known.events):
            if event.timeline in number:  # a copy of a file has a timeline of its own, and no items there
                self._events[number[event.timeline]].append(event)
        self._scores, self._answers = scores, _answers(collection, known, number)
        order, along = _by_interest(self.course, self._likely, list(self._events)), self._along()
        self._order, self.alone = order[along[order]], int((~along).sum())

    def __len__(self) -> int:
        return len(self._order)

    def _along(self) -> Bools:
        """(L,) False of a timeline that is one picture."""
        kinds = (self.course.sources[name][0].kind for name in self.collection.lines)
        still = np.array([kind == "image" for kind in kinds], bool)
        return np.asarray(~still | (np.diff(self.course.starts) > 1))

    def page(self, *, offset: int = 0, limit: int = 20, bins: int = BINS) -> list[Timeline]:
        """Some of the timelines, in order."""
        return [self._timeline(line, bins) for line in self._order[offset : offset + limit].tolist()]

    def _timeline(self, line: int, bins: int) -> Timeline:
        name = self.collection.lines[line]
        placed = self.course.sources[name]
        start = placed[0].places[0].starts_at
        stretches = [Stretch(one, *(at - start for at in _span(one))) for one in placed]
        return Timeline(
            name=name,
            starts_at=start,
            seconds=max(stretch.end for stretch in stretches),
            sources=stretches,
            heat=self._heat(line, stretches, start, bins),
            answers=[Mark(item, at - start, value) for item, at, value in self._answers.get(line, ())],
            events=[self._find(event, start) for event in self._events.get(line, ())],
        )

    def _find(self, event: Event, start: float) -> Find:
        best = best_item(self.collection, self._scores, event)
        return Find(event.start - start, event.end - start, event.score, best)

    def _heat(self, line: int, stretches: Sequence[Stretch], start: float, bins: int) -> list[float | None]:
        """A bin in which no frame lies has the score of the frame before it, as far as that frame's source goes."""
        if self._likely is None:
            return [None] * bins
        frames = slice(*self.course.starts[line : line + 2].tolist())
        rows = self.course.rows[frames]
        ids, at = np.unique(self.collection.table.source_id[rows], return_inverse=True)
        ends = {stretch.source.id: stretch.end for stretch in stretches}
        whole = max(*ends.values(), 1e-9)
        begin = _bins(self.collection.seconds[rows] - start, whole, bins)
        until = _bins(np.array([ends[i] for i in ids.tolist()])[at], whole, bins)
        first = np.flatnonzero(np.diff(begin, prepend=-1))  # frames are in order of time
        heat, reach = np.full(bins, -1.0), np.zeros(bins, np.int64)
        heat[begin[first]] = np.maximum.reduceat(self._likely[frames], first)
        reach[begin[first]] = np.maximum.reduceat(until, first)
        return _filled(heat, reach)


def _filled(heat: NDArray[np.float64], reach: Ints) -> list[float | None]:
    """Empty bins (-1) get the value of the one before, as far as that reaches."""
    bins = np.arange(len(heat))
    last = np.maximum.accumulate(np.where(heat >= 0, bins, -1))
    shown = (last >= 0) & (bins <= reach[last])
    return [round(float(heat[at]), 4) if known else None for at, known in zip(last, shown, strict=True)]


def _bins(seconds: NDArray[np.float64], whole: float, bins: int) -> Ints:
    return np.clip(seconds / whole * bins, 0, bins - 1).astype(np.int64)


def _span(source: Source) -> tuple[float, float]:
    start = source.places[0].starts_at
    return start, start + float(source.duration * source.time_base)


def _by_interest(course: Course, likely: Floats | None, found: Sequence[int]) -> Ints:
    lines = len(course.starts) - 1
    best = np.zeros(lines, np.float32) if likely is None else np.maximum.reduceat(likely, course.starts[:-1])
    without = ~np.isin(np.arange(lines), found)
    return np.lexsort((np.arange(lines), -best, without)).astype(np.int64)


def _answers(
    collection: Collection, known: Known, number: Mapping[str, int]
) -> dict[int, list[tuple[int, float, int]]]:
    """By timeline the answered items with their seconds on it and what was said, by time."""
    value = dict(zip(known.latest.item_id.tolist(), known.latest.value.tolist(), strict=True))
    found: dict[int, list[tuple[int, float, int]]] = defaultdict(list)
    columns = (known.table.ids.tolist(), known.table.source_id.tolist(), known.table.pts.tolist())
    for item, source_id, pts in zip(*columns, strict=True):
        source = collection.sources.get(source_id)
        place = source.places[0] if source and source.places else None
        if source and place and place.timeline in number:
            found[number[place.timeline]].append((item, place.starts_at + source.seconds(pts), value[item]))
    for answers in found.values():
        answers.sort(key=lambda answer: answer[1])
    return found
