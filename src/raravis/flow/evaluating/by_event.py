"""The same by event: found when any of its items is said to be it; said and false are runs of what was said."""

from __future__ import annotations

from typing import Any

import numpy as np

from raravis.flow.evaluating.tried import Tried
from raravis.flow.events import Spot, met, positive_events, spots
from raravis.flow.looks import bridges, lines_with
from raravis.store import items
from raravis.store.labels import Latest
from raravis.time import Span
from raravis.train.intervals import Estimate, rate, share
from raravis.types import NO, YES, Bools, Event, Ints, Item, Source


def by_event(tried: Tried, column: int, *, gap_seconds: float) -> dict[str, Any] | None:
    """Events there are and were found, events said and false, an hour where all footage is known; None without time.

    Of answers, events count of which an item was tried; of an oracle all, those too that no item touches.
    """
    trial = tried.trial
    if trial.collection is None:
        return None
    known = tried.known(column)
    said, yes = tried.said[known, column], tried.yes(column)[known]
    placed = _placed(tried, known[said | yes])
    pairs = met(spots(placed), trial.events[column])
    of_said = said[said | yes]
    touched, found = np.unique(pairs[:, 1]), np.unique(pairs[of_said[pairs[:, 0]], 1])
    there = touched if trial.kind == "answers" else np.arange(len(trial.events[column]))
    shown = [one for one, says in zip(placed, of_said.tolist(), strict=True) if says]
    between = _between(tried, column, known, gap_seconds)
    stated = positive_events(trial.data.names[column], shown, gap_seconds=gap_seconds, bridges=between)
    false = _meets_none(stated, trial.events[column])
    return {
        "events": len(there),
        "found": len(found),
        "recall": _share(np.isin(there, found)).to_json(),
        "said": len(stated),
        "false": int(false.sum()),
        "precision": _share(~false).to_json(),
        "hours": trial.hours,
        "false_per_hour": rate(int(false.sum()), trial.hours).to_json() if trial.hours else None,
    }


def _placed(tried: Tried, rows: Ints) -> list[tuple[Item, Source]]:
    trial = tried.trial
    assert trial.project is not None and trial.collection is not None
    with trial.project.read() as c:
        found = items.get(c, trial.ids()[rows])
    return [(item, trial.collection.sources[item.source_id]) for item in found]


def _between(tried: Tried, column: int, rows: Ints, gap_seconds: float) -> dict[str, list[Span]]:
    """Time between looks side by side that are both said to be it, by timeline: one event, as of answers."""
    trial = tried.trial
    assert trial.project is not None
    rows = rows[np.argsort(trial.ids()[rows])]
    value, none = np.where(tried.said[rows, column], YES, NO).astype(np.int8), np.zeros(len(rows), np.int64)
    said = Latest(trial.ids()[rows], value, np.ones(len(rows), np.float32), np.full(len(rows), "model"), none, none)
    with trial.project.read() as c:
        return {line.name: bridges(line) for line in lines_with(c, said, gap_seconds=gap_seconds)}


def _meets_none(stated: list[Event], true: list[Event]) -> Bools:
    """(s,) whether an event that was said shares no time with a true one."""
    where = (Spot(row, one.timeline, Span(one.start, one.end)) for row, one in enumerate(stated))
    free = np.ones(len(stated), bool)
    free[met(where, true)[:, 0]] = False
    return free


def _share(hit: Bools) -> Estimate:
    return share(hit, np.ones(len(hit), bool), np.arange(len(hit)))
