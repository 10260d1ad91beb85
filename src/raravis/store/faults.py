"""Trouble with the database or the disk, said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, NotSupportedError, ProgrammingError

from raravis.errors import StoreError

_OUR_MISTAKES = (IntegrityError, ProgrammingError, DataError, NotSupportedError)
_FULL = "free some space and run the same command again; what was recorded is kept"
_FAILING = "free some space, or have the disk looked at, and run the same command again"
_PASSWORD = "set PGPASSWORD, write the password into ~/.pgpass, or give the URL again with --database"
_CLOSED = "make the project folder writable"
_DAMAGED = "the database is damaged: put back a copy of it, or make a new project"
_WHAT_TO_DO = {
    "disk is full": _FULL,
    "no space left": _FULL,
    "disk i/o error": _FAILING,
    "no password supplied": _PASSWORD,
    "password authentication failed": _PASSWORD,
    "readonly database": _CLOSED,
    "read-only": _CLOSED,
    "permission denied": _CLOSED,
    "malformed": _DAMAGED,
    "not a database": _DAMAGED,
    "locked": "another process is writing; try again when it is done",
}


@contextmanager
def database_trouble(where: object) -> Iterator[None]:
    """Full, damaged, closed or unreachable databases leave as StoreErrors; our own mistakes as they are."""
    try:
        yield
    except _OUR_MISTAKES:
        raise
    except DatabaseError as error:
        raise StoreError(_line(where, error.orig)) from error


@contextmanager
def disk_trouble(where: object) -> Iterator[None]:
    """What the disk refuses leaves as a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(_line(where, error.strerror or error)) from error


def _line(where: object, what: object) -> str:
    text = " ".join(str(what).split())
    advice = next((todo for sign, todo in _WHAT_TO_DO.items() if sign in text.lower()), None)
    return f"{where}: {text}" + (f"; {advice}" if advice else "")
