"""What people said of some items, from the few entries about them: a page of chips must not read the whole log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from raravis.store import concepts, schema, sql
from raravis.store.labels import NOT_ANSWERS


class Said(NamedTuple):
    """One answer that was not taken back."""

    value: int  # 1, -1, 0: can't tell
    by: str


def newest(c: Connection, concept: str, item_ids: Iterable[int], *, by: str | None = None) -> dict[int, Said]:
    """The answer that counts of each of the items, by id; items without one have none.

    With `by` what this person said last, whatever others said since: the second of two people must not see the first's.
    """
    t = schema.labels.c
    query = select(t.item_id, t.value, t.by, t.undoes).where(
        t.concept_id == concepts.require(c, concept), t.source.not_in(NOT_ANSWERS)
    )
    query = query if by is None else query.where(t.by == by)
    found: dict[int, Said] = {}
    for chunk in sql.chunks(set(item_ids)):
        for item_id, value, who, undoes in c.execute(query.where(t.item_id.in_(chunk)).order_by(t.id)):
            found.pop(item_id, None)
            if value is not None and (by is None or undoes is None):  # what comes back may be what somebody else said
                found[item_id] = Said(value, who)
    return found


def following(c: Connection, concept: str, item_ids: Iterable[int]) -> set[int]:
    """Those of the items whose newest entry is a yes that follows from answers beside them."""
    t = schema.labels.c
    query = select(t.item_id, t.value, t.source).where(t.concept_id == concepts.require(c, concept)).order_by(t.id)
    newest = {
        item_id: value is not None and source == "propagated"
        for chunk in sql.chunks(set(item_ids))
        for item_id, value, source in c.execute(query.where(t.item_id.in_(chunk)))
    }
    return {item_id for item_id, follows in newest.items() if follows}


def times(c: Connection, concept: str) -> dict[str, list[float]]:
    """When each person answered, in seconds since 1970, rising; by name. What was taken back since counts too."""
    t = schema.labels.c
    query = select(t.by, t.at).where(t.concept_id == concepts.require(c, concept), t.source == "human")
    found: dict[str, list[float]] = {}
    for by, at in c.execute(query.where(t.value.is_not(None)).order_by(t.at)):
        found.setdefault(by, []).append(at)
    return found
