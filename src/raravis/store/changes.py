"""What has changed: a few numbers that are others once the tables are, found without reading these."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from raravis.store import schema, sql

PLACES = "places"  # counter: how often places were written, in place of others too


def count(c: Connection, name: str) -> None:
    """One more under this name: for what can change where it stands, without a new id."""
    row = sql.insert(c, schema.counters).values(name=name, last=1)
    more = {"last": schema.counters.c.last + 1}
    c.execute(row.on_conflict_do_update(index_elements=["name"], set_=more))


def counted(c: Connection, name: str) -> int:
    """How often; 0 before the first."""
    return c.scalars(select(schema.counters.c.last).filter_by(name=name)).one_or_none() or 0


def vectors(c: Connection, encoder: str) -> tuple[Any, ...]:
    """Of an encoder's shards: another once one is added, written anew or gone."""
    t = schema.shards.c
    query = select(func.count(), func.max(t.id), func.max(t.name), func.sum(t.rows), func.sum(t.checksum))
    return tuple(c.execute(query.where(t.encoder == encoder)).one())


def items(c: Connection) -> tuple[Any, ...]:
    """Of items and of where their sources lie, and when: another once any is added, forgotten, moved, sampled again."""
    tables = (schema.items, schema.sources, schema.places, schema.progress, schema.log)
    newest = (c.scalars(select(func.max(table.c.id))).one() for table in tables)
    return (*newest, counted(c, PLACES))
