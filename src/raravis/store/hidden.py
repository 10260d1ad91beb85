"""Items kept out of searches, because another one, which says as much, stands for them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sqlalchemy import ColumnElement, Connection, delete, func, select

from raravis.store import changes, items, schema, sql
from raravis.types import Ints

COUNTER = "hidden"  # how often this changed


def hide(c: Connection, shown_by: Mapping[int, int]) -> int:
    """How many items are hidden now that were not, each with the item that is shown instead.

    One that was hidden behind another is from now on behind this one. Raises InputError naming ids that do not exist.
    """
    items.require(c, {*shown_by, *shown_by.values()})
    before = count(c)
    rows = [{"item_id": item, "shown_id": shown} for item, shown in shown_by.items()]
    sql.upsert_rows(c, schema.hidden, rows, ["item_id"])
    if rows:
        changes.count(c, COUNTER)
    return count(c) - before


def show(c: Connection) -> int:
    """How many items were hidden; none is any more."""
    return _delete(c, schema.hidden.c.item_id.is_not(None))


def forget(c: Connection, source_id: int) -> int:
    """How many rows went with a source: those of its items, and of items that were hidden behind one of them."""
    of_source = select(schema.items.c.id).filter_by(source_id=source_id)
    t = schema.hidden.c
    return _delete(c, t.item_id.in_(of_source) | t.shown_id.in_(of_source))


def all(c: Connection) -> tuple[Ints, Ints]:
    """Ids of the hidden items (n,), rising, and of those that are shown instead (n,)."""
    t = schema.hidden.c
    rows = c.execute(select(t.item_id, t.shown_id).order_by(t.item_id)).all()
    pairs = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def count(c: Connection) -> int:
    """How many there are."""
    return c.scalars(select(func.count()).select_from(schema.hidden)).one()


def version(c: Connection) -> int:
    """A number that is another one whenever what is hidden has changed."""
    return changes.counted(c, COUNTER)


def _delete(c: Connection, those: ColumnElement[bool]) -> int:
    gone = c.execute(delete(schema.hidden).where(those)).rowcount
    if gone:
        changes.count(c, COUNTER)
    return gone
