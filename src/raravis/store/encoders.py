"""Encoders whose vectors the project holds: each is a space of its own, and one of them is in use."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, delete, func, select, update

from raravis.errors import InputError
from raravis.store import log, schema, sql


class Encoder(NamedTuple):
    """One space of vectors: a changed encoder has another id, and both live side by side."""

    id: str
    spec: str  # what was asked for: NAME[:ARGUMENT]
    dim: int
    in_use: bool
    begun_at: float | None  # seconds since 1970; None of one that an older version made


def add(c: Connection, encoder: str, *, spec: str, dim: int) -> None:
    """Remembers an encoder, and how it was asked for last; the first of a project is in use from the start.

    Raises InputError where its vectors have another length.
    """
    statement = sql.insert(c, schema.encoders).values(id=encoder, spec=spec, dim=dim, begun_at=time.time())
    c.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"spec": spec}))
    known = require(c, encoder).dim
    if known != dim:
        raise InputError(f"encoder {encoder}: its vectors have {known} numbers, got {dim}; a new space needs a new id")
    if current(c) is None:
        use(c, encoder)


def all(c: Connection) -> list[Encoder]:
    """Every encoder, by id."""
    return [Encoder(*row) for row in c.execute(_encoders().order_by(schema.encoders.c.id))]


def use(c: Connection, encoder: str) -> None:
    """From now on this space is the one in use, and no other; the log says when it took another's place."""
    t = schema.encoders
    if current(c) not in (None, encoder):
        log.add(c, "use encoder", encoder)
    c.execute(update(t).values(in_use=t.c.id == encoder))


def current(c: Connection) -> str | None:
    """The encoder whose space is in use; None before there is any."""
    t = schema.encoders.c
    return c.scalars(select(t.id).where(t.in_use)).one_or_none()


def named(c: Connection, name: str) -> str:
    """The id of the encoder of that id, spec or bare name; of several the one in use, or else the last by id.

    Raises InputError naming the known ones.
    """
    known = all(c)
    for names in ([e.id for e in known], [e.spec for e in known], [e.spec.partition(":")[0] for e in known]):
        fitting = [each for each, own in zip(known, names, strict=True) if own == name]
        if fitting:
            return max(fitting, key=lambda each: (each.in_use, each.id)).id
    return require(c, name).id


def require(c: Connection, encoder: str) -> Encoder:
    """The encoder of that id. Raises InputError naming the known ones."""
    known = {each.id: each for each in all(c)}
    if encoder not in known:
        raise InputError(f"unknown encoder {encoder!r}; known: {', '.join(known) or 'none yet, run: raravis embed'}")
    return known[encoder]


class Leans(NamedTuple):
    """What lies in the database over one encoder's vectors."""

    heads: int
    examples: int
    rounds: int  # these stay, as they were shown; those counted could be made again, and cannot without the vectors


def leans_on(c: Connection, encoder: str) -> Leans:
    """How much goes, or loses its ground, with an encoder."""
    tables = (schema.heads, schema.example_vectors)
    heads, examples = (
        c.scalars(select(func.count()).select_from(t).where(t.c.encoder == encoder)).one() for t in tables
    )
    made = c.execute(select(schema.rounds.c.encoder, schema.rounds.c.params))
    return Leans(heads, examples, sum(_leans(*row, encoder) for row in made))


def _leans(over: str, params: Mapping[str, Any], encoder: str) -> bool:
    """Whether a round is made again by the vectors of this encoder: what a strategy chose, and looks of audits are."""
    made_again = "round_number" in params or "heard" in params
    return made_again and encoder in (over, params.get("closer", {}).get("encoder"))


def remove(c: Connection, encoder: str) -> None:
    """Forgets an encoder, with its shards' records, heads, example vectors and failures; rounds and answers stay.

    Files of shards wait for a `shards.sweep` after the commit. The log says when.
    """
    r, h = schema.rounds, schema.heads
    over = select(h.c.id).where(h.c.encoder == encoder)
    c.execute(update(r).where(r.c.head_id.in_(over)).values(head_id=None))
    for table in (schema.heads, schema.example_vectors, schema.shards):
        c.execute(delete(table).where(table.c.encoder == encoder))
    c.execute(delete(schema.progress).filter_by(stage="embed", setting=encoder))
    c.execute(delete(schema.encoders).filter_by(id=encoder))
    log.add(c, "remove encoder", encoder)


def _encoders() -> Select[Any]:
    t = schema.encoders.c
    return select(t.id, t.spec, t.dim, t.in_use, t.begun_at)
