"""Encoders whose vectors the project holds."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from raravis.errors import InputError
from raravis.store import schema, sql


class Encoder(NamedTuple):
    """One space of vectors: a changed encoder has another id, and both live side by side."""

    id: str
    spec: str  # what was asked for: NAME[:ARGUMENT]
    dim: int


def add(c: Connection, encoder: str, *, spec: str, dim: int) -> None:
    """Remembers an encoder, and how it was asked for last. Raises InputError where its vectors have another length."""
    statement = sql.insert(c, schema.encoders).values(id=encoder, spec=spec, dim=dim)
    c.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"spec": spec}))
    known = require(c, encoder).dim
    if known != dim:
        raise InputError(f"encoder {encoder}: its vectors have {known} numbers, got {dim}; a new space needs a new id")


def all(c: Connection) -> list[Encoder]:
    """Every encoder, by id."""
    return [Encoder(*row) for row in c.execute(select(schema.encoders).order_by(schema.encoders.c.id))]


def current(c: Connection) -> str | None:
    """The encoder whose vectors came last; None before there are any."""
    t = schema.shards.c
    return c.scalars(select(t.encoder).order_by(t.id.desc()).limit(1)).one_or_none()


def named(c: Connection, name: str) -> str:
    """The id of the encoder of that id or spec, the last where several fit. Raises InputError naming the known ones."""
    fitting = [each.id for each in all(c) if name in (each.id, each.spec, each.spec.partition(":")[0])]
    return fitting[-1] if fitting else require(c, name).id


def require(c: Connection, encoder: str) -> Encoder:
    """The encoder of that id. Raises InputError naming the known ones."""
    known = {each.id: each for each in all(c)}
    if encoder not in known:
        raise InputError(f"unknown encoder {encoder!r}; known: {', '.join(known) or 'none yet, run: raravis embed'}")
    return known[encoder]
