"""Answers: a log that only grows. What counts of an item is its latest entry.

Undo is another entry: the value before, or, where there was none, a withdrawal, which leaves the item
as if never asked; one that takes back a single entry names it. Propagated labels stand in the same log, and are
taken back when an answer speaks against them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from raravis.store import concepts, items, schema, sql
from raravis.types import NO, YES, Bools, Box, Floats, Ints, Label

PROPAGATED = "propagated"
NOT_ANSWERS = (PROPAGATED, "model")  # sources of labels that nobody gave
OURSELVES = "raravis"  # who gives and takes back propagated labels


class Withdrawal(NamedTuple):
    """An entry that takes back what was said of an item."""

    id: int
    item_id: int
    concept: str
    by: str
    round_id: int | None
    at: float  # seconds since 1970
    source: str  # human, oracle, or propagated: then what was taken back was no answer


class Entry(NamedTuple):
    """One line of the log, as it was written."""

    id: int
    item_id: int
    value: int | None  # None: withdrawn, as if never asked
    by: str
    source: str
    box: Box | None
    round_id: int | None
    weight: float
    at: float  # seconds since 1970
    undoes: int | None  # id of the entry that this one takes back


@dataclass(frozen=True, slots=True, eq=False)
class Latest:
    """What counts now, a row an item by rising item id; withdrawn items have none."""

    item_id: Ints  # (N,)
    value: NDArray[np.int8]  # (N,) 1, -1, 0: can't tell
    weight: Floats  # (N,)
    source: NDArray[np.str_]  # (N,)
    label_id: Ints  # (N,)
    round_id: Ints  # (N,) 0: given outside a round

    def __len__(self) -> int:
        return len(self.item_id)

    def take(self, rows: NDArray[Any]) -> Latest:
        """Some of the rows, by number or by a mask (N,)."""
        return Latest(*(getattr(self, field.name)[rows] for field in fields(self)))

    def given(self) -> Bools:
        """(N,) True where somebody answered; False where the label follows from other answers, or is a model's."""
        return np.asarray(~np.isin(self.source, NOT_ANSWERS))


def add(c: Connection, labels: Sequence[Label]) -> int:
    """Id of the last entry of the log. Labels get ids in the order given, and the time now where they have none.

    Whoever has read up to an id has read all below it: writers number their entries one after the
    other, until the commit. Raises InputError naming items that do not exist.
    """
    concept_ids = {name: concepts.require(c, name) for name in {label.concept for label in labels}}
    items.require(c, {label.item_id for label in labels})
    return _append(c, [_row(label, concept_ids[label.concept]) for label in labels])


def withdraw(
    c: Connection, item_id: int, concept: str, *, by: str, source: str = "human", round_id: int | None = None
) -> int:
    """Id of the entry after which the item counts as never asked."""
    items.require(c, [item_id])
    return _append(c, [_withdrawal(item_id, concepts.require(c, concept), by, source, round_id)])


def take_back(c: Connection, concept: str, entries: Sequence[tuple[Entry, Entry | None]], *, by: str) -> int:
    """Id of the last entry, after which each first one no longer counts, and what each second one said does again."""
    concept_id, now = concepts.require(c, concept), time.time()
    rows = []
    for gone, back in entries:
        kept = gone._replace(value=None, box=None) if back is None else back
        row = {name: getattr(kept, name) for name in ("value", "source", "box", "round_id", "weight")}
        rows.append(row | {"item_id": gone.item_id, "concept_id": concept_id, "by": by, "at": now, "undoes": gone.id})
    return _append(c, rows)


def propagate(c: Connection, concept: str, item_ids: Iterable[int], *, weight: float) -> tuple[int, int]:
    """How many propagated yes labels came and went, so that now these items have one and no others.

    What somebody answered stays as it is. Called again with the same items it writes nothing.
    """
    take_turn(c)  # or an answer could slip in between, and be the older of the two
    now = latest(c, concept)
    held, given = (set(now.item_id[rows].tolist()) for rows in (now.source == PROPAGATED, now.given()))
    wanted = set(item_ids) - given
    came, went, concept_id = sorted(wanted - held), sorted(held - wanted), concepts.require(c, concept)
    add(c, [Label(item, concept, YES, OURSELVES, PROPAGATED, weight=weight) for item in came])
    _append(c, [_withdrawal(item, concept_id, OURSELVES, PROPAGATED) for item in went])
    return len(came), len(went)


