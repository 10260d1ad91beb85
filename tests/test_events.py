from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from raravis.flow.events import met, needed, positive_events, spots
from raravis.types import Event, Item, Place, Source


def source(*places: Place, number: int = 1, start: int = 0) -> Source:
    return Source(number, "d", "video", 640, 512, Fraction(1, 10), start, 600, places)


CAM = source(Place("/a", "a", "cam", 0.0))


def item(number: int, start: float, end: float, of: Source = CAM) -> tuple[Item, Source]:
    return Item(number, of.id, of.pts(start), of.pts(end)), of


def test_positive_items_up_to_a_second_apart_are_one_event() -> None:
    items = [item(1, 2, 2.5), item(2, 3.5, 4), item(3, 5.1, 6)]
    events = positive_events("fox", items, scores={1: 0.2, 2: 0.9})
    assert [(e.start, e.end, e.items, e.score) for e in events] == [(2, 4, (1, 2), 0.9), (5.1, 6, (3,), 0)]
    assert {(e.concept, e.timeline) for e in events} == {("fox", "cam")}
    assert len(positive_events("fox", items, gap_seconds=0.5)) == 3
    assert len(positive_events("fox", items, gap_seconds=1.5)) == 1


def test_order_of_the_items_does_not_matter_and_no_items_are_no_events() -> None:
    items = [item(3, 5.1, 6), item(1, 2, 2.5), item(2, 3.5, 4)]
    assert [e.items for e in positive_events("fox", items)] == [(1, 2), (3,)]
    assert positive_events("fox", []) == []


def test_an_event_runs_across_file_borders_of_a_timeline() -> None:
    second = source(Place("/b", "b", "cam", 60.0), number=2, start=50)
    (event,) = positive_events("fox", [item(1, 59, 60), item(2, 0.5, 1, second)])
    assert (event.start, event.end, event.items) == (59, 61, (1, 2))


def test_a_source_in_two_places_gives_an_event_in_each() -> None:
    twice = source(Place("/a", "a", "north", 0.0), Place("/x", "x", "south", 100.0))
    events = positive_events("fox", [item(7, 1, 2, twice)])
    assert [(e.timeline, e.start, e.end, e.items) for e in events] == [("north", 1, 2, (7,)), ("south", 101, 102, (7,))]


def test_stills_are_events_of_no_length() -> None:
    still = source(Place("/s", "s.jpg", "s.jpg", 0.0))
    (event,) = positive_events("fox", [item(1, 0, 0, still)])
    assert event.start == event.end == 0


def test_an_item_meets_the_events_that_it_shares_time_with_on_its_timeline() -> None:
    events = [Event("cam", "fox", 5, 8), Event("cam", "fox", 1, 3), Event("other", "fox", 1, 3)]
    items = [item(1, 0, 1), item(2, 0, 1.1), item(3, 2.9, 5.1), item(4, 3, 5), item(5, 7, 7), item(6, 8, 9)]
    assert met(spots(items), events).tolist() == [[1, 1], [2, 0], [2, 1], [4, 0]]
    assert met(spots(items), []).shape == met([], events).shape == (0, 2)


def test_meeting_agrees_with_looking_at_every_pair() -> None:
    from raravis.time import Span, overlaps

    rng = np.random.default_rng(0)
    starts = np.cumsum(rng.integers(2, 9, 40))
    events = [Event("cam", "fox", float(s), float(s + rng.integers(0, 2))) for s in starts]
    items = [item(n, s, s + length) for n, (s, length) in enumerate(rng.integers(0, [230, 12], (80, 2)).tolist())]
    slow = {
        (spot.row, number)
        for spot in spots(items)
        for number, event in enumerate(events)
        if overlaps(spot.span, Span(event.start, event.end))
    }
    assert len(slow) > 50 and {tuple(pair) for pair in met(spots(items), events).tolist()} == slow


@pytest.mark.parametrize(
    ("share", "count", "wanted"), [(0.9, 4, 4), (0.9, 10, 9), (0.55, 100, 55), (0.5, 5, 3), (0.5, 0, 0), (1, 7, 7)]
)
def test_a_share_of_some_is_rounded_up(share: float, count: int, wanted: int) -> None:
    assert needed(share, count) == wanted
