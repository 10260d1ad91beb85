"""label: a Round → Labels, from a person or a file of known answers; each is kept before the next is asked for."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from raravis.errors import InputError
from raravis.flow.campaign import keep_what_follows
from raravis.flow.embedding import thumb_path
from raravis.formats.oracle import Oracle
from raravis.store import concepts, items, labels, rounds, sources
from raravis.store.project import Project
from raravis.types import YES, Item, Label, Round, Source

AUDIT = "audit"  # the strategy of an audit's rounds
KNOWN = "known"  # why an audit asks about what was answered yes before


@dataclass(frozen=True)
class Chip:
    """One item as it is shown to whoever answers."""

    item: Item
    source: Source
    seconds: float  # from the source's first frame
    score: float
    reason: str
    thumb: Path

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.places[0].name


class Answerer(Protocol):
    """A person, or a file of known answers."""

    by: str
    source: str  # human or oracle
    stopped: bool  # no further looks are wanted

    def __call__(self, chips: Sequence[Chip]) -> Iterable[tuple[int, int | None]]:
        """(position, value), one by one or as they come; the value None takes an answer back."""
        ...


@dataclass
class OracleAnswerer:
    """Answers from an oracle file, a look at once."""

    oracle: Oracle
    concept: str
    by: str = "oracle"
    source: str = "oracle"
    stopped: bool = False

    def __call__(self, chips: Sequence[Chip]) -> Iterator[tuple[int, int | None]]:
        """Every chip's answer, in order."""
        for position, chip in enumerate(chips):
            names = [place.name for place in chip.source.places]
            box = np.array([chip.item.box])
            yield position, int(self.oracle.answers(self.concept, names, np.array([chip.seconds]), box)[0])


def label(project: Project, concept: str, answerer: Answerer, *, round_id: int | None = None) -> dict[int, int]:
    """Item ids and their answers, given now to what the round still wants answered; what follows from them is kept.

    The round is the newest that waits, unless named. Raises InputError when none does.
    """
    with project.read() as c:
        concepts.require(c, concept)
        asked = rounds.get(c, round_id) if round_id else rounds.latest_unanswered(c, concept)
    if asked is None:
        raise InputError(f"no round about {concept!r} waits for answers; make one with: raravis ask --for {concept}")
    if asked.concept != concept:
        raise InputError(f"round {asked.id} asks about {asked.concept!r}, not {concept!r}")
    given = answer_round(project, asked, answerer)
    if given:
        keep_what_follows(project, concept, encoder=asked.encoder)
    return given


def answer_round(project: Project, asked: Round, answerer: Answerer) -> dict[int, int]:
    """Item ids and answers as they stand when the answerer is done; each was committed as it came.

    What an audit shows once more, to see whether it is missed, is known to be a yes: of it only a yes is kept.
    """
    again = set(known_on(asked)) if asked.strategy == AUDIT else set()
    with project.read() as c:
        before = labels.answered(c, asked.concept) - again
    chips = [chip for chip in chips_of(project, asked) if chip.item.id not in before]
    given: dict[int, int] = {}
    for batch in _as_they_come(answerer, chips):
        batch = [(at, value) for at, value in batch if value == YES or chips[at].item.id not in again]
        _commit(project, asked, [(chips[position].item.id, value) for position, value in batch], answerer)
        for position, value in batch:
            given.pop(chips[position].item.id, None)
            if value is not None:
                given[chips[position].item.id] = value
    return given


def known_on(sheet: Round) -> list[int]:
    """Ids of the known positives that are mixed into an audit's sheet, in its order."""
    return [id for id, why in zip(sheet.ids, sheet.reason, strict=True) if why == KNOWN]


def chips_of(project: Project, asked: Round) -> list[Chip]:
    """The round's items as shown, in its order; without those forgotten or overwritten since."""
    with project.read() as c:
        found = {item.id: item for item in items.get(c, items.known(c, asked.ids))}
        known = sources.some(c, {item.source_id for item in found.values()})
    return [
        Chip(item, source, source.seconds(item.pts), score, reason, thumb_path(project.thumbs, item_id))
        for item_id, score, reason in zip(asked.ids, asked.scores, asked.reason, strict=True)
        if (item := found.get(item_id)) and (source := known[item.source_id]).places
    ]


def myself() -> str:
    """The name that this person is logged in by."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _as_they_come(answerer: Answerer, chips: list[Chip]) -> Iterator[list[tuple[int, int | None]]]:
    """A person's answers one at a time; a file's all at once, which costs one commit a look: all that come."""
    if answerer.source != "oracle":
        yield from ([answer] for answer in answerer(chips))
        return
    answers: list[tuple[int, int | None]] = []
    try:
        answers.extend(answerer(chips))  # keeps what came before an error
    finally:
        yield answers


def _commit(project: Project, asked: Round, answers: list[tuple[int, int | None]], answerer: Answerer) -> None:
    now, who = time.time(), (answerer.by, answerer.source)
    with project.begin() as c:
        given = [(item, value) for item, value in answers if value is not None]
        labels.add(c, [Label(item, asked.concept, v, *who, round_id=asked.id, at=now) for item, v in given])
        for item in (item for item, value in answers if value is None):
            labels.withdraw(c, item, asked.concept, by=answerer.by, source=answerer.source, round_id=asked.id)
