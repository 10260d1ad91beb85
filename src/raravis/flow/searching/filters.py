"""Which rows of a collection may come out of a search."""

from __future__ import annotations

import fnmatch
import math
import operator
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.searching.by_head import probabilities
from raravis.flow.searching.clock import DAY, FROM, Dates, told_dates, told_hours
from raravis.flow.searching.hiding import hidden_rows
from raravis.flow.tell import Say, quiet
from raravis.store import concepts, labels
from raravis.store.labels import Latest
from raravis.store.project import Project
from raravis.types import CANT_TELL, NO, YES, Bools

LABELS = ("none", "yes", "no", "cant-tell", "propagated")
SAID = {"yes": YES, "no": NO, "cant-tell": CANT_TELL}
SHOWN = 3  # names in an error
WITH_A_CLOCK = "ingest --timeline-from exif, or a list with starts_at, gives timelines one"


@dataclass(frozen=True)
class Filter:
    """Conditions that all hold; an empty one holds for everything. Globs are matched against whole names."""

    sources: tuple[str, ...] = ()  # globs; any of them
    timelines: tuple[str, ...] = ()  # globs: site, camera, drive
    time_of_day: tuple[float, float] | None = None  # seconds after midnight, [from, to); from > to: over midnight
    dates: Dates | None = None  # seconds since 1970 on the sources' clock, [from, to)
    labels: tuple[str, ...] = ()  # yes, no, cant-tell, propagated, none; any of them, about `concept`
    concept: str | None = None
    score: tuple[float, float] | None = None  # of the newest head of `concept`: probability, [from, to]
    duplicates: bool = False  # what is hidden as a near-duplicate may come out too

    def __post_init__(self) -> None:
        if strange := [one for one in self.labels if one not in LABELS]:
            raise InputError(f"got {strange[0]!r} as a label to filter by; wanted one of {', '.join(LABELS)}")
        if (self.labels or self.score) and not self.concept:
            raise InputError(f"a filter by {'label' if self.labels else 'score'} wants a concept: --for NAME")
        if self.dates is not None and not operator.lt(*_ends(self.dates)):
            raise InputError(f"dates: got {told_dates(self.dates)}; wanted the later one last")
        if self.time_of_day is not None:
            _refuse_hours(*self.time_of_day)
        if self.score is not None and not 0 <= self.score[0] <= self.score[1] <= 1:
            raise InputError(f"score: got {self.score[0]:g}..{self.score[1]:g}; wanted 0..1 or a part of it: 0.3..0.7")

    def to_json(self) -> dict[str, Any]:
        """The conditions that there are, by field; what a round keeps of it."""
        return {name: value for name, value in asdict(self).items() if value not in ((), None, False)}


def _ends(dates: Dates) -> tuple[float, float]:
    """One that is open lies beyond all time."""
    return -math.inf if dates[0] is None else dates[0], math.inf if dates[1] is None else dates[1]


def _refuse_hours(start: float, end: float) -> None:
    if not (0 <= start <= DAY and 0 <= end <= DAY):
        raise InputError(f"time of day: got {start:g} to {end:g} seconds after midnight; wanted 0 to {DAY:g}")
    if start == end:
        raise InputError(f"time of day: got {told_hours(start)} twice; wanted two times: 22:00-05:00")


EVERYTHING = Filter()


def allowed(project: Project, collection: Collection, filter: Filter = EVERYTHING, *, say: Say = quiet) -> Bools | None:
    """(N,) which rows of the collection fit all conditions; None where every row does.

    Near-duplicates that were hidden fit none, unless the filter wants them. Dates and times of day are those of the
    timelines: rows on a timeline without a clock fit neither, and `say` hears how many. Raises InputError where nothing
    is left, with how many rows each condition left, and for a score by a concept that has no head.
    """
    fit: Bools | None = None
    told = [f"{len(collection):,} items"]
    for name, holds, hint in _conditions(project, collection, filter, say):
        fit = holds if fit is None else fit & holds
        left = np.count_nonzero(fit)
        told.append(f"{name} leaves {left:,}" if left else f"{name} leaves none")
        if not left:
            raise InputError(f"nothing to search in: {', '.join(told)}{hint and '; ' + hint}")
    return None if fit is None or fit.all() else fit


class _Condition(NamedTuple):
    told: str  # for people
    holds: Bools  # (N,)
    hint: str = ""  # where it leaves nothing


