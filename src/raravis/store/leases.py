"""Who was shown which round, and until when nobody else is shown its items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, insert, select, update

from raravis.store import concepts, schema


class Lease(NamedTuple):
    """A round as somebody holds it, or held it."""

    round_id: int
    by: str
    until: float  # seconds since 1970
    later: tuple[int, ...]  # ids of its items that were given back
    strategy: str
    ids: tuple[int, ...]  # of the round's items

    def held(self) -> tuple[int, ...]:
        """The items that were not given back."""
        return tuple(item for item in self.ids if item not in self.later)


def add(c: Connection, round_id: int, by: str, until: float) -> None:
    """The round is lent to somebody."""
    c.execute(insert(schema.leases).values(round_id=round_id, by=by, until=until, later=[]))


def live(c: Connection, concept: str, now: float) -> list[Lease]:
    """The concept's leases that run, oldest first."""
    r = schema.rounds.c
    query = _leases().where(r.concept_id == concepts.require(c, concept), schema.leases.c.until > now)
    return [_lease(row) for row in c.execute(query.order_by(r.id))]


def of_rounds(c: Connection, round_ids: Iterable[int]) -> dict[int, Lease]:
    """The leases of these rounds, over or not, by round; rounds that were never lent have none."""
    query = _leases().where(schema.leases.c.round_id.in_(sorted(set(round_ids))))
    return {row.round_id: _lease(row) for row in c.execute(query)}


def extend(c: Connection, concept: str, by: str, *, now: float, until: float) -> None:
    """Whatever somebody holds about the concept, they hold until then."""
    t, r = schema.leases, schema.rounds.c
    about = select(r.id).where(r.concept_id == concepts.require(c, concept))
    mine = (t.c.by == by, t.c.until > now, t.c.round_id.in_(about))
    c.execute(update(t).where(*mine).values(until=until))


def end(c: Connection, round_ids: Iterable[int], *, now: float) -> None:
    """These rounds are nobody's from now on: all of them is answered."""
    t = schema.leases
    c.execute(update(t).where(t.c.round_id.in_(sorted(set(round_ids))), t.c.until > now).values(until=now))


def reopen(c: Connection, round_ids: Iterable[int], *, until: float) -> None:
    """Whoever held these rounds holds them again: an answer was taken back."""
    t = schema.leases
    c.execute(update(t).where(t.c.round_id.in_(sorted(set(round_ids)))).values(until=until))


def give_back(c: Connection, lease: Lease, items: Iterable[int]) -> None:
    """These items of the lease may be shown to others."""
    t = schema.leases
    later = sorted({*lease.later, *items})
    c.execute(update(t).where(t.c.round_id == lease.round_id).values(later=later))


def _leases() -> Select[Any]:
    t, r = schema.leases.c, schema.rounds.c
    columns = (t.round_id, t.by, t.until, t.later, r.strategy, r.ids)
    return select(*columns).join_from(schema.leases, schema.rounds)


def _lease(row: Row[Any]) -> Lease:
    return Lease(row.round_id, row.by, row.until, tuple(row.later), row.strategy, tuple(row.ids))
