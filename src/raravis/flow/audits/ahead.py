"""What an audit still costs, and what that buys: worked out from where it stands and from what was asked so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.certify.ledger import DRAW, Ledger, answered, parse
from raravis.certify.outlook import Outlook
from raravis.flow.answers import KNOWN
from raravis.flow.audits.asking import DRAWN, END, LIKELY
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.mixing import events_of, room_for
from raravis.flow.audits.state import said_in
from raravis.flow.audits.words import Price, price_of
from raravis.store import items
from raravis.types import CANT_TELL, YES

COURSE_POINTS = 50
ENOUGH = 3  # sheets, or events, to go by where a price rests on what was asked so far


class Ahead:
    """Prices of an audit as it stands, at `look` frames a sheet, `known_rate` of them known, `pace` seconds each."""

    def __init__(self, auditing: Auditing, *, look: int, known_rate: float, pace: float | None) -> None:
        self.auditing, self.look, self.pace = auditing, look, pace
        self.share = known_share(auditing, known_rate, look)
        self.questions = auditing.questions()
        self._outlook = Outlook(_ledger(auditing), self._odds, self.questions)

    def price(self, recall: float) -> Price:
        """Of the recall; where it is out of reach, of all that is left to ask: see what that `certifies`."""
        if self._outlook.draws_until(recall) == 0:
            return self._price(0, 0, max(recall, self._outlook.recall_after(0)))
        return self._to(recall, self._outlook)

    def if_all_count(self, recall: float) -> Price:
        """The same, should all that may count be found to do so; what is asked about them included."""
        ahead = Outlook(_ledger(self.auditing, if_all_count=True), self._odds, self.questions)
        return self._to(recall, ahead)

    def recall_for(self, answers: int) -> float:
        """What so many answers certify, if nothing more is found; the questions come first."""
        return self._outlook.recall_after(self._draws_of(answers))

    def missing_upper(self) -> int:
        """How many can show that are not found, at most."""
        return self._missing(0)

    def missing_for(self, answers: int) -> int:
        """The same after so many more answers, if nothing is found."""
        return self._missing(self._draws_of(answers))

    def price_of_missing(self, most: int) -> Price | None:
        """Of showing that no more than `most` can be there and not be found; None where no look shows that."""
        limit = most + 1 - self._cant_tell
        if limit < 1:
            return None
        return self._price(self._outlook.ledger.draws_until(limit), self.questions, None)

    def asked_per_find(self) -> float | None:
        """Questions that each event took which this audit came across, to see if it lasts; None: too few to say."""
        if self.auditing.terms.unit == "item":
            return 0.0
        said, found, ends = said_in(self.auditing.project, self.auditing.concept), list[int](), 0
        for made in self.auditing.rounds:
            ends += made.reason.count(END) if found else 0
            by_chance = [id for id, why in zip(made.ids, made.reason, strict=True) if why in (DRAWN, LIKELY)]
            found += [id for id in by_chance if said.get(made.id, {}).get(id) == YES]
        finds = _events_at(self.auditing, found)
        return ends / finds if finds >= ENOUGH else None

    @property
    def _odds(self) -> float:
        return self.share / (1 - self.share)

    @property
    def _cant_tell(self) -> int:
        return self._outlook.ledger.cant_tell

    def _missing(self, draws: int) -> int:
        ledger = self._outlook.ledger
        return ledger.unseen_upper(min(draws, ledger.unseen)) + self._cant_tell

    def _draws_of(self, answers: int) -> int:
        return max(int(answers * (1 - self.share)) - self.questions, 0)

    def _to(self, recall: float, ahead: Outlook) -> Price:
        draws = ahead.draws_until(recall)
        if draws is None:
            return self._price(ahead.ledger.unseen, self.questions, ahead.best())
        return self._price(draws, self.questions, recall)

    def _price(self, draws: int, questions: int, certifies: float | None) -> Price:
        if not self._outlook.ledger.found + self._cant_tell:
            certifies = None  # of nothing there is no share
        return price_of(draws + questions, share=self.share, look=self.look, pace=self.pace, certifies=certifies)


def course(auditing: Auditing) -> list[list[float]]:
    """What could be claimed after so many draws, at some fifty of them."""
    ledger = _fresh(auditing)
    steps = answered(parse(auditing.audit.to_json()))
    draws = sum(step.kind == DRAW for step in steps)
    every = max(draws // COURSE_POINTS, 1)
    course: list[list[float]] = [[0, 0.0]]
    for number, step in enumerate(steps, 1):
        ledger.add(step)
        if number == len(steps) or (step.kind == DRAW and ledger.draws % every == 0):
            course.append([ledger.draws, round(ledger.recall_low() if ledger.found else 0.0, 4)])
    return course


def known_share(auditing: Auditing, rate: float, look: int) -> float:
    """The share of a sheet that is known where `rate` is asked for: as it was so far, else as far as events go."""
    sheets = [made.reason for made in auditing.rounds if rate and made.params.get("known_rate") == rate]
    if len(sheets) >= ENOUGH:
        return min(sum(why.count(KNOWN) for why in sheets) / sum(map(len, sheets)), rate)
    return min(rate, room_for(auditing.given, auditing.units, []) / look) if rate else 0.0


def _ledger(auditing: Auditing, *, if_all_count: bool = False) -> Ledger:
    steps = auditing.audit.to_json()
    if if_all_count:
        steps = [[kind, row, prob, YES if value == CANT_TELL else value] for kind, row, prob, value in steps]
    return _fresh(auditing).told(steps)


def _fresh(auditing: Auditing) -> Ledger:
    begun = auditing.begun
    return Ledger(len(auditing.units), begun.recall, begun.confidence, misses=begun.misses)


def _events_at(auditing: Auditing, ids: Sequence[int]) -> int:
    """How many events the items show."""
    with auditing.project.read() as c:
        table = items.some(c, ids)
    frames, given = set(zip(table.source_id.tolist(), table.pts.tolist(), strict=True)), auditing.given
    pairs = zip(given.source_id.tolist(), given.pts.tolist(), strict=True)
    there = np.array([pair in frames for pair in pairs], bool)
    return len(set(events_of(given, auditing.units)[there].tolist()) - {-1})
