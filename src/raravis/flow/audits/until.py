"""find --until: search while finds pay, audit while they don't, until the claim holds or the budget is spent."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from raravis.certify import draws_to_go
from raravis.errors import InputError
from raravis.flow.answers import Answerer, answer_round
from raravis.flow.audits.asking import answer
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.begun import Terms, rounds_of
from raravis.flow.audits.telling import Words
from raravis.flow.campaign import Campaign
from raravis.flow.certify import SHEET, certified, done, known_rate_for, pace
from raravis.flow.tell import Say, Tell, quiet, silent
from raravis.store import sources
from raravis.store.project import Project
from raravis.time import parse_seconds

RECENT = 60  # answers of the search by which it is judged whether it still finds anything
HOPE = 0.5  # finds that a search is credited with before it has shown any


def terms_of(text: str, *, gap_seconds: float) -> Terms:
    """Terms from `recall=0.9,confidence=0.95,unit=event,min_seconds=5s`; all but the recall may be left out.

    Raises InputError for what cannot be read.
    """
    wanted = "recall=0.9[,confidence=0.95][,unit=event|item][,min_seconds=5s]"
    known = {field.name for field in fields(Terms)} - {"gap_seconds"}
    pairs = dict(part.strip().partition("=")[::2] for part in text.split(","))
    if "recall" not in pairs or set(pairs) - known or pairs.get("unit", "event") not in ("event", "item"):
        raise InputError(f"find: cannot read --until {text!r}; wanted {wanted}")
    try:
        shares: dict[str, float] = {name: float(pairs[name]) for name in ("recall", "confidence") if name in pairs}
    except ValueError:
        raise InputError(f"find: cannot read --until {text!r}; wanted {wanted}") from None
    if "min_seconds" in pairs:
        shares["min_seconds"] = parse_seconds(pairs["min_seconds"])
    unit = "item" if pairs.get("unit") == "item" else "event"
    return Terms(**shares, unit=unit, gap_seconds=gap_seconds)  # type: ignore[arg-type]


def refuse_still(project: Project, terms: Terms) -> None:
    """Raises InputError where only stills were taken in and events are to be certified: before they are embedded."""
    with project.read() as c:
        lasting = any(source.duration for source in sources.all(c) if source.places)
    if terms.unit == "event" and not lasting:
        raise InputError(
            f"{project.folder}: stills last no time, so there are no events among them; wanted the unit item: "
            f"--until recall={terms.recall:g},unit=item"
        )


class Both:
    """A search and an audit of one concept, taking turns as the expected gain says."""

    def __init__(
        self, search: Callable[[], Campaign], audit: Callable[[], Auditing], answerer: Answerer, auditor: Answerer
    ) -> None:
        self._search, self._audit = search, audit
        self.campaign, self.auditing = search(), audit()
        self.answerer, self.auditor = answerer, auditor
        self._recent: deque[tuple[int, int]] = deque()  # answers of each look of the search, and what they found

    def run(self, *, look: int, budget: int, known_rate: float = 0.0, tell: Tell = silent) -> int:
        """Answers given, `budget` at most, until the claim holds or nothing is left to ask."""
        given = 0
        while given < budget and not self._stopped() and not done(self.auditing):
            left = budget - given
            more = self._look(min(look, left)) if self.worth_a_search() else 0
            if not more and not self._stopped():
                more = self._sheet(min(SHEET, left), known_rate)
            if not more:
                break
            given += more
            if self.answerer.source == "oracle":  # a person is shown the questions, not a bar over them
                tell("answers", given, budget)
        return given

    def worth_a_search(self) -> bool:
        """Whether an answer of the search is likely to save more than one answer of the audit.

        As many finds as allow one more miss lower the price by what they lower it; a find by its share of that.
        """
        claim, recall, known = self.auditing.claim(), self.auditing.terms.recall, self._known()
        answers, finds = (sum(column) for column in zip(*self._recent, strict=True)) if self._recent else (0, 0)
        rate = (finds + HOPE) / max(answers, 1)
        lot = math.ceil(recall / (1 - recall))
        now, then = (draws_to_go(claim.unseen, found, recall, claim.confidence) for found in (known, known + lot))
        return rate * (now - then) / lot > 1

    def _look(self, k: int) -> int:
        """Answers to one look of the search; 0 when it has nothing left to ask."""
        asked = self.campaign.waiting() or self.campaign.ask(k, short=True)
        if asked is None:
            return 0
        answers = answer_round(self.campaign.project, asked, self.answerer)
        self.campaign.record(answers)
        before = self._known()
        self.auditing.refresh()
        self._recent.append((len(answers), max(self._known() - before, 0)))
        while sum(count for count, _ in self._recent) > RECENT:
            self._recent.popleft()
        return len(answers)

    def _sheet(self, k: int, known_rate: float) -> int:
        """Answers to one sheet of the audit; what it finds is put to the search's credit, which goes on from it."""
        if not self.auditing.drawn:
            self.auditing = self._audit()  # frozen now, so that what the search answered serves as looks
        asked = self.auditing.waiting() or self.auditing.look(k, known_rate=known_rate)
        if asked is None:
            return 0
        before = self._known()
        answers = answer(self.auditing.project, asked, self.auditor)
        self.auditing.refresh()
        if (more := self._known() - before) > 0:
            self._recent.append((0, more))
            self.campaign = self._search()
        return answers

    def _known(self) -> int:
        """What is found, and what may be: the audit asks whether it lasts."""
        claim = self.auditing.claim()
        return claim.found + claim.cant_tell

    def _stopped(self) -> bool:
        return self.answerer.stopped or self.auditor.stopped


def find_until(
    terms: Terms,
    search: Callable[[], Campaign],
    answerer: Answerer,
    auditor: Answerer | None = None,
    *,
    look: int,
    budget: int,
    seed: int = 0,
    say: Say = quiet,
    tell: Tell = silent,
) -> dict[str, Path]:
    """The certificate's files, after searching and auditing until the claim holds or `budget` answers are given.

    `search` makes the campaign from the store; the auditor answers sheets, by default the answerer does. What it
    costs is said before the first answer, what can be claimed after the last.
    """
    auditor = auditor or answerer
    rate = known_rate_for(None, auditor)
    first = search()
    project, concept, space = first.project, first.concept, first.collection.vectors.encoder
    seed_of_audit = None if rounds_of(project, concept, terms) else seed  # one that goes on keeps its own
    settings: dict[str, Any] = {"known_rate": rate, "seed": seed_of_audit, "encoder": space}
    both = Both(search, lambda: Auditing(project, concept, terms, **settings), answerer, auditor)

    def said() -> Words:
        return Words(both.auditing, look=SHEET, known_rate=rate, pace=pace(project, concept))

    for line in said().before(budget):
        say(line)
    with certified(lambda: both.auditing, said, project) as files:
        given = both.run(look=look, budget=budget, known_rate=rate, tell=tell)
    for line in said().statement():
        say(line)
    if not done(both.auditing) and given >= budget:
        say(f"the budget is spent, after {given:,} answers of this run; raise it to go on")
    return {name: Path(path) for name, path in files.items()}
