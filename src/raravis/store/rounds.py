"""Ranked lists that were shown, with all that is needed to make them again."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from raravis.errors import InputError
from raravis.store import concepts, items, labels, schema
from raravis.types import Round

_LISTS = ("ids", "scores", "reason", "inclusion_prob")
_AS_THEY_ARE = ("strategy", "seed", *_LISTS, "labels_up_to", "head_id", "encoder", "version")


def add(c: Connection, round: Round) -> int:
    """The new round's id; the id it carries is not looked at."""
    row = {name: getattr(round, name) for name in _AS_THEY_ARE}
    row |= {"concept_id": concepts.require(c, round.concept), "params": dict(round.params), "at": time.time()}
    return int(c.scalars(insert(schema.rounds).values(row).returning(schema.rounds.c.id)).one())


def get(c: Connection, round_id: int) -> Round:
    """The round of that id. Raises InputError where there is none."""
    row = c.execute(_rounds().where(schema.rounds.c.id == round_id)).one_or_none()
    if row is None:
        raise InputError(f"no round {round_id}; make one with: raravis ask")
    return _round(row)


def all(c: Connection, concept: str) -> list[Round]:
    """The concept's rounds, oldest first."""
    query = _rounds().where(schema.rounds.c.concept_id == concepts.require(c, concept))
    return [_round(row) for row in c.execute(query.order_by(schema.rounds.c.id))]


def count(c: Connection, concept: str) -> int:
    """How many rounds were made about the concept."""
    t = schema.rounds
    query = select(func.count()).select_from(t).where(t.c.concept_id == concepts.require(c, concept))
    return int(c.scalars(query).one())


def latest_unanswered(c: Connection, concept: str) -> Round | None:
    """The newest round, if an item of it waits for an answer; a propagated label is none, a forgotten item no item."""
    query = _rounds().where(schema.rounds.c.concept_id == concepts.require(c, concept))
    row = c.execute(query.order_by(schema.rounds.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    waiting = set(row.ids) - labels.answered(c, concept)
    return _round(row) if items.known(c, waiting) else None


def _rounds() -> Select[Any]:
    t = schema.rounds
    return select(t, schema.concepts.c.name.label("concept")).join_from(t, schema.concepts)


def _round(row: Row[Any]) -> Round:
    fields = {name: getattr(row, name) for name in ("id", "concept", "params", *_AS_THEY_ARE)}
    lists = {name: tuple(fields[name]) for name in _LISTS if fields[name] is not None}
    return Round(**(fields | lists))
