"""Connections: SQLite in WAL mode, or PostgreSQL by URL; transactions begin and end alike on both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from raravis.errors import InputError, StoreError

READ = "raravis_read"  # execution option: a transaction that sees one moment and writes nothing
BUSY_SECONDS = 60.0


def sqlite(path: Path) -> Engine:
    """An engine on a file, made when missing."""
    url = URL.create("sqlite+pysqlite", database=str(path))
    # isolation_level None keeps the driver from beginning transactions by itself: DDL would escape them.
    # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#pysqlite-serializable
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None})
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", _sqlite_begins)
    return engine


def postgres(url: URL) -> Engine:
    """An engine on a server. Raises StoreError where the driver is not installed."""
    try:
        # "format" lets one statement take plain tuples on both back ends, see `sql.insert_new`
        engine = create_engine(url, paramstyle="format")
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs its driver: pip install 'raravis[postgres]'") from None
    event.listen(engine, "begin", _postgres_begins)
    return engine


def parse(database: str) -> URL:
    """The URL, its driver filled in. Raises InputError where it is not PostgreSQL's."""
    try:
        url = make_url(database)
    except ArgumentError:
        raise InputError("cannot read the database URL; wanted postgresql://USER@HOST/NAME") from None
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise InputError(f"cannot use a {url.drivername} database; wanted postgresql://USER@HOST/NAME, or none: SQLite")
    return url.set(drivername="postgresql+psycopg")


def _sqlite_connected(connection: Any, _record: Any) -> None:
    # WAL and NORMAL: a commit survives the death of the process; only a power cut can undo the last ones.
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _sqlite_begins(c: Connection) -> None:
    read = c.get_execution_options().get(READ, False)
    c.exec_driver_sql(f"PRAGMA query_only = {int(read)}")
    # A writer that begins as a reader gets "locked" at once, without waiting its turn: say so from the start.
    c.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")


def _postgres_begins(c: Connection) -> None:
    if c.get_execution_options().get(READ, False):
        c.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
