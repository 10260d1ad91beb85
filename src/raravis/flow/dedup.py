"""dedup: near-duplicates across the collection, each group behind one item that is shown; hidden, if that is wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from raravis import time
from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.searching.duplicates import Behind, Terms, by_neighbours, leaders
from raravis.flow.searching.searcher import Searcher, searcher
from raravis.flow.searching.ticks import reach_of, ticks
from raravis.flow.tell import Tell, silent
from raravis.store import concepts, hidden, items, labels, log, sources
from raravis.store.project import Project
from raravis.types import Ints

THRESHOLD = 0.98  # cosine: docs/dedup.md says what pairs are at each
MANY = 50_000  # items; from here on an index that is built is asked, rather than all pairs


class Group(NamedTuple):
    """Items that say the same: the others are hidden behind the one that is shown, if anything is."""

    shown: int  # item id
    others: tuple[int, ...]  # item ids, most alike first
    cosines: tuple[float, ...]  # of each with the one that is shown


class Found(NamedTuple):
    """What was found, and how."""

    groups: list[Group]  # largest first
    items: int  # in the collection
    threshold: float
    within_seconds: float | None
    exact: bool  # False: some near-duplicates may have been missed
    elsewhere: int  # of the others, how many lie on another timeline than what is shown for them

    @property
    def others(self) -> int:
        """How many items come after another that says the same."""
        return sum(len(group.others) for group in self.groups)


def dedup(
    project: Project,
    *,
    threshold: float = THRESHOLD,
    within_seconds: float | None = None,
    hide: bool = False,
    exact: bool = False,
    encoder: str | None = None,
    tell: Tell = silent,
) -> Found:
    """Groups of items whose cosine with the one that is shown for them is at least the threshold, largest first.

    Shown is the item with the most answers, else the earliest on its timeline. An answered item is behind none but one
    with the same answers. With `within_seconds` both lie on one timeline, at most so far apart. From MANY items on an
    approximate index is asked, where one is built, unless `exact`. With `hide` what is hidden from searches are these
    others, and nothing else; `show` undoes it. Raises InputError for a threshold that is no cosine above 0.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"got {threshold:g} as the threshold; wanted a cosine, above 0 to 1: {THRESHOLD} is usual")
    held = searcher(project, encoder, exact=exact)
    terms = _terms(project, held.collection, threshold, within_seconds)
    by_all = exact or len(held.collection) <= MANY or held.index.recall == 1
    behind = _behind(held, terms, by_all, tell)
    line = held.collection.timeline
    found = Found(
        _groups(held.collection, behind),
        len(held.collection),
        threshold,
        within_seconds,
        by_all,
        int(np.sum(line != line[behind.row])),
    )
    if hide:
        _hide(project, found)
    return found


def show(project: Project) -> int:
    """How many items were hidden; now none is."""
    with project.begin() as c:
        shown = hidden.show(c)
        log.add(c, "show duplicates", f"{shown} items")
    return shown


def where(project: Project, ids: Sequence[int]) -> dict[int, tuple[str, float]]:
    """The name of each item's source, and its seconds from the source's first frame."""
    with project.read() as c:
        several = items.get(c, ids)
        known = sources.some(c, {item.source_id for item in several})
    places = [
        (item.id, known[item.source_id].places[0].name, known[item.source_id].seconds(item.pts)) for item in several
    ]
    return {number: (name, seconds) for number, name, seconds in places}


def _behind(held: Searcher, terms: Terms, by_all: bool, tell: Tell) -> Behind:
    def told(done: int, total: int) -> None:
        tell("dedup", done, total)

    return leaders(held.collection.vectors.data, terms, told) if by_all else by_neighbours(held, terms, told)


def _terms(project: Project, collection: Collection, threshold: float, within_seconds: float | None) -> Terms:
    n = len(collection)
    said, answers = _answers(project, collection)
    by_time = time.order(collection.timeline, collection.seconds)
    order = by_time[np.argsort(-answers[by_time], kind="stable")]
    if within_seconds is None:
        return Terms(threshold, order, said, np.zeros(n, np.int64), 0)
    reach = reach_of(within_seconds, n, what="the time within")
    tick = np.empty(n, np.int64)
    tick[by_time] = ticks(collection.timeline[by_time], collection.seconds[by_time], reach)
    return Terms(threshold, order, said, tick, reach)


def _answers(project: Project, collection: Collection) -> tuple[Ints, Ints]:
    """Two columns (N,): a number for what was answered about a row, 0 for nothing; and how many answers it has."""
    given = defaultdict[int, list[tuple[str, int]]](list)
    with project.read() as c:
        for concept in concepts.all(c):
            latest = labels.latest(c, concept)
            latest = latest.take(latest.given() & np.isin(latest.item_id, collection.vectors.ids))
            for row, value in zip(collection.rows(latest.item_id).tolist(), latest.value.tolist(), strict=True):
                given[row].append((concept, value))
    said, count = np.zeros((2, len(collection)), np.int64)
    numbers: dict[tuple[tuple[str, int], ...], int] = {}
    for row, several in given.items():
        said[row], count[row] = numbers.setdefault(tuple(several), len(numbers) + 1), len(several)
    return said, count


def _groups(collection: Collection, behind: Behind) -> list[Group]:
    others = np.flatnonzero(behind.row != np.arange(len(collection)))
    others = others[np.lexsort((others, -behind.cosine[others], behind.row[others]))]
    shown, first = np.unique(behind.row[others], return_index=True)
    ids = collection.vectors.ids
    runs = zip(shown, np.split(others, first[1:]) if len(shown) else (), strict=True)
    groups = [
        Group(int(ids[row]), tuple(ids[run].tolist()), tuple(np.round(behind.cosine[run].astype(float), 4).tolist()))
        for row, run in runs
    ]
    return sorted(groups, key=lambda group: (-len(group.others), group.shown))


def _hide(project: Project, found: Found) -> None:
    with project.begin() as c:
        hidden.show(c)
        hidden.hide(c, {other: group.shown for group in found.groups for other in group.others})
        near = "" if found.within_seconds is None else f" within {found.within_seconds:g} s"
        log.add(c, "hide duplicates", f"{found.others} items, cosine {found.threshold:g} and above{near}")
