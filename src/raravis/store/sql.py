"""What SQLAlchemy says differently for SQLite and PostgreSQL, said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

CHUNK = 10_000  # rows or ids in one statement; both back ends take at least 32,766 parameters


def insert(c: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if c.dialect.name == "postgresql" else sqlite.insert(table)


def insert_new(c: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> int:
    """How many rows were new; known ones (by any unique key) are skipped.

    The driver gets plain tuples: SQLAlchemy's own many-row insert costs more than SQLite's work.
    """
    compiled = insert(c, table).on_conflict_do_nothing().compile(dialect=c.dialect, column_keys=list(columns))
    names = compiled.positiontup or []
    rows = zip(*(columns[name] for name in names), strict=True)
    return sum(c.exec_driver_sql(str(compiled), chunk).rowcount for chunk in chunks(rows))


def insert_rows(c: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """`insert_new` for rows as mappings, all with the same keys."""
    return insert_new(c, table, {name: [row[name] for row in rows] for name in rows[0]}) if rows else 0


def upsert_rows(c: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> None:
    """Rows as mappings, all with the same columns; one whose key is known takes the place of what was there."""
    if not rows:
        return
    statement = insert(c, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    upsert = statement.on_conflict_do_update(index_elements=list(key), set_=changed)
    compiled = upsert.compile(dialect=c.dialect, column_keys=list(rows[0]))
    names = compiled.positiontup or []
    for chunk in chunks(tuple(row[name] for name in names) for row in rows):
        c.exec_driver_sql(str(compiled), chunk)


def chunks(values: Any, size: int = CHUNK) -> Iterator[list[Any]]:
    """The values in lists of at most `size`; no list where there are none."""
    left = iter(values)
    while chunk := list(islice(left, size)):
        yield chunk
