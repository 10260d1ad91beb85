"""What somebody answered about frames of a frozen collection; what follows from other answers is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.flow.audits.runs import Moments
from raravis.flow.audits.units import Units, on_line
from raravis.flow.audits.values import UNSEEN, Judged, Rule, judge
from raravis.store import items, labels
from raravis.store.items import ItemArrays
from raravis.store.project import Project
from raravis.types import CANT_TELL, NO, WHOLE, YES, Bools, Ints, Source


@dataclass(frozen=True, eq=False)
class Given:
    """Answered frames, by source and pts, and the answer at each of the N units."""

    source_id: Ints  # (n,)
    pts: Ints  # (n,)
    moments: Moments  # (n,)
    value: NDArray[np.int8]  # (n,)
    answered: NDArray[np.int8]  # (N,) or UNSEEN

    def judged(self, units: Units) -> Judged:
        """What the answers make of the units."""
        rule = Rule(units.stamp.min_seconds, units.stamp.gap_seconds)
        return judge(units.moments, self.answered, self.moments, self.value, units.bounds, rule)


def given(project: Project, concept: str, units: Units, known: Mapping[int, Source]) -> Given:
    """The answers that count now about frames of the frozen footage; `known` are its sources, by id."""
    with project.read() as c:
        latest = labels.latest(c, concept)
        latest = latest.take(latest.given())
        table = _whole_frames(c, items.some(c, latest.item_id))
    table = table.take(np.isin(table.source_id, list(units.lies_in)))
    table, value = _by_frame(table, latest, crops_tell=units.stamp.unit == "item")
    table, value = table.take(value != UNSEEN), value[value != UNSEEN]
    footage = np.array([units.lies_in[i] for i in table.source_id.tolist()], np.int64)
    moments = Moments(footage, *on_line(table, known)) if len(table) else Moments(footage, np.zeros(0), np.zeros(0))
    answered = np.full(len(units), UNSEEN, np.int8)
    rows = units.rows(table.source_id, table.pts)
    answered[rows[rows >= 0]] = value[rows >= 0]
    return Given(table.source_id, table.pts, moments, value, answered)


def _whole_frames(c: Any, answered: ItemArrays) -> ItemArrays:
    """The answered items, and where crops are among them all the items of their frames: a no wants them all."""
    crops = answered.take(~np.all(answered.boxes == WHOLE, axis=1))
    if not len(crops):
        return answered
    frames = set(zip(crops.source_id.tolist(), crops.pts.tolist(), strict=True))
    table = items.of_sources(c, crops.source_id.tolist())
    pairs = zip(table.source_id.tolist(), table.pts.tolist(), strict=True)
    beside = table.take(np.array([pair in frames for pair in pairs], bool))
    ids = np.union1d(answered.ids, beside.ids)
    return items.some(c, ids.tolist())


def _by_frame(table: ItemArrays, latest: labels.Latest, *, crops_tell: bool) -> tuple[ItemArrays, NDArray[np.int8]]:
    """One row a frame, with its answer: yes if any item is; no if the whole picture is, or every crop; or UNSEEN.

    With `crops_tell` False no's for crops say nothing: what shows beside them would be missed.
    """
    table = table.take(np.lexsort((table.pts, table.source_id)))
    if not len(table):
        return table, np.zeros(0, np.int8)
    value = np.full(len(table), UNSEEN, np.int8)
    order = np.argsort(latest.item_id)
    at = order[np.searchsorted(latest.item_id, table.ids, sorter=order).clip(max=len(latest) - 1)]
    hit = latest.item_id[at] == table.ids
    value[hit] = latest.value[at[hit]]
    fresh = (np.diff(table.source_id) != 0) | (np.diff(table.pts) != 0)
    first = np.append(0, np.flatnonzero(fresh) + 1)

    def some(flag: Bools) -> Bools:
        return np.asarray(np.logical_or.reduceat(flag, first))

    no, whole = value == NO, np.all(table.boxes == WHOLE, axis=1)
    nothing = some(no & whole) | (~some(~no) & crops_tell)
    settled = np.select([some(value == YES), nothing, some(value == CANT_TELL)], [YES, NO, CANT_TELL], UNSEEN)
    return table.take(first), settled.astype(np.int8)
