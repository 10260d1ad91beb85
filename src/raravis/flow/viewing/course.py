"""A collection's frames along its timelines: one row a frame, by time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from raravis.flow.collection import Collection
from raravis.types import WHOLE, Floats, Ints, Source


@dataclass(frozen=True, eq=False)
class Course:
    """N rows of a collection ordered by timeline and time, of which F are each a frame's first."""

    order: Ints  # (N,) rows; of one frame the whole picture first, then the surest box
    first: Ints  # (F,) where in `order` each frame begins
    starts: Ints  # (L + 1,) where among the frames each timeline begins
    frame: Ints  # (N,) the frame of each row of the collection
    sources: dict[str, list[Source]]  # by timeline, in order of time; those with items or without

    @cached_property
    def rows(self) -> Ints:
        """(F,) the row that stands for each frame."""
        return self.order[self.first]

    def best(self, scores: Floats) -> Floats:
        """(F,) the highest score (N,) among each frame's items."""
        return np.asarray(np.maximum.reduceat(scores[self.order], self.first), np.float32)


_known: WeakKeyDictionary[Collection, Course] = WeakKeyDictionary()
_lock = Lock()


def course_of(collection: Collection) -> Course:
    """The collection's own; worked out once, for a million items take half a second."""
    with _lock:
        if collection not in _known:
            _known[collection] = _course(collection)
        return _known[collection]


def _course(collection: Collection) -> Course:
    table = collection.table
    parts = ~np.all(table.boxes == WHOLE, axis=1)
    order = np.lexsort((-table.score, parts, collection.frame, collection.seconds, collection.timeline))
    frames = collection.frame[order]
    first = np.flatnonzero(np.diff(frames, prepend=-1) != 0)
    frame = np.empty(len(order), np.int64)
    frame[order] = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(order))))
    starts = np.searchsorted(collection.timeline[order[first]], np.arange(len(collection.lines) + 1))
    return Course(order, first, starts, frame, _by_line(collection))


def _by_line(collection: Collection) -> dict[str, list[Source]]:
    lines: dict[str, list[Source]] = defaultdict(list)
    for source in collection.sources.values():
        if source.places:
            lines[source.places[0].timeline].append(source)
    for found in lines.values():
        found.sort(key=lambda source: source.places[0].starts_at)
    return dict(lines)
