"""What has changed: a few numbers that are others once the tables are, found without reading these."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from raravis.store import schema


def vectors(c: Connection, encoder: str) -> tuple[Any, ...]:
    """Of an encoder's shards: another once one is added, written anew or gone."""
    t = schema.shards.c
    query = select(func.count(), func.max(t.id), func.max(t.name), func.sum(t.rows), func.sum(t.checksum))
    return tuple(c.execute(query.where(t.encoder == encoder)).one())


def items(c: Connection) -> tuple[Any, ...]:
    """Of items and of where their sources lie: another once some are added, forgotten, moved, sampled again."""
    tables = (schema.items, schema.sources, schema.places, schema.progress, schema.log)
    return tuple(c.scalars(select(func.max(table.c.id))).one() for table in tables)
