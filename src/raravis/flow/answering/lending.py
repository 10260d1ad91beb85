"""What was lent to whom: the rounds of a concept that somebody holds, as batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from raravis.flow.answering.acts import standing
from raravis.flow.answering.seconds import SECOND, mixed
from raravis.store import items, labels, leases, rounds
from raravis.store.labels import Entry
from raravis.store.leases import Lease
from raravis.store.project import Project
from raravis.types import Round


class Batch(NamedTuple):
    """What one person was given to answer, in the order to show it; nobody else is given it before `until`."""

    rounds: tuple[Round, ...]  # the strategy's, and one of what is asked of a second person
    items: tuple[int, ...]  # ids
    second: frozenset[int]  # those of them that somebody else answered
    until: float  # seconds since 1970
    left: int | None = None  # of the budget
    why: str | None = None  # there are no items


def batch_of(lent: Sequence[tuple[Lease, Round]]) -> Batch:
    """The batch that these rounds were given out as."""
    first, second = (
        [item for lease, _ in lent for item in lease.held() if (lease.strategy == SECOND) == twice]
        for twice in (False, True)
    )
    until = min(lease.until for lease, _ in lent)
    return Batch(tuple(made for _, made in lent), mixed(first, second), frozenset(second), until)


def open_batches(project: Project, concept: str, by: str, live: Iterable[Lease]) -> list[Batch]:
    """Of the leases that run the person's own, as batches, oldest first; without those that are answered whole."""
    return [batch for batch, waits in _batches(project, concept, by, live) if waits]


def end_answered(project: Project, concept: str, by: str, live: Iterable[Lease], *, now: float) -> int:
    """How many batches the person has still to answer; those that are answered whole are over."""
    batches = _batches(project, concept, by, live)
    done = [made.id for batch, waits in batches if not waits for made in batch.rounds]
    if done:
        with project.begin() as c:
            labels.take_turn(c)
            leases.end(c, done, now=now)
    return sum(waits for _, waits in batches)


def _batches(project: Project, concept: str, by: str, live: Iterable[Lease]) -> list[tuple[Batch, bool]]:
    """The person's batches, oldest first, and whether an answer is wanted still."""
    mine = [lease for lease in live if lease.by == by]
    groups: dict[int, list[tuple[Lease, Round]]] = {}
    with project.read() as c:
        wanted = {item for lease in mine for item in lease.held()}
        known = items.known(c, wanted)
        stand = standing(labels.entries(c, concept, of=wanted))
        for lease in mine:
            made = rounds.get(c, lease.round_id)
            groups.setdefault(made.params.get("with") or made.id, []).append((lease, made))
    batches = [batch_of(lent) for lent in groups.values()]
    return [(one, any(_waits(item, one, stand, by) for item in known & set(one.items))) for one in batches]


def give_back(project: Project, by: str, later: Iterable[int], live: Iterable[Lease]) -> None:
    """These items may be shown to others at once."""
    wanted = set(later)
    mine = [lease for lease in live if lease.by == by and wanted.intersection(lease.ids)]
    if mine:
        with project.begin() as c:
            labels.take_turn(c)
            for lease in mine:
                leases.give_back(c, lease, wanted.intersection(lease.ids))


def lend(c: Any, made: Iterable[Round], by: str, until: float) -> list[tuple[Lease, Round]]:
    """The rounds are somebody's until then."""
    lent = [(Lease(one.id, by, until, (), one.strategy, one.ids), one) for one in made]
    for lease, _ in lent:
        leases.add(c, lease.round_id, by, until)
    return lent


def _waits(item: int, batch: Batch, stand: dict[int, list[Entry]], by: str) -> bool:
    """Whether an answer is wanted still: of a second opinion the person's own."""
    given = [entry for entry in stand.get(item, []) if item not in batch.second or entry.by == by]
    return not given
