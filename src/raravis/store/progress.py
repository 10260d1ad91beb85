"""How far each stage got: what is done, what failed and why, what was skipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection, delete, func, select

from raravis.store import schema, sql

State = Literal["done", "failed", "skipped"]


class Count(NamedTuple):
    """How many subjects of one stage and setting ended in each state, and the seconds they took."""

    stage: str
    setting: str
    done: int
    failed: int
    skipped: int
    seconds: float


class Failure(NamedTuple):
    """One subject that was not done."""

    stage: str
    setting: str
    subject: str
    state: str
    reason: str


class Mark(NamedTuple):
    """How it went with one subject."""

    subject: str
    state: State
    reason: str = ""
    source_id: int | None = None


def mark_all(c: Connection, stage: str, setting: str, marks: Sequence[Mark]) -> None:
    """Remembers how it went with each subject, each named once; the last mark of a subject counts."""
    rows = [{"stage": stage, "setting": setting, "seconds": 0.0, **mark._asdict()} for mark in marks]
    sql.upsert_rows(c, schema.progress, rows, ("stage", "setting", "subject"))


def mark(
    c: Connection,
    stage: str,
    setting: str,
    subject: str,
    state: State,
    *,
    reason: str = "",
    source_id: int | None = None,
    seconds: float = 0.0,
) -> None:
    """Remembers how it went; the last mark of a subject counts."""
    row = {"state": state, "reason": reason, "source_id": source_id, "seconds": seconds}
    key = {"stage": stage, "setting": setting, "subject": subject}
    statement = sql.insert(c, schema.progress).values(**key, **row)
    c.execute(statement.on_conflict_do_update(index_elements=list(key), set_=row))


def clear(c: Connection, stage: str, setting: str) -> None:
    """Forgets how a stage went with one setting, so that it is tried again."""
    c.execute(delete(schema.progress).filter_by(stage=stage, setting=setting))


def unmark(c: Connection, stage: str, setting: str, subjects: Sequence[str]) -> None:
    """Forgets how it went with these subjects."""
    t = schema.progress
    for chunk in sql.chunks(subjects):
        c.execute(delete(t).filter_by(stage=stage, setting=setting).where(t.c.subject.in_(chunk)))


def states(c: Connection, stage: str, setting: str) -> dict[str, tuple[str, str]]:
    """State and reason by subject."""
    t = schema.progress.c
    query = select(t.subject, t.state, t.reason).filter_by(stage=stage, setting=setting)
    return {subject: (state, reason) for subject, state, reason in c.execute(query)}


def counts(c: Connection) -> list[Count]:
    """One row a stage and setting, in the order in which they were first begun."""
    t = schema.progress.c
    tallies = [func.count().filter(t.state == state) for state in ("done", "failed", "skipped")]
    query = select(t.stage, t.setting, *tallies, func.sum(t.seconds)).group_by(t.stage, t.setting)
    return [Count(*row) for row in c.execute(query.order_by(func.min(t.id)))]


def failures(c: Connection, *, limit: int = 20) -> list[Failure]:
    """What failed, then what was skipped, each oldest first."""
    t = schema.progress.c
    query = select(t.stage, t.setting, t.subject, t.state, t.reason).where(t.state != "done")
    return [Failure(*row) for row in c.execute(query.order_by(t.state != "failed", t.id).limit(limit))]
