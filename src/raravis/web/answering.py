"""Answering: batches out, answers in, whole events, undo, and what two people see differently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from raravis.flow.answering import people
from raravis.flow.answering.acts import Answer, NotThereError
from raravis.flow.answering.desk import TooManyOpenError
from raravis.flow.answering.lending import Batch
from raravis.types import Box
from raravis.web.chips import Chip, chips
from raravis.web.guard import Labeller
from raravis.web.room import InRoom, Known, Room

Id = Annotated[int, Field(ge=0, le=2**53)]
Value = Literal[1, -1, 0]
MOST = 1000  # answers in one act

router = APIRouter(tags=["answering"])


class NewBatch(BaseModel):
    """How many items at most, and which of those that one has are given back for now."""

    k: Annotated[int, Field(ge=1, le=100)] = 6
    later: Annotated[list[Id], Field(max_length=MOST)] = []


class BatchSeen(BaseModel):
    """Items to answer, one's own until `until` (seconds since 1970); `why` there are none. `left` of a budget."""

    chips: list[Chip]
    until: float
    left: int | None
    why: str | None


class Batches(BaseModel):
    """What one has still to answer, oldest first."""

    batches: list[BatchSeen]


class OneAnswer(BaseModel):
    """1 yes, -1 no, 0 can't tell; the round that asked, none for an item that was come across."""

    item: Id
    value: Value
    round: Id | None = None
    box: Box | None = None


class Act(BaseModel):
    """Answers given at once: kept all or none, taken back at once."""

    answers: Annotated[list[OneAnswer], Field(min_length=1, max_length=MOST)]


class Told(BaseModel):
    """How many answers the concept has, how many of them are yes, and how many are left of a budget."""

    answers: int
    yes: int
    left: int | None


class KeptSeen(BaseModel):
    """What is on disk now; `late` items were lent to one no longer, and are kept all the same."""

    kept: int
    late: list[int]
    standing: Told


class EventGiven(BaseModel):
    """A whole event: its first and its last item, and the one that was asked about."""

    first: Annotated[Id, Field(alias="from")]
    last: Annotated[Id, Field(alias="to")]
    asked: Id
    round: Id | None = None


class OneStands(BaseModel):
    """What stands of an item now; null: nobody's answer."""

    item: int
    value: int | None


class EventKept(KeptSeen):
    """What was said by it: the ends yes, what lies just outside no; what lies between follows."""

    answered: list[OneStands]


class Undone(BaseModel):
    """What stands now of the items of the act that was taken back; none: there was no act."""

    items: list[OneStands]


class Says(BaseModel):
    """What somebody says of an item, and since when (seconds since 1970)."""

    by: str
    value: int
    at: float


class Differs(BaseModel):
    """An item of which two people say different things."""

    chip: Chip
    says: list[Says]


class Disagreements(BaseModel):
    """What people see differently, and how far they agree: of `both` answered by two, `same`; Cohen's kappa."""

    items: list[Differs]
    both: int
    same: int
    share: float | None
    kappa: float | None


@router.post("/api/concepts/{name:concept}/batches")
def new_batch(given: NewBatch, here: InRoom, name: Known, who: Labeller) -> BatchSeen:
    """The next items to answer, lent to this person alone; 409 while three batches wait for them."""
    with _in_words():
        batch = here.desks.of(name).batch(who.name, given.k, later=given.later)
    return _seen(here, name, who.name, batch)


@router.get("/api/concepts/{name:concept}/batches")
def open_batches(here: InRoom, name: Known, who: Labeller) -> Batches:
    """What this person has still to answer, with the answers given so far: after a reload, or a restart of either."""
    held = here.desks.of(name).open_batches(who.name)
    return Batches(batches=[_seen(here, name, who.name, batch) for batch in held])


@router.post("/api/concepts/{name:concept}/answers")
def answer(given: Act, here: InRoom, name: Known, who: Labeller) -> KeptSeen:
    """Keeps one act; it is on disk when this returns. Sent again it changes nothing."""
    with _in_words():
        told = [Answer(one.item, one.value, one.round, one.box) for one in given.answers]
        kept = here.desks.of(name).take(who.name, told)
    return KeptSeen(kept=len(kept.given), late=list(kept.late), standing=_told(here, name, who.name))


@router.post("/api/concepts/{name:concept}/events")
def answer_event(given: EventGiven, here: InRoom, name: Known, who: Labeller) -> EventKept:
    """Keeps a whole event as one act."""
    with _in_words():
        desk = here.desks.of(name)
        kept = desk.take_event(who.name, given.first, given.last, asked=given.asked, round_id=given.round)
    answered = [OneStands(item=one.item, value=one.value) for one in kept.given]
    told = _told(here, name, who.name)
    return EventKept(kept=len(kept.given), late=list(kept.late), standing=told, answered=answered)


@router.post("/api/concepts/{name:concept}/undo")
def undo(here: InRoom, name: Known, who: Labeller) -> Undone:
    """Takes back this person's newest act that stands; again and again as deep as they go."""
    stands = here.desks.of(name).undo(who.name)
    if stands:
        _told(here, name, who.name)
    return Undone(items=[OneStands(item=item, value=value) for item, value in stands.items()])


@router.get("/api/concepts/{name:concept}/disagreements")
def disagreements(here: InRoom, name: Known, who: Labeller) -> Disagreements:
    """What an admin may settle, by an answer outside of rounds; and how far people agree."""
    differ = {one.item: one for one in people.disagreements(here.project, name)}
    items = [
        Differs(chip=chip, says=[Says(by=e.by, value=e.value or 0, at=e.at) for e in differ[chip["item"]].says])
        for chip in chips(here, list(differ), name, who.name)
    ]
    told = people.agreement(here.project, name)
    return Disagreements(items=items, both=told.both, same=told.same, share=told.share, kappa=told.kappa)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except NotThereError as error:
        raise HTTPException(404, str(error)) from None
    except TooManyOpenError as error:
        raise HTTPException(409, str(error)) from None


def _seen(here: Room, name: str, by: str, batch: Batch) -> BatchSeen:
    shown = chips(here, batch.items, name, by, rounds=batch.rounds, second=batch.second)
    return BatchSeen(chips=shown, until=batch.until, left=here.desks.of(name).left(), why=batch.why)


def _told(here: Room, name: str, by: str) -> Told:
    """How it stands, told to every open page."""
    desk = here.desks.of(name)
    (answers, yes), left = desk.tally(), desk.left()
    here.live.tell("concept", {"name": name, "answers": answers, "yes": yes, "left": left, "by": by})
    return Told(answers=answers, yes=yes, left=left)
