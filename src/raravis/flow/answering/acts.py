"""What a person does at once: answers, kept all or none; and taking back the newest of them, as deep as they go."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from raravis.errors import InputError
from raravis.store import items, labels, leases, rounds
from raravis.store.labels import Entry
from raravis.store.leases import Lease
from raravis.store.project import Project
from raravis.types import VALUES, Box, Label

LEASE_SECONDS = 600.0
TICK = 1e-6  # seconds between two acts of one person, for an act is known by its time


class NotThereError(InputError):
    """An item or a round that the project does not have."""


class Answer(NamedTuple):
    """What somebody says of an item, and the round in which they were asked, if they were."""

    item: int
    value: int  # 1, -1, 0: can't tell
    round: int | None = None
    box: Box | None = None


class Kept(NamedTuple):
    """An act as it was kept."""

    given: tuple[Answer, ...]
    late: tuple[int, ...]  # items that were lent to the person no longer, or never; kept all the same


def give(
    project: Project,
    concept: str,
    answers: Sequence[Answer],
    *,
    by: str,
    lease_seconds: float = LEASE_SECONDS,
    now: float | None = None,
) -> Kept:
    """What was kept: all of it, in one commit, as one act for `undo`; of two answers about one item the last.

    What the person said last of an item, in that round, is not written twice, so an act may be sent again. Whatever
    they hold about the concept they hold for `lease_seconds` more. Raises InputError for a value or a box that is none
    and a round about something else, NotThereError for an item or a round that is not there; then nothing is kept.
    """
    now = time.time() if now is None else now
    told = tuple({answer.item: answer for answer in answers}.values())
    for answer in told:
        _refuse_unreadable(answer)
    with project.begin() as c:
        labels.take_turn(c)
        _refuse_missing(c, concept, told)
        before = labels.entries(c, concept, of=[answer.item for answer in told])
        _write(c, concept, told, by, standing(before))
        lent = leases.of_rounds(c, {answer.round for answer in told if answer.round is not None})
        leases.extend(c, concept, by, now=now, until=now + lease_seconds)
    their_own = {(entry.item_id, entry.round_id) for entry in before if entry.by == by}  # corrected, not late
    strange = [a for a in told if a.round in lent and not _holds(lent[a.round], a.item, by, now)]
    return Kept(told, tuple(a.item for a in strange if (a.item, a.round) not in their_own))


def undo(
    project: Project,
    concept: str,
    *,
    by: str,
    lease_seconds: float = LEASE_SECONDS,
    now: float | None = None,
) -> dict[int, int | None]:
    """What stands now of the items of the person's newest act, which is taken back; nothing where there is none.

    None: nobody's answer stands, as if the item had never been asked; the round that asked is theirs again for
    `lease_seconds`, unless others hold items of it by now. Called again it takes back the act before.
    """
    now = time.time() if now is None else now
    with project.begin() as c:
        labels.take_turn(c)
        act = labels.newest_act(c, concept, by)
        if not act:
            return {}
        stand = standing(labels.entries(c, concept, of=[entry.item_id for entry in act]))
        below = [[one for one in stand[entry.item_id] if one.id != entry.id][-1:] for entry in act]
        pairs = [(entry, left[0] if left else None) for entry, left in zip(act, below, strict=True)]
        labels.take_back(c, concept, pairs, by=by)
        _hold_again(c, concept, act, by, now=now, until=now + lease_seconds)
    return {entry.item_id: left.value if left else None for entry, left in pairs}


def standing(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    """By item the answers that nobody took back, oldest first; the last one counts."""
    stand: defaultdict[int, dict[int, Entry]] = defaultdict(dict)
    for entry in entries:
        if entry.undoes is not None:
            stand[entry.item_id].pop(entry.undoes, None)
        elif entry.value is None:  # the item was withdrawn, whoever had answered it
            stand[entry.item_id].clear()
        else:
            stand[entry.item_id][entry.id] = entry
    return defaultdict(list, {item: list(left.values()) for item, left in stand.items() if left})


def _refuse_unreadable(answer: Answer) -> None:
    if answer.value not in VALUES:
        raise InputError(f"item {answer.item}: got the answer {answer.value}; wanted 1, -1, or 0 for can't tell")
    if answer.box is not None:
        x0, y0, x1, y1 = answer.box
        if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
            raise InputError(f"item {answer.item}: got the box {answer.box}; wanted x0, y0, x1, y1 in 0..1")


def _refuse_missing(c: Any, concept: str, told: Sequence[Answer]) -> None:
    """Raises NotThereError for unknown items and rounds, InputError for a round that did not ask this."""
    if missing := sorted({answer.item for answer in told} - items.known(c, (answer.item for answer in told))):
        raise NotThereError(f"no item {missing[0]} in this project; nothing of this was kept")
    for number in {answer.round for answer in told if answer.round is not None}:
        try:
            asked = rounds.get(c, number)
        except InputError:
            raise NotThereError(f"no round {number} in this project; nothing of this was kept") from None
        strange = [answer.item for answer in told if answer.round == number and answer.item not in asked.ids]
        if asked.concept != concept or strange:
            wanted = f"is about {asked.concept!r}, not {concept!r}" if asked.concept != concept else "did not ask"
            raise InputError(f"round {number} {wanted}{f' about item {strange[0]}' if strange else ''}; nothing kept")


def _write(c: Any, concept: str, told: Sequence[Answer], by: str, stand: Mapping[int, list[Entry]]) -> None:
    """What of it the person did not say already, with a time of its own."""
    fresh = [answer for answer in told if not _said(answer, stand[answer.item], by)]
    if fresh:
        at = max(time.time(), labels.last_at(c, concept, by) + TICK)
        labels.add(c, [Label(a.item, concept, a.value, by, box=a.box, round_id=a.round, at=at) for a in fresh])


def _said(answer: Answer, stand: Sequence[Entry], by: str) -> bool:
    """Whether the person said just this last; outside of rounds it must count still: else they say it once more."""
    mine = [entry for entry in (stand if answer.round is not None else stand[-1:]) if entry.by == by][-1:]
    return any(Answer(e.item_id, e.value or 0, e.round_id, e.box) == answer for e in mine)


def _hold_again(c: Any, concept: str, act: Sequence[Entry], by: str, *, now: float, until: float) -> None:
    lent = leases.of_rounds(c, {entry.round_id for entry in act if entry.round_id is not None})
    taken = {item for lease in leases.live(c, concept, now) if lease.by != by for item in lease.held()}
    mine = [n for n, lease in lent.items() if lease.by == by and not taken.intersection(lease.held())]
    leases.reopen(c, mine, until=until)


def _holds(lease: Lease, item: int, by: str, now: float) -> bool:
    return lease.by == by and lease.until > now and item not in lease.later
