"""Which project a database belongs to: two that shared one would mix their answers in silence."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, insert, inspect, select

from raravis.store import schema


class Owner(NamedTuple):
    """A project by its id, and the folder in which it was made."""

    id: str
    folder: str


def record(c: Connection, id: str, folder: Path) -> None:
    """Gives a new database to the project."""
    c.execute(insert(schema.owner).values(id=id, folder=str(folder)))


def owner(c: Connection) -> Owner | None:
    """Whose database it is; None where it is empty."""
    if not inspect(c).has_table(schema.owner.name):
        return None
    return Owner(*c.execute(select(schema.owner.c.id, schema.owner.c.folder)).one())