def log(c: Connection, concept: str, *, after: int = 0, up_to: int | None = None) -> list[Label]:
    """The labels with ids above `after`, and not above `up_to`, oldest first; see also `withdrawals`."""
    query = _entries(c, concept, after, up_to).where(schema.labels.c.value.is_not(None))
    return [_label(row, concept) for row in c.execute(query)]


def withdrawals(c: Connection, concept: str, *, after: int = 0) -> list[Withdrawal]:
    """The log's other entries with ids above `after`, oldest first."""
    query = _entries(c, concept, after).where(schema.labels.c.value.is_(None))
    return [Withdrawal(r.id, r.item_id, concept, r.by, r.round_id, r.at, r.source) for r in c.execute(query)]


def entries(
    c: Connection,
    concept: str,
    *,
    after: int = 0,
    up_to: int | None = None,
    of: Iterable[int] | None = None,
) -> list[Entry]:
    """The answers of the log and what took them back, oldest first; `of` some items alone, where given."""
    t = schema.labels.c
    query = _entries(c, concept, after, up_to).where(t.source.not_in(NOT_ANSWERS))
    parts = [query] if of is None else [query.where(t.item_id.in_(chunk)) for chunk in sql.chunks(sorted(set(of)))]
    return sorted(_entry(row) for part in parts for row in c.execute(part))


def of_several(c: Connection, concept: str) -> list[int]:
    """Ids of the items that more than one person said something of."""
    t = schema.labels.c
    said = select(t.item_id).where(t.concept_id == concepts.require(c, concept), t.source.not_in(NOT_ANSWERS))
    return list(c.scalars(said.group_by(t.item_id).having(func.count(t.by.distinct()) > 1)))


def newest_act(c: Connection, concept: str, by: str) -> list[Entry]:
    """What somebody answered at once, the last time of those that nobody has taken back; nothing where all are."""
    t, other = schema.labels, schema.labels.alias()
    undone = select(other.c.id).where(other.c.undoes == t.c.id).exists()
    withdrawn = _withdrawn_since(t)
    mine = (t.c.concept_id == concepts.require(c, concept), t.c.by == by, t.c.source.not_in(NOT_ANSWERS))
    answer = (*mine, t.c.value.is_not(None), t.c.undoes.is_(None), ~undone, ~withdrawn)
    newest = c.execute(select(t).where(*answer).order_by(t.c.id.desc()).limit(1)).one_or_none()
    if newest is None:
        return []
    together = select(t).where(*answer, t.c.at == newest.at, t.c.id <= newest.id).order_by(t.c.id)
    return [_entry(row) for row in c.execute(together)]


def latest(c: Connection, concept: str, *, after: int = 0, up_to: int | None = None) -> Latest:
    """What counts now: of each item the entry with the highest id, of those above `after` and not above `up_to`."""
    t = schema.labels.c
    rows = c.execute(_counted(c, concept, after=after, up_to=up_to).order_by(t.item_id)).all()
    item_id, value, weight, source, label_id, round_id = zip(*rows, strict=True) if rows else [()] * 6
    return Latest(
        item_id=np.array(item_id, np.int64),
        value=np.array(value, np.int8),
        weight=np.array(weight, np.float32),
        source=np.array(source, np.str_),
        label_id=np.array(label_id, np.int64),
        round_id=np.array([id or 0 for id in round_id], np.int64),
    )


def current(c: Connection, concept: str, *, also_propagated: bool = False) -> list[Label]:
    """The entries that count now and that somebody gave, by item id; with those that follow from them, if wanted."""
    t, not_given = schema.labels, ("model",) if also_propagated else NOT_ANSWERS
    newest = _counted(c, concept).subquery()
    query = select(t).where(t.c.id.in_(select(newest.c.id)), t.c.source.not_in(not_given)).order_by(t.c.item_id)
    return [_label(row, concept) for row in c.execute(query)]


def answered(c: Connection, concept: str, *, up_to: int | None = None) -> set[int]:
    """Ids of the items that somebody answered, and did not take back; by entries not above `up_to`, where given."""
    query = _counted(c, concept, up_to=up_to).where(schema.labels.c.source.not_in(NOT_ANSWERS))
    return {row.item_id for row in c.execute(query)}


