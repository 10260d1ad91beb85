"""What of a project's answers was drawn by chance: an audit's draws, and looks of the strategy `random`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.certify.drawn import Drawn, drawn_of
from raravis.certify.honest import Honest, honest
from raravis.certify.ledger import DRAW
from raravis.errors import InputError
from raravis.flow.answers import AUDIT
from raravis.flow.audits.begun import kept_by, live
from raravis.flow.audits.given import given
from raravis.flow.audits.units import thaw
from raravis.flow.audits.values import UNSEEN
from raravis.flow.collection import Collection, load
from raravis.flow.looks import FOR_AN_AUDIT, WAITING, by_frame, settled
from raravis.store import encoders, items, labels, rounds
from raravis.store.project import Project
from raravis.types import CANT_TELL, YES, Bools, Ints, Label, Round


@dataclass(frozen=True, eq=False)
class Sampled:
    """N units, each a frame, of which some are known, and how they became so."""

    drawn: Drawn  # those that somebody answered
    value: NDArray[np.int8]  # (n,) of these
    unit: Ints  # (R,) which unit each row of the collection lies in; -1: none
    outside: Bools  # (N,) settled, and so never drawn, though nobody looked: no part of what is estimated
    collection: Collection
    how: str

    def honest(self, said: Bools, known: Bools, *, seed: int = 0) -> Honest | None:
        """Estimates over all units but those outside, from what is said of the rows (R,) of which that is known (R,).

        A unit is said to show it when any of its rows is. None where no draw is left.
        """
        of_unit = self.unit >= 0
        says, seen = (self._any(self.unit[of_unit & which]) for which in (said & known, known))
        told = (self.value != CANT_TELL) & seen[self.drawn.rows]
        counted = self.drawn.counted(told)
        if not counted.draws:
            return None
        rows, inside = counted.rows, ~self.outside
        in_all = int(says[inside].sum()) if seen[inside].all() and told.all() else None
        return honest(counted, says[rows], self.value[told] == YES, said_in_all=in_all, seed=seed)

    def weights(self, item_ids: Iterable[int]) -> dict[int, tuple[float, float]]:
        """By item: how likely its frame was to be drawn in its batch, and what it weighs; others are not in it."""
        ids = np.array(sorted(set(item_ids)), np.int64)
        ids = ids[np.isin(ids, self.collection.vectors.ids)]
        unit = self.unit[self.collection.rows(ids)]
        at = {int(row): number for number, row in enumerate(self.drawn.rows)}
        pairs = list(zip(self.drawn.inclusion().tolist(), self.drawn.weight().tolist(), strict=True))
        return {int(i): pairs[at[int(u)]] for i, u in zip(ids, unit, strict=True) if int(u) in at}

    def _any(self, units: Ints) -> Bools:
        return np.asarray(np.bincount(units, minlength=len(self.outside)) > 0)


def sampled(project: Project, concept: str, collection: Collection) -> Sampled | None:
    """The draws by chance about a concept, of the source that has the most; None where there are none.

    Raises InputError where the collection that an audit drew from has changed since.
    """
    with project.read() as c:
        made = rounds.all(c, concept)
    found = [_of_audit(project, concept, collection, first, made) for first in live(made)]
    found.append(_of_looks(project, concept, collection, made))
    known = [one for one in found if one is not None and one.drawn.draws]
    return max(known, key=lambda one: one.drawn.draws, default=None)


def _of_audit(
    project: Project, concept: str, collection: Collection, first: Round, made: list[Round]
) -> Sampled | None:
    begun = kept_by(first)
    mine = [one for one in made if one.strategy == AUDIT and one.params["audit"]["number"] == begun.number]
    steps = [step for one in mine for step in one.params["steps"]]
    if not any(kind == DRAW for kind, *_ in steps):
        return None
    frozen = collection if first.encoder == collection.vectors.encoder else _over(project, first.encoder)
    units = thaw(project, frozen, concept, begun.stamp)
    answered = given(project, concept, units, frozen.sources).answered
    taken = {row for _, row, _ in steps} | set(begun.start)
    since = [row for row in np.flatnonzero(answered != UNSEEN).tolist() if row not in taken]
    told = [(kind == DRAW, row, round(1 / prob) if prob else 0) for kind, row, prob in steps]
    drawn = drawn_of([*told, *((False, row, 0) for row in since)], begun.start)
    outside = np.zeros(len(units), bool)
    outside[drawn.rows[(answered[drawn.rows] == UNSEEN) & ~drawn.by_chance]] = True
    drawn = drawn.counted(answered[drawn.rows] != UNSEEN)
    unit = units.rows(collection.table.source_id, collection.table.pts)
    how = f"audit {begun.number}, of {len(units):,} {'moments' if begun.stamp.unit == 'event' else 'frames'}"
    return Sampled(drawn, answered[drawn.rows], unit, outside, collection, how)


def _over(project: Project, encoder: str) -> Collection:
    with project.read() as c:
        if encoder not in [each.id for each in encoders.all(c)]:
            raise InputError(f"its audit drew from the vectors of {encoder}, which were removed since")
    return load(project, encoder)


def _of_looks(project: Project, concept: str, collection: Collection, made: list[Round]) -> Sampled | None:
    """Looks that were drawn evenly among the frames with an item that nobody had been asked about."""
    left = {one.id: _unseen(one) for one in made if one.strategy != AUDIT and one.inclusion_prob is not None}
    if not left:
        return None
    with project.read() as c:
        log, latest = labels.log(c, concept), labels.latest(c, concept)
        drawn_from = ~np.isin(collection.table.ids, items.unsampled(c, FOR_AN_AUDIT))
    table, first = by_frame(collection.table.take(drawn_from))
    if np.any(np.diff(np.append(first, len(table))) > 1) and not collection.blind.any():
        return None  # several crops a frame: an answer about one is none about the frame that was drawn
    value = settled(table, first, latest.take(latest.given()))
    number = np.full(len(collection), -1, np.int64)
    at = np.searchsorted(first, np.arange(len(table)), side="right") - 1
    number[collection.rows(table.ids)] = at
    steps = _steps(collection, number, log, left)
    known = np.array([value[row] != WAITING for _, row, _ in steps], bool)
    drawn = drawn_of(steps).counted(known)
    outside = np.zeros(len(first), bool)
    answered = latest.item_id[~latest.given()]
    outside[number[collection.rows(answered[np.isin(answered, table.ids)])]] = True
    outside[drawn.rows] = False
    return Sampled(drawn, value[drawn.rows], number, outside, collection, f"random looks at {len(first):,} frames")


def _unseen(made: Round) -> dict[int, int]:
    """By item drawn in a look, how many frames were unseen."""
    chances = made.inclusion_prob or ()
    drawn = [(item, chance) for item, chance in zip(made.ids, chances, strict=True) if chance < 1]
    return {item: round(len(drawn) / chance) for item, chance in drawn}


def _steps(
    collection: Collection, number: Ints, log: Iterable[Label], left: dict[int, dict[int, int]]
) -> list[tuple[bool, int, int]]:
    """The first answer about each frame, in the order given: by chance or not, frame, and how many were unseen."""
    steps: dict[int, tuple[bool, int, int]] = {}
    here = set(collection.vectors.ids[number >= 0].tolist())
    said = [one for one in log if one.source not in labels.NOT_ANSWERS and one.item_id in here]
    rows = collection.rows(np.array([one.item_id for one in said], np.int64))
    for one, frame in zip(said, number[rows].tolist(), strict=True):
        unseen = left.get(one.round_id or 0, {}).get(one.item_id)
        steps.setdefault(frame, (unseen is not None, frame, unseen or 0))
    return list(steps.values())
