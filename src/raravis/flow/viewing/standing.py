"""Where a search stands: what was answered and found in which order, and what further answers may bring."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.flow.certify import PAUSE_SECONDS
from raravis.flow.collection import Collection
from raravis.flow.results import events_of
from raravis.flow.viewing.course import course_of
from raravis.store import items, labels, said
from raravis.store.items import ItemArrays
from raravis.store.labels import Latest
from raravis.store.project import Project
from raravis.types import CANT_TELL, NO, YES, Event, Floats, Ints

POINTS = 200  # of the curve
BLOCK = 100  # answers
CROWD = 200  # frames looked at for each place that is wanted: a long event is a crowd of likely frames
APART_SECONDS = 5.0  # two places closer than this, or than a usual event is long, may be one event


@dataclass(frozen=True, eq=False)
class Known:
    """All that is known of a concept up to one entry of the log."""

    last_label: int
    latest: Latest  # what somebody said, in the order in which it was said
    table: ItemArrays  # the items it was said of, by id
    propagated: int
    events: list[Event]  # by timeline and time, their scores 0
    people: dict[str, list[float]]  # when each person answered, by name, in seconds since 1970


def known_of(project: Project, concept: str) -> Known:
    """What is known now. Raises InputError for an unknown concept."""
    with project.read() as c:
        last = labels.last_id(c)
        latest = labels.latest(c, concept)
        follow = int((latest.source == labels.PROPAGATED).sum())
        latest = latest.take(latest.given())
        table = items.some(c, latest.item_id.tolist())
        people = said.times(c, concept)
    latest = latest.take(np.argsort(latest.label_id, kind="stable"))
    return Known(last, latest, table, follow, events_of(project, concept, scores={}), people)


def scored(collection: Collection, scores: Floats | None, events: list[Event]) -> list[Event]:
    """The events, each with the highest score (N,) among its items; 0 where none of them has one."""
    if scores is None:
        return events
    return [replace(event, score=_highest(collection, scores, event)) for event in events]


def best_item(collection: Collection, scores: Floats | None, event: Event) -> int:
    """The id of the event's likeliest item; of the middle one while nothing is likelier."""
    rows = collection.rows(np.array(event.items, np.int64))
    if scores is None or not len(rows):
        return event.items[len(event.items) // 2]
    return int(collection.vectors.ids[rows[np.argmax(scores[rows])]])


def _highest(collection: Collection, scores: Floats, event: Event) -> float:
    return float(scores[collection.rows(np.array(event.items, np.int64))].max(initial=0.0))


def curve(known: Known, *, points: int = POINTS) -> list[list[int]]:
    """[answers, yes, events] after some of the answers, the last of them among these, at most so many rows.

    Counted are the answers that count now, in the order given; an event, as it is known now, comes with its first yes.
    """
    n = len(known.latest)
    at = np.unique(np.linspace(1, n, min(n, points)).round().astype(np.int64)) if n else np.zeros(0, np.int64)
    yes = np.cumsum(known.latest.value == YES)
    events = np.searchsorted(_first_yes(known), at, side="right")
    return [list(row) for row in zip(at.tolist(), yes[at - 1].tolist(), events.tolist(), strict=True)]


def finds(known: Known, *, block: int = BLOCK) -> list[int]:
    """How many events were new in each block of answers, the last one perhaps not full."""
    blocks = -(-len(known.latest) // block)
    return [int(count) for count in np.bincount((_first_yes(known) - 1) // block, minlength=blocks)]


def since_last_find(known: Known) -> int:
    """How many answers were given since the newest event's first yes; since the beginning where there is none."""
    return len(known.latest) - int(_first_yes(known).max(initial=0))


def _first_yes(known: Known) -> Ints:
    """(E,) rising: the how manieth answer was the first yes of each event, counted from 1."""
    yes = np.flatnonzero(known.latest.value == YES)
    order = dict(zip(known.latest.item_id[yes].tolist(), (yes + 1).tolist(), strict=True))
    first = (min((order[i] for i in event.items if i in order), default=0) for event in known.events)
    return np.array(sorted(at for at in first if at), np.int64)


def pace(known: Known) -> list[dict[str, Any]]:
    """Who answered how much, and how fast between breaks: None for fewer than two answers in a row."""
    return [
        {"name": name, "answers": len(times), "per_minute": _per_minute(times)}
        for name, times in sorted(known.people.items(), key=lambda one: -len(one[1]))
    ]


def _per_minute(times: list[float]) -> float | None:
    gaps = [b - a for a, b in pairwise(times) if b - a < PAUSE_SECONDS]
    return round(60 * len(gaps) / sum(gaps), 1) if gaps and sum(gaps) > 0 else None


def expected(known: Known, collection: Collection, scores: Floats | None, *, answers: int = BLOCK) -> float | None:
    """How many new events so many answers would bring, by the head's own probabilities; None before there is a head.

    The sum over the likeliest places that nobody looked at, each at least 5 s, or the usual length of the events
    found, from the others and from all that was found. Those probabilities were fitted to answers chosen by a search,
    so they promise too much once it has run dry: after s answers without a find one more brings 1 / (s + 2) at most
    (the rule of succession, Laplace 1774). Take it as a rough guide: a bound is what `certify` is for.
    """
    if scores is None or not len(known.latest):
        return None
    course = course_of(collection)
    likely = course.best(scores)
    likely[course.frame[collection.rows(known.latest.item_id)]] = 0
    rows, total, taken = course.rows, 0.0, _Taken(known.events, collection)
    for frame in _likeliest(likely, CROWD * answers):
        if taken.count == answers or likely[frame] <= 0:
            break
        if taken.take(int(collection.timeline[rows[frame]]), float(collection.seconds[rows[frame]])):
            total += float(likely[frame])
    return round(min(total, answers / (since_last_find(known) + 2)), 2)


def _likeliest(likely: Floats, count: int) -> list[int]:
    """The frames of the highest scores, best first; a part of them is sorted, for there may be a million."""
    some = np.argpartition(-likely, count)[:count] if count < len(likely) else np.arange(len(likely))
    return [int(frame) for frame in some[np.argsort(-likely[some], kind="stable")]]


class _Taken:
    """Places on timelines that count already."""

    def __init__(self, events: list[Event], collection: Collection) -> None:
        lasting = [event.end - event.start for event in events]
        self.apart = max(APART_SECONDS, float(np.median(lasting)) if lasting else 0.0)
        self.count = 0
        self._places: dict[int, list[float]] = defaultdict(list)
        number = {name: line for line, name in enumerate(collection.lines)}
        self._found: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for event in (event for event in events if event.timeline in number):
            self._found[number[event.timeline]].append((event.start, event.end))

    def take(self, line: int, seconds: float) -> bool:
        """Whether the place is apart from all others; it then counts too."""
        if any(start - self.apart < seconds < end + self.apart for start, end in self._found[line]):
            return False
        places = self._places[line]
        at = bisect_left(places, seconds)
        if any(abs(other - seconds) < self.apart for other in places[max(at - 1, 0) : at + 1]):
            return False
        insort(places, seconds)
        self.count += 1
        return True


def counted(known: Known) -> dict[str, int]:
    """Answers, of each value, and what follows from them, by the names of `status`."""
    value: NDArray[np.int8] = known.latest.value
    told = {name: int((value == one).sum()) for name, one in (("yes", YES), ("no", NO), ("cant_tell", CANT_TELL))}
    return {"answers": len(value), **told, "propagated": known.propagated, "events": len(known.events)}
