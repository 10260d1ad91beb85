"""certify: answers → how much of it was found, true at a stated confidence, and what a better claim costs."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from raravis.certify import Claim
from raravis.errors import InputError
from raravis.flow.answers import AUDIT, Answerer
from raravis.flow.audits.asking import answer
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.begun import Terms
from raravis.flow.audits.file import document, finite, write
from raravis.flow.audits.telling import Words
from raravis.flow.audits.units import Unit
from raravis.flow.audits.words import Price
from raravis.flow.tell import Say, Tell, quiet, silent
from raravis.store import concepts, labels, rounds
from raravis.store.project import Project

SHEET = 36  # frames on one sheet
KNOWN_RATE = 0.05
PAUSE_SECONDS = 300.0  # longer than this between two answers is a break


@dataclass(frozen=True)
class Certified:
    """What an audit came to: the claim in words and numbers, what was asked for it, where the certificate lies."""

    concept: str
    statement: list[str]
    claim: Claim
    price: Price
    answers: int  # given in this call
    looks: int
    files: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The object that `certify --json` prints."""
        return {**asdict(self), "claim": finite(self.claim.to_json())}


def certify(
    project: Project,
    concept: str,
    answerer: Answerer,
    *,
    recall: float = 0.9,
    confidence: float = 0.95,
    unit: Unit = "event",
    min_seconds: float = 5.0,
    gap_seconds: float = 1.0,
    budget: int | None = None,
    look: int = SHEET,
    known_rate: float | None = None,
    census: bool = False,
    anew: bool = False,
    seed: int | None = None,
    encoder: str | None = None,
    say: Say = quiet,
    tell: Tell = silent,
) -> Certified:
    """The best claim that the answers support, after at most `budget` more of them, and its certificate.

    It stops when the claim holds, when nothing is left to ask, or when the answerer stops. Before it asks it says the
    price. Called again it goes on with the audit of the same unit. `known_rate` is the share of each sheet that is
    known to be a yes, to measure what is overlooked: for a person 0.05, else 0. It comes into the claim where it is
    given, and by default where that many can tell. Raises InputError for numbers outside (0, 1), an unknown concept,
    a collection that changed, and a seed other than the one that the audit began with.
    """
    rate = known_rate_for(known_rate, answerer) if look > 1 else 0.0
    if known_rate and look < 2:
        raise InputError("certify: known positives are mixed in among others; wanted looks of 2 or more, got 1")
    terms = Terms(recall, confidence, unit, min_seconds, gap_seconds)
    with project.read() as c:
        concepts.require(c, concept)
    misses = None if known_rate is None else known_rate > 0
    auditing = Auditing(project, concept, terms, known_rate=rate, misses=misses, seed=seed, anew=anew, encoder=encoder)
    said = functools.partial(_words, auditing, look, rate)
    for line in said().before(budget):
        say(line)
    settings: dict[str, Any] = {"look": look, "known_rate": rate, "budget": budget, "census": census}
    with certified(lambda: auditing, said, project) as files:
        given, looks = run(auditing, answerer, **settings, say=say, tell=tell)
    words = said()
    return Certified(concept, words.statement(), words.claim, words.price(), given, looks, files)


@contextlib.contextmanager
def certified(newest: Callable[[], Auditing], said: Callable[[], Words], project: Project) -> Iterator[dict[str, str]]:
    """The certificate's files, written as the block ends, however it ends: with what was answered till then."""
    files = dict[str, str]()
    try:
        yield files
    finally:
        auditing = newest()
        auditing.refresh()
        files |= {name: str(path) for name, path in write(document(auditing, said()), project.exports).items()}


def _words(auditing: Auditing, look: int, known_rate: float) -> Words:
    return Words(auditing, look=look, known_rate=known_rate, pace=pace(auditing.project, auditing.concept))


def run(
    auditing: Auditing,
    answerer: Answerer,
    *,
    look: int = SHEET,
    known_rate: float = 0.0,
    budget: int | None = None,
    census: bool = False,
    say: Say = quiet,
    tell: Tell = silent,
) -> tuple[int, int]:
    """Answers given and looks shown until the claim holds, the budget is spent or nothing is left to ask."""
    given, looks = 0, 0
    while not answerer.stopped and (census or not done(auditing)):
        left = look if budget is None else min(look, budget - given)
        if left <= 0:
            break
        asked = auditing.waiting() or auditing.look(left, known_rate=known_rate, census=census)
        if asked is None:
            break
        given += answer(auditing.project, asked, answerer)
        looks += 1
        auditing.refresh()
        if answerer.source == "oracle":
            tell("audit", given, given + (budget - given if budget else auditing.claim().answers_to_go))
        elif not answerer.stopped:
            say(_words(auditing, look, known_rate).so_far())
    return given, looks


def done(auditing: Auditing) -> bool:
    """Whether the claim holds, and of something: that all of nothing was found is shown by a census only."""
    claim = auditing.claim()
    return claim.holds and (claim.found > 0 or claim.unseen == 0)


def pace(project: Project, concept: str) -> float | None:
    """Seconds an answer, the median over a person's looks, on audit sheets where there were any; None: not measured."""
    with project.read() as c:
        said = [one for one in labels.log(c, concept) if one.source == "human"]
        sheets = {made.id for made in rounds.all(c, concept) if made.strategy == AUDIT}
    looks = [list(one) for _, one in itertools.groupby(said, key=lambda label: label.round_id)]
    spent = [
        (after[-1].at - before[-1].at, len(after), after[0].round_id in sheets)
        for before, after in itertools.pairwise(looks)
    ]
    usual = [(seconds / answers, sheet) for seconds, answers, sheet in spent if 0 < seconds < PAUSE_SECONDS]
    measured = [each for each, sheet in usual if sheet] or [each for each, _ in usual]
    return float(np.median(measured)) if measured else None


def known_rate_for(known_rate: float | None, answerer: Answerer) -> float:
    """The share of each sheet that is known: as asked, else 0.05 for a person. Raises InputError outside [0, 1)."""
    rate = known_rate if known_rate is not None else KNOWN_RATE if answerer.source == "human" else 0.0
    if not 0 <= rate < 1:
        raise InputError(f"certify: got a known rate of {rate:g}; wanted 0 or more, and less than 1")
    return rate
