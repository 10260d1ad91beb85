"""What somebody answered about frames of a frozen collection; what follows from other answers is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.flow.audits.runs import Moments
from raravis.flow.audits.units import Units, on_line
from raravis.flow.audits.values import UNSEEN, Judged, Rule, judge
from raravis.flow.clips import clip_ids
from raravis.flow.looks import WAITING, by_frame, settled
from raravis.store import items, labels
from raravis.store.items import ItemArrays
from raravis.store.project import Project
from raravis.types import WHOLE, Ints, Source


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


class Newest(NamedTuple):
    """How far a project had come: ids of the newest entry of its log, and of its newest item."""

    label: int
    item: int


def newest(c: Any) -> Newest:
    """How far it has come."""
    return Newest(labels.last_id(c), items.last_id(c))


def given(
    project: Project, concept: str, units: Units, known: Mapping[int, Source], *, then: Newest | None = None
) -> Given:
    """The answers that count about frames of the frozen footage now, or then; `known` are its sources, by id."""
    with project.read() as c:
        then = then or newest(c)
        latest = labels.latest(c, concept, up_to=then.label)
        latest = latest.take(latest.given())
        table = _whole_frames(c, items.some(c, latest.item_id), then.item)
        table = table.take(~np.isin(table.ids, clip_ids(c)))  # of which an answerer saw one frame
    table = table.take(np.isin(table.source_id, list(units.lies_in)))
    table, first = by_frame(table)
    value = settled(table, first, latest, crops_tell=units.stamp.unit == "item")
    table, value = table.take(first[value != WAITING]), value[value != WAITING]
    footage = np.array([units.lies_in[i] for i in table.source_id.tolist()], np.int64)
    moments = Moments(footage, *on_line(table, known)) if len(table) else Moments(footage, np.zeros(0), np.zeros(0))
    answered = np.full(len(units), UNSEEN, np.int8)
    rows = units.rows(table.source_id, table.pts)
    answered[rows[rows >= 0]] = value[rows >= 0]
    return Given(table.source_id, table.pts, moments, value, answered)


def _whole_frames(c: Any, answered: ItemArrays, last_item: int) -> ItemArrays:
    """The answered items, and where crops are among them all that their frames had: a no wants them all."""
    crops = answered.take(~np.all(answered.boxes == WHOLE, axis=1))
    if not len(crops):
        return answered
    frames = set(zip(crops.source_id.tolist(), crops.pts.tolist(), strict=True))
    table = items.of_sources(c, crops.source_id.tolist())
    pairs = zip(table.source_id.tolist(), table.pts.tolist(), strict=True)
    beside = table.take(np.array([pair in frames for pair in pairs], bool))
    ids = np.union1d(answered.ids, beside.ids[beside.ids <= last_item])
    return items.some(c, ids.tolist())
