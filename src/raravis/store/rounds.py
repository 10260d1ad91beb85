"""Ranked lists that were shown, with all that is needed to make them again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Select, func, insert, select

from raravis import __version__
from raravis.errors import InputError
from raravis.store import concepts, items, labels, schema
from raravis.types import Floats, Ints, Round

_LISTS = ("ids", "scores", "reason", "inclusion_prob")
_AS_THEY_ARE = ("strategy", "seed", *_LISTS, "labels_up_to", "head_id", "encoder", "version")


def add(c: Connection, round: Round) -> int:
    """The new round's id; the id it carries is not looked at."""
    row = {name: getattr(round, name) for name in _AS_THEY_ARE}
    row |= {"concept_id": concepts.require(c, round.concept), "params": dict(round.params), "at": time.time()}
    return int(c.scalars(insert(schema.rounds).values(row).returning(schema.rounds.c.id)).one())


def keep(
    c: Connection,
    concept: str,
    ids: Sequence[int] | Ints,
    scores: Sequence[float] | Floats,
    *,
    strategy: str,
    params: Mapping[str, Any],
    encoder: str,
    reason: Sequence[str] | None = None,
    inclusion_prob: Sequence[float] | None = None,
    seed: int = 0,
    labels_up_to: int = 0,
) -> Round:
    """A new Round of these items, in the store; the reason for each is the strategy's name where none is given."""
    made = Round(
        id=0,
        concept=concept,
        strategy=strategy,
        params=params,
        seed=seed,
        ids=tuple(int(item) for item in ids),
        scores=tuple(np.asarray(scores, float).tolist()),
        reason=tuple(reason or (strategy.partition(":")[0],) * len(ids)),
        inclusion_prob=None if inclusion_prob is None else tuple(map(float, inclusion_prob)),
        labels_up_to=labels_up_to,
        head_id=None,
        encoder=encoder,
        version=__version__,
    )
    return get(c, add(c, made))


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


def params_of(
    c: Connection, concept: str, *, strategy: str | None = None
) -> Iterator[tuple[int, list[int], dict[str, Any]]]:
    """Of each of the concept's rounds its id, its items and its params, oldest first: a third of the work of `all`.

    With a strategy (as it was given) of those rounds alone.
    """
    t = schema.rounds.c
    query = select(t.id, t.ids, t.params).where(t.concept_id == concepts.require(c, concept)).order_by(t.id)
    query = query if strategy is None else query.where(t.strategy == strategy)
    return ((row.id, row.ids, row.params) for row in c.execute(query))


def count(c: Connection, concept: str) -> int:
    """How many rounds were made about the concept."""
    t = schema.rounds
    query = select(func.count()).select_from(t).where(t.c.concept_id == concepts.require(c, concept))
    return int(c.scalars(query).one())


def answered(c: Connection, concept: str) -> int:
    """How many of them somebody answered anything in: looks. A ranked list that nobody answered was none."""
    t = schema.labels.c
    about = (t.concept_id == concepts.require(c, concept), t.value.is_not(None), t.source.not_in(labels.NOT_ANSWERS))
    return int(c.scalars(select(func.count(t.round_id.distinct())).where(*about)).one())


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
