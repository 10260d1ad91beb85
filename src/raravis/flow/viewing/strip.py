"""The frames beside an item on its timeline, and how far the event that it may be part of seems to go."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from raravis.flow.collection import Collection
from raravis.flow.events import GAP_SECONDS
from raravis.flow.viewing.course import Course, course_of
from raravis.store import items, said, sources
from raravis.store.project import Project
from raravis.types import NO, YES, Floats, Ints, Item, Source

SURE = 0.5  # a frame this probable belongs to what lies beside it, however sure that is
PAUSE_SECONDS = 60.0  # stills at most this far apart may be one visit: the burst of a camera trap, and the next


class Strip(NamedTuple):
    """Neighbours in time, the item among them."""

    items: list[int]  # ids, by time
    at: int  # where among them the item is
    proposed: tuple[int, int] | None  # first and last item of what may be one event; None where nothing speaks for it


class _Look(NamedTuple):
    """One frame of a strip."""

    item: int
    source: Source
    seconds: float  # on the timeline
    likely: float | None  # its best item's score


def strip(
    project: Project,
    collection: Collection,
    scores: Floats | None,
    concept: str,
    item_id: int,
    *,
    n: int = 11,
    unseen: Iterable[int] = (),
) -> Strip:
    """The item and n - 1 frames beside it, as many on each side where the timeline has them.

    Each frame is its whole picture, or its surest box where that is no item. Proposed is the run around the item of
    frames that were answered yes, or that nobody answered and that score enough: at least 0.5, or half as much as the
    item, or, where the item itself is below 0.5, nearer to it than to the strip's median. It ends at a no, and where
    footage pauses. Around an item that scores like any other it is the item alone, until answers say more. Answers
    about items in `unseen` are not looked at: a second person must not see the first's.
    Raises InputError for no such item.
    """
    with project.read() as c:
        (item,) = items.get(c, [item_id])
        source = sources.get(c, item.source_id)
    looks, at = _looks(collection, scores, item, source, n)
    with project.read() as c:
        answers = said.newest(c, concept, {look.item for look in looks} - set(unseen))
    value = {id: answer.value for id, answer in answers.items()}
    return Strip([look.item for look in looks], at, _proposed(looks, value, at))


def _looks(
    collection: Collection, scores: Floats | None, item: Item, source: Source, n: int
) -> tuple[list[_Look], int]:
    """The strip, and where in it the item is."""
    course, place = course_of(collection), next(iter(source.places), None)
    seconds = (place.starts_at if place else 0.0) + source.seconds(item.pts)
    low, before, after, high = _beside(collection, course, item, place.timeline if place else "", seconds)
    half = n // 2
    left = min(before - low, max(half, n - 1 - (high - after)))
    right = min(high - after, n - 1 - left)
    frames = [*range(before - left, before), *range(after, after + right)]
    looks = [_look(collection, course, scores, frame) for frame in frames]
    own = None if scores is None or before == after else _best(course, scores, before)
    return [*looks[:left], _Look(item.id, source, seconds, own), *looks[left:]], left


def _beside(
    collection: Collection, course: Course, item: Item, timeline: str, seconds: float
) -> tuple[int, int, int, int]:
    """The timeline's first frame, the end of those before the item, the first of those after it, the timeline's end.

    An item that the collection has not, made on demand, lies between two frames.
    """
    row = collection.rows(np.array([item.id], np.int64))
    if len(row):
        line, frame = int(collection.timeline[row[0]]), int(course.frame[row[0]])
        return int(course.starts[line]), frame, frame + 1, int(course.starts[line + 1])
    if timeline not in collection.lines:
        return 0, 0, 0, 0
    low, high = course.starts[collection.lines.index(timeline) :][:2].tolist()
    at = low + int(np.searchsorted(collection.seconds[course.rows[low:high]], seconds))
    return low, at, at, high


def _look(collection: Collection, course: Course, scores: Floats | None, frame: int) -> _Look:
    row = int(course.rows[frame])
    source = collection.sources[int(collection.table.source_id[row])]
    likely = None if scores is None else _best(course, scores, frame)
    return _Look(int(collection.vectors.ids[row]), source, float(collection.seconds[row]), likely)


def _best(course: Course, scores: Floats, frame: int) -> float:
    rows: Ints = course.order[course.first[frame] : (*course.first[frame + 1 : frame + 2], len(course.order))[0]]
    return float(scores[rows].max())


def _proposed(looks: list[_Look], value: dict[int, int], at: int) -> tuple[int, int] | None:
    scored = [look.likely for look in looks if look.likely is not None]
    if value.get(looks[at].item) == NO or not (scored or YES in value.values()):
        return None
    enough = _enough(looks[at].likely, scored)
    low = high = at
    while low > 0 and _belongs(looks[low - 1], value, enough) and _runs_on(looks[low - 1], looks[low]):
        low -= 1
    while high + 1 < len(looks) and _belongs(looks[high + 1], value, enough) and _runs_on(looks[high], looks[high + 1]):
        high += 1
    return looks[low].item, looks[high].item


def _enough(own: float | None, scored: list[float]) -> float:
    """From which score on a frame belongs to the item's event; none does where the item is like any other."""
    if own is None or own / 2 >= SURE:
        return SURE
    usual = float(np.median(scored))
    unsure = (own + usual) / 2 if own > usual else math.inf  # before answers all scores are low
    return own / 2 if own >= SURE else unsure


def _belongs(look: _Look, value: dict[int, int], enough: float) -> bool:
    said_of_it = value.get(look.item)
    return said_of_it == YES if said_of_it is not None else look.likely is not None and look.likely >= enough


def _runs_on(a: _Look, b: _Look) -> bool:
    """Whether one event may go from one look to the next: footage runs on, or stills follow closely."""
    if a.source.id == b.source.id:
        return True
    if "image" in (a.source.kind, b.source.kind):
        return b.seconds - a.seconds <= PAUSE_SECONDS
    end, begin = a.source.places[0].starts_at + a.source.seconds(a.source.start + a.source.duration), b.source.places[0]
    return begin.starts_at - end <= GAP_SECONDS
