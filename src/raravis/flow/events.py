"""Positive time becomes events, and items meet events: one rule for what was found and for what is true."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from raravis.time import Span, merge, overlaps
from raravis.types import Event, Ints, Item, Source

GAP_SECONDS = 1.0


class Spot(NamedTuple):
    """Where one item lies on one timeline; a source in several places gives its items several spots."""

    row: int
    timeline: str
    span: Span


def spots(items: Iterable[tuple[Item, Source]]) -> list[Spot]:
    """One spot for each item and each place of its source, in the order given; rows count the items."""
    return [
        Spot(row, place.timeline, Span(*(place.starts_at + source.seconds(at) for at in (item.pts, item.end))))
        for row, (item, source) in enumerate(items)
        for place in source.places
    ]


def positive_events(
    concept: str,
    positives: Sequence[tuple[Item, Source]],
    *,
    scores: Mapping[int, float] = MappingProxyType({}),
    gap_seconds: float = GAP_SECONDS,
    bridges: Mapping[str, Sequence[Span]] = MappingProxyType({}),
) -> list[Event]:
    """Events by timeline and start: positive items merged over gaps up to `gap_seconds`, one event a place.

    `bridges` is time between items, by timeline, that counts as positive too. An event's score is the best of its
    items' `scores` (by item id); 0 where they have none.
    """
    events = []
    for line, found in sorted(_by_timeline(spots(positives)).items()):
        found.sort(key=lambda spot: spot.span)
        starts = [spot.span.start for spot in found]
        for span in merge([*(spot.span for spot in found), *bridges.get(line, ())], gap_seconds):
            run = found[bisect_left(starts, span.start) : bisect_right(starts, span.end)]
            ids = tuple(dict.fromkeys(positives[spot.row][0].id for spot in run))
            score = max((scores[i] for i in ids if i in scores), default=0.0)
            events.append(Event(line, concept, span.start, span.end, ids, score))
    return events


def met(where: Iterable[Spot], events: Sequence[Event]) -> Ints:
    """(m, 2) pairs of row and event number: which items share time with which events of their timeline.

    The events of one timeline lie apart, as `positive_events` and an oracle make them.
    """
    lines: dict[str, list[int]] = defaultdict(list)
    for number in sorted(range(len(events)), key=lambda n: events[n].start):
        lines[events[number].timeline].append(number)
    pairs = {(spot.row, number) for spot in where for number in _sharing(spot.span, lines[spot.timeline], events)}
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def needed(share: float, count: int) -> int:
    """How many of `count` are `share` of them: rounded up."""
    return math.ceil(share * count - 1e-9)  # 0.55 * 100 is 55.000000000000007


def _by_timeline(where: Iterable[Spot]) -> dict[str, list[Spot]]:
    lines: dict[str, list[Spot]] = defaultdict(list)
    for spot in where:
        lines[spot.timeline].append(spot)
    return lines


def _sharing(span: Span, numbers: list[int], events: Sequence[Event]) -> list[int]:
    """Those of the event numbers, by time, that share time with the span."""
    low = bisect_left(numbers, span.start, key=lambda n: events[n].end)
    high = bisect_right(numbers, span.end, key=lambda n: events[n].start)
    return [n for n in numbers[low:high] if overlaps(span, Span(events[n].start, events[n].end))]