def _conditions(project: Project, collection: Collection, filter: Filter, say: Say) -> Iterator[_Condition]:
    """Those that the filter has, cheap ones first."""
    if not filter.duplicates and (hidden := hidden_rows(project, collection)).any():
        yield _Condition("hiding near-duplicates", ~hidden, "--duplicates shows them")
    if filter.sources:
        yield _by_name("source", collection, names_of(collection).sources, filter.sources)
    if filter.timelines:
        yield _by_name("timeline", collection, names_of(collection).timelines, filter.timelines)
    if filter.dates is not None or filter.time_of_day is not None:
        yield from _by_clock(collection, filter, say)
    if filter.labels:
        told = f"label {' or '.join(filter.labels)} about {filter.concept!r}"
        yield _Condition(told, labelled(project, collection, filter.concept or "", filter.labels))
    if filter.score is not None:
        low, high = filter.score
        probability = probabilities(project, collection, filter.concept or "")
        told = f"score {low:g}..{high:g} for {filter.concept!r}"
        hint = f"the scores are {probability.min():.3g} to {probability.max():.3g}"
        yield _Condition(told, (probability >= low) & (probability <= high), hint)


def labelled(project: Project, collection: Collection, concept: str, wanted: tuple[str, ...]) -> Bools:
    """(N,) whose label about the concept is one of LABELS wanted; where nobody heard of it, all have none."""
    latest = _latest(project, collection, concept)
    if latest is None:
        return np.full(len(collection), "none" in wanted)
    follows = latest.source == labels.PROPAGATED
    values = [SAID[one] for one in wanted if one in SAID]
    chosen = (np.isin(latest.value, values) & ~follows) | (follows & ("propagated" in wanted))
    holds = np.full(len(collection), "none" in wanted)
    holds[collection.rows(latest.item_id)] = False
    holds[collection.rows(latest.item_id[chosen])] = True
    return holds


_labels: WeakKeyDictionary[Collection, tuple[tuple[str, int], Latest | None]] = WeakKeyDictionary()


def _latest(project: Project, collection: Collection, concept: str) -> Latest | None:
    """What counts now about a concept, None where it is unknown; kept until somebody answers anything."""
    with project.read() as c:
        key = (concept, labels.last_id(c))
        held = _labels.get(collection)
        if held is None or held[0] != key:  # other threads ask about other concepts
            known = concept in concepts.all(c)
            held = _labels[collection] = (key, labels.latest(c, concept) if known else None)
    return held[1]


class Names(NamedTuple):
    """What the places of a collection's sources are called; a source in several places has several."""

    source_id: NDArray[np.int64]  # (P,)
    sources: list[str]  # (P,)
    timelines: list[str]  # (P,)


_names: WeakKeyDictionary[Collection, Names] = WeakKeyDictionary()


def names_of(collection: Collection) -> Names:
    """The names of a collection's places, put together once."""
    held = _names.get(collection)
    if held is None:
        places = [(source.id, place) for source in collection.sources.values() for place in source.places]
        ids = np.array([number for number, _ in places], np.int64)
        held = _names[collection] = Names(
            ids, [place.name for _, place in places], [place.timeline for _, place in places]
        )
    return held


def _by_name(kind: str, collection: Collection, names: list[str], globs: tuple[str, ...]) -> _Condition:
    matches = re.compile("|".join(map(fnmatch.translate, globs))).match
    fits = {name for name in set(names) if matches(name)}
    some = np.array([name in fits for name in names], bool)
    holds = np.isin(collection.table.source_id, names_of(collection).source_id[some])
    known = ", ".join(sorted(set(names))[:SHOWN])
    return _Condition(f"{kind} {' or '.join(globs)}", holds, f"{kind}s are called such as {known}")


def _by_clock(collection: Collection, filter: Filter, say: Say) -> Iterator[_Condition]:
    clock = collection.seconds >= FROM
    if without := int(len(clock) - np.count_nonzero(clock)):
        if without < (n := len(clock)):  # else the error tells
            say(f"{without:,} of {n:,} items lie on timelines without a clock, and are left out; {WITH_A_CLOCK}")
        yield _Condition("having a clock", clock, WITH_A_CLOCK)
    if filter.dates is not None:
        start, end = _ends(filter.dates)
        holds = (collection.seconds >= start) & (collection.seconds < end)
        yield _Condition(f"dates {told_dates(filter.dates)}", holds)
    if filter.time_of_day is not None:
        start, end = filter.time_of_day
        at = np.mod(collection.seconds, DAY)
        holds = (at >= start) & (at < end) if start < end else (at >= start) | (at < end)
        yield _Condition(f"time of day {told_hours(start)}-{told_hours(end)}", holds)
