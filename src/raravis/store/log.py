"""What was done to the project, and when; kept even of what is forgotten."""

from __future__ import annotations

import time
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from raravis.store import schema


class Entry(NamedTuple):
    """One line of the log."""

    at: float  # seconds since 1970
    action: str
    detail: str


def add(c: Connection, action: str, detail: str) -> None:
    """Adds a line."""
    c.execute(insert(schema.log).values(at=time.time(), action=action, detail=detail))


def all(c: Connection) -> list[Entry]:
    """Every line, oldest first."""
    columns = (schema.log.c.at, schema.log.c.action, schema.log.c.detail)
    return [Entry(*row) for row in c.execute(select(*columns).order_by(schema.log.c.id))]
