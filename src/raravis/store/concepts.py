"""What people look for, by name."""

from __future__ import annotations

from sqlalchemy import Connection, select

from raravis.errors import InputError
from raravis.store import schema, sql


def add(c: Connection, name: str) -> int:
    """The concept's id; a known name keeps its own."""
    c.execute(sql.insert(c, schema.concepts).values(name=name).on_conflict_do_nothing())
    return require(c, name)


def all(c: Connection) -> list[str]:
    """Their names, oldest first."""
    return list(c.scalars(select(schema.concepts.c.name).order_by(schema.concepts.c.id)))


def require(c: Connection, name: str) -> int:
    """The concept's id. Raises InputError naming the known ones."""
    id = c.scalars(select(schema.concepts.c.id).filter_by(name=name)).one_or_none()
    if id is None:
        known = ", ".join(filter(None, all(c)))  # a search by pictures alone leaves a nameless one
        known = known or "none yet; name one with: raravis search --for NAME --like PICTURE"
        raise InputError(f"unknown concept {name!r}; known: {known}")
    return int(id)
