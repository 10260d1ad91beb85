"""Who may come in: people by name, what they may do, and a hash of the token that they show."""

from __future__ import annotations

import time
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, select, update

from raravis.errors import InputError
from raravis.store import log, schema, sql

Role = Literal["viewer", "labeller", "admin"]


class User(NamedTuple):
    """Somebody who may come in, or might until they were revoked."""

    name: str
    role: Role
    created_at: float  # seconds since 1970
    revoked_at: float | None


def add(c: Connection, name: str, role: Role, token_hash: str) -> None:
    """Lets somebody in who shows the token of this hash; a name that was revoked may come back, with a new token.

    Raises InputError where the name is in use.
    """
    fresh = {"role": role, "token_hash": token_hash, "created_at": time.time(), "revoked_at": None}
    statement = sql.insert(c, schema.users).values(name=name, **fresh)
    gone = schema.users.c.revoked_at.is_not(None)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_=fresh, where=gone)
    if c.scalars(statement.returning(schema.users.c.id)).one_or_none() is None:
        raise InputError(f"there is a user {name!r} already; revoke their token first: raravis user revoke {name}")
    log.add(c, "add user", f"{name} as {role}")


def revoke(c: Connection, name: str) -> None:
    """From now on the name's token lets nobody in. Raises InputError naming who could be meant."""
    t = schema.users
    held = t.c.revoked_at.is_(None)
    if c.execute(update(t).where(t.c.name == name, held).values(revoked_at=time.time())).rowcount == 0:
        known = ", ".join(user.name for user in all(c) if user.revoked_at is None)
        raise InputError(f"no user {name!r} who may come in; known: {known or 'none'}")
    log.add(c, "revoke user", name)


def all(c: Connection) -> list[User]:
    """Everybody who was ever let in, by name."""
    return [User(*row) for row in c.execute(_users().order_by(schema.users.c.name))]


def by_hash(c: Connection, token_hash: str) -> User | None:
    """Who has the token of this hash; None where nobody does, or not any more."""
    t = schema.users.c
    row = c.execute(_users().where(t.token_hash == token_hash, t.revoked_at.is_(None))).one_or_none()
    return None if row is None else User(*row)


def _users() -> Select[Any]:
    t = schema.users.c
    return select(t.name, t.role, t.created_at, t.revoked_at)