def contradicted(c: Connection, concept: str) -> int:
    """How many items somebody answered yes and somebody no, neither taken back; what counts is the later one."""
    t, other = schema.labels.alias(), schema.labels.alias()
    given = select(t.c.item_id).where(
        t.c.concept_id == concepts.require(c, concept),
        t.c.value.in_((YES, NO)),
        t.c.source.not_in(NOT_ANSWERS),
        t.c.undoes.is_(None),
        ~select(other.c.id).where(other.c.undoes == t.c.id).exists(),
        ~_withdrawn_since(t),
    )
    both = given.group_by(t.c.item_id).having(func.count(t.c.value.distinct()) > 1).subquery()
    return int(c.scalars(select(func.count()).select_from(both)).one())


def counts(c: Connection, concept: str) -> dict[tuple[str, int], int]:
    """How many items count as (source, value)."""
    counted = _counted(c, concept).subquery()
    query = select(counted.c.source, counted.c.value, func.count()).group_by(counted.c.source, counted.c.value)
    return {(source, value): n for source, value, n in c.execute(query)}


def last_id(c: Connection) -> int:
    """Id of the log's last entry, of whatever concept; 0 before there is one."""
    return c.scalars(select(schema.counters.c.last).filter_by(name="labels")).one_or_none() or 0


def last_at(c: Connection, concept: str, by: str) -> float:
    """When somebody wrote about the concept last, in seconds since 1970; 0 where they never did."""
    t = schema.labels.c
    query = select(t.at).where(t.concept_id == concepts.require(c, concept), t.by == by)
    return c.scalars(query.order_by(t.id.desc()).limit(1)).one_or_none() or 0.0


def take_turn(c: Connection) -> None:
    """From here to the commit nobody else writes to the log: what is read of it stays so."""
    _take_ids(c, 0)


def _withdrawn_since(t: Any) -> Any:
    """Whether an item was withdrawn as a whole after an entry of `t`."""
    newer = schema.labels.alias()
    same = (newer.c.concept_id == t.c.concept_id, newer.c.item_id == t.c.item_id, newer.c.id > t.c.id)
    whole = (newer.c.value.is_(None), newer.c.undoes.is_(None), newer.c.source.not_in(NOT_ANSWERS))
    return select(newer.c.id).where(*same, *whole).exists()


def _append(c: Connection, rows: list[dict[str, Any]]) -> int:
    last = _take_ids(c, len(rows))
    for chunk in sql.chunks({"id": id} | row for id, row in enumerate(rows, last - len(rows) + 1)):
        c.execute(insert(schema.labels), chunk)
    return last


def _take_ids(c: Connection, n: int) -> int:
    """The last of n ids. The counter's row stays locked until the commit, so ids are committed in order."""
    t = schema.counters
    c.execute(sql.insert(c, t).values(name="labels", last=0).on_conflict_do_nothing())
    return int(c.scalars(update(t).where(t.c.name == "labels").values(last=t.c.last + n).returning(t.c.last)).one())


def _withdrawal(item_id: int, concept_id: int, by: str, source: str, round_id: int | None = None) -> dict[str, Any]:
    row = {"item_id": item_id, "concept_id": concept_id, "value": None, "by": by, "source": source}
    return row | {"box": None, "round_id": round_id, "weight": 1.0, "at": time.time()}


def _row(label: Label, concept_id: int) -> dict[str, Any]:
    row = {name: getattr(label, name) for name in ("item_id", "value", "by", "source", "box", "round_id", "weight")}
    return row | {"concept_id": concept_id, "at": label.at or time.time()}


def _entries(c: Connection, concept: str, after: int, up_to: int | None = None) -> Select[Any]:
    t = schema.labels
    query = select(t).where(t.c.concept_id == concepts.require(c, concept), t.c.id > after).order_by(t.c.id)
    return query if up_to is None else query.where(t.c.id <= up_to)


def _counted(c: Connection, concept: str, *, after: int = 0, up_to: int | None = None) -> Select[Any]:
    t = schema.labels.c
    newest = select(func.max(t.id)).filter_by(concept_id=concepts.require(c, concept)).group_by(t.item_id)
    newest = newest.where(t.id > after) if after else newest
    newest = newest if up_to is None else newest.where(t.id <= up_to)
    columns = (t.item_id, t.value, t.weight, t.source, t.id, t.round_id)
    return select(*columns).where(t.id.in_(newest), t.value.is_not(None))


def _label(row: Row[Any], concept: str) -> Label:
    e = _entry(row)
    return Label(e.item_id, concept, row.value, e.by, e.source, e.box, e.round_id, e.weight, e.at, e.id)


def _entry(row: Row[Any]) -> Entry:
    fields = {name: getattr(row, name) for name in Entry._fields}
    return Entry(**fields | {"box": None if row.box is None else tuple(row.box)})
