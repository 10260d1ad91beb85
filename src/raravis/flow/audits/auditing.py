"""An audit in a project: made from its rounds and answers, so that a killed one goes on where it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from raravis.certify import Audit, Claim, draws_to_go, most_for, recompute
from raravis.certify.ledger import CONTROL
from raravis.errors import InputError
from raravis.flow.audits.asking import DRAWN, END, KNOWN, LIKELY, Frame, Sheet, When, ask, frames_of, when
from raravis.flow.audits.asks import Asks
from raravis.flow.audits.begun import (
    Begun,
    Terms,
    begun_of,
    next_number,
    rounds_of,
    space_begun_in,
    worth_measuring,
)
from raravis.flow.audits.given import Given, given
from raravis.flow.audits.mixing import mixed_in, room_for
from raravis.flow.audits.scores import scores_of
from raravis.flow.audits.units import freeze, names_of, thaw
from raravis.flow.audits.values import UNSEEN, Judged
from raravis.flow.campaign import Campaign
from raravis.flow.encoder import space_named
from raravis.formats.sheet import MOST
from raravis.store import items, labels
from raravis.store.project import Project
from raravis.types import CANT_TELL, NO, YES, Floats, Ints, Round

MORE = 1.5  # times as much found as when the units were scored: time to score them anew
NEAR_UNITS = 8  # units that share a group: after a hit its group is looked at


class Auditing:
    """The units, what is known of them, and what to look at next. Raises InputError where a collection changed.

    With `misses` what people overlook comes into the claim; by default where a `known_rate` lets it be measured.
    """

    def __init__(
        self,
        project: Project,
        concept: str,
        terms: Terms,
        *,
        known_rate: float = 0.0,
        misses: bool | None = None,
        seed: int | None = None,
        anew: bool = False,
        encoder: str | None = None,
    ) -> None:
        self.project, self.concept, self.terms = project, concept, terms
        self._rounds = [] if anew else rounds_of(project, concept, terms)
        with project.read() as c:
            space = space_named(c, project, encoder) if encoder else None
        if self._rounds:
            space = space_begun_in(project, self._rounds[0])
        campaign = Campaign(project, concept, encoder=space)
        collection = campaign.collection
        self.sources = collection.sources
        if self._rounds:
            self.begun = begun_of(self._rounds[0], terms, seed)
            self.units = thaw(project, collection, concept, self.begun.stamp, frozen=self.begun.sources)
            if misses and not self.begun.misses:
                raise InputError(
                    f"certify: this audit of {concept!r} began without measuring what is overlooked, and a claim that "
                    "has it cannot be made of it; leave --known-rate out, or begin again with --anew"
                )
        else:
            unit, shortest, gap = terms.unit, terms.min_seconds, terms.gap_seconds
            self.units = freeze(project, collection, concept, unit, min_seconds=shortest, gap_seconds=gap)
        self.given: Given = given(project, concept, self.units, self.sources)
        self.judged: Judged = self.given.judged(self.units)
        if not self._rounds:
            start = np.flatnonzero(self.judged.value != UNSEEN).tolist()
            number, stamp = next_number(project, concept), self.units.stamp
            if misses is None:
                draws = draws_to_go(stamp.units - len(start), self.judged.found, terms.recall, terms.confidence)
                share = min(known_rate, room_for(self.given, self.units, []) / MOST)
                misses = worth_measuring(draws, share, terms.recall, terms.confidence)
            frozen = names_of(collection, self.units)
            self.begun = Begun(number, terms.recall, terms.confidence, misses, seed or 0, stamp, start, frozen)
        self._asks = Asks(project, self.units, self.sources)
        self._told = np.full(len(self.units), UNSEEN, np.int8)
        self._mixed: list[int] = []
        self.audit = self._audit(scores_of(campaign, self.units), self._remembered())
        self._scored_at = int(np.sum(self.given.value == YES))
        self._saved = len(self._steps())
        self.refresh()

    def refresh(self) -> None:
        """Takes in whatever was answered since."""
        self.given = given(self.project, self.concept, self.units, self.sources)
        self.judged = self.given.judged(self.units)
        value = self.judged.value.copy()
        pending = np.isin(np.arange(len(value)), self.audit.pending())
        value[(value == UNSEEN) & (self._told != UNSEEN) & ~pending] = CANT_TELL  # no longer settled: the worst case
        changed = np.flatnonzero((value != UNSEEN) & (value != self._told))
        self.audit.record(changed, value[changed])
        self._told[changed] = value[changed]

    def waiting(self) -> Round | None:
        """The newest look, if it was cut off before all of it was answered."""
        if not self._rounds:
            return None
        newest = self._rounds[-1]
        wanted = {id for id, why in zip(newest.ids, newest.reason, strict=True) if why != KNOWN}
        with self.project.read() as c:
            return newest if items.known(c, wanted - labels.answered(c, self.concept)) else None

    def look(self, k: int, *, known_rate: float = 0.0, census: bool = False) -> Round | None:
        """The next look of at most k frames; None when nothing is left that an answer could change."""
        self._score_anew()
        rng = np.random.default_rng([self.begun.seed, self.begun.number, len(self._rounds)])
        asked = [*dict.fromkeys([*self._taken_back(), *self._asks.frames(self.given, self.judged)])][:k]
        if not asked and self.audit.taken().all():
            return None
        known = self._to_mix_in(rng, k, known_rate, asked)
        asked = asked[: k - known]
        left = k - known - len(asked)
        rows, probs = self._in_order(left) if census else self.audit.next(left)
        drawn = frames_of(self.units, rows)
        asked = [frame for frame in asked if frame not in set(drawn)]
        shown = [self._when(frame) for frame in (*asked, *drawn)]
        mixed = mixed_in(self.given, self.units, shown, known, rng)
        frames = [*asked, *drawn, *mixed]
        reasons = [END] * len(asked) + [DRAWN if prob else LIKELY for prob in probs] + [KNOWN] * len(mixed)
        chances = [1.0] * len(asked) + [float(prob) or 1.0 for prob in probs] + [0.0] * len(mixed)
        sheet = self._sheet(frames, reasons, chances, known_rate)
        made = ask(self.project, self.concept, self.units, sheet, seed=self.begun.seed)
        self._rounds.append(made)
        return made

    def take(self, asked: Round) -> None:
        """Takes in the answers to a look, and which known positives were missed in it."""
        self.refresh()
        said = {} if self.waiting() else said_in(self.project, self.concept, after=asked.labels_up_to)
        controls = _controls(asked, said)  # of a look cut off: once it is answered
        self._mixed += [value for *_, value in controls]
        if controls and self.begun.misses:
            self.audit.shown([row for _, row, _, _ in controls], [value for *_, value in controls])

    def claim(self) -> Claim:
        """What the answers so far support, and how many more it takes to the recall asked for."""
        claim, wanted = self.audit.claim(), self.terms.recall
        if wanted == self.begun.recall:
            return claim
        steps, confidence, misses = self.audit.to_json(), self.begun.confidence, self.begun.misses
        price = recompute(steps, len(self.units), wanted, confidence, misses=misses).answers_to_go
        holds = claim.total_upper <= most_for(claim.found, wanted)
        return replace(claim, recall=wanted, holds=holds, answers_to_go=0 if holds else price)

    def claim_if_right(self) -> Claim:
        """The claim that follows if every answer is right; the same where that is assumed anyway."""
        if not self.begun.misses:
            return self.claim()
        steps = [step for step in self.audit.to_json() if step[0] != CONTROL]
        claim = recompute(steps, len(self.units), self.begun.recall, self.begun.confidence)
        return replace(
            claim, recall=self.terms.recall, holds=claim.total_upper <= most_for(claim.found, self.terms.recall)
        )

    def shown(self) -> tuple[int, int]:
        """How many known positives were mixed in, and how many of them were missed."""
        return len(self._mixed), sum(value != YES for value in self._mixed)

    @property
    def rounds(self) -> Sequence[Round]:
        """The looks so far, in order."""
        return self._rounds

    @property
    def drawn(self) -> bool:
        """Whether a look was made: from then on the collection is frozen."""
        return bool(self._rounds)

    def questions(self) -> int:
        """How many frames wait to be asked about known events, and about what was answered and taken back."""
        lost = self.audit.taken() & (self.judged.value == UNSEEN)
        lost[self.audit.pending()] = False  # those count among the unseen
        return len(set(frames_of(self.units, np.flatnonzero(lost))).union(self._asks.frames(self.given, self.judged)))

    def _score_anew(self) -> None:
        """What was found since says better where more is likely; the draws stay as they were going to be."""
        found = int(np.sum(self.given.value == YES))
        if found > MORE * self._scored_at + 1:
            campaign = Campaign(self.project, self.concept, encoder=self.units.stamp.encoder)
            self.audit = self._audit(scores_of(campaign, self.units), self.audit.to_json()[self.audit.begun :])
            self._scored_at = found

    def _audit(self, scores: Floats, steps: list[list[Any]]) -> Audit:
        start = np.array(self.begun.start, np.int64)
        value = self.judged.value
        value = np.where(value == UNSEEN, CANT_TELL, value)
        found, unsure, seen = (start[value[start] == wanted] for wanted in (YES, CANT_TELL, NO))
        rng = np.random.default_rng([self.begun.seed, self.begun.number])
        groups = self.units.moments.footage * len(self.units) + np.arange(len(self.units)) // NEAR_UNITS
        recall, confidence, misses = self.begun.recall, self.begun.confidence, self.begun.misses
        made = Audit(scores, groups, found, recall, confidence, rng, unsure=unsure, seen=seen, misses=misses)
        made.resume(steps)
        self._told[start] = value[start]
        taken = [step for step in made.to_json() if step[0] != CONTROL and step[3] is not None]
        self._told[[step[1] for step in taken]] = [step[3] for step in taken]
        return made

    def _remembered(self) -> list[list[Any]]:
        """The steps that the rounds kept, each with what its unit counts as by now."""
        steps: list[list[Any]] = []
        said, waiting = said_in(self.project, self.concept), self.waiting()
        for number, made in enumerate(self._rounds):
            last = number == len(self._rounds) - 1
            for kind, row, prob in made.params["steps"]:
                value = int(self.judged.value[row])
                steps.append([kind, row, prob, (None if last else CANT_TELL) if value == UNSEEN else value])
            controls = [] if made is waiting else _controls(made, said)  # of a look cut off: once it is answered
            self._mixed += [value for *_, value in controls]
            steps += controls if self.begun.misses else []
        return steps

    def _sheet(
        self, frames: Sequence[Frame], reasons: Sequence[str], chances: Sequence[float], known_rate: float
    ) -> Sheet:
        """In order of time: that is easiest on the eye, and tells nothing of why a frame is there."""
        order = sorted(range(len(frames)), key=lambda at: self._when(frames[at]))
        steps = [step[:3] for step in self._steps()[self._saved :]]
        self._saved += len(steps)
        params: dict[str, Any] = {"audit": {"number": self.begun.number}, "steps": steps, "known_rate": known_rate}
        if not self._rounds:
            params["audit"] = asdict(self.begun)
        return Sheet([frames[i] for i in order], [reasons[i] for i in order], [chances[i] for i in order], params)

    def _steps(self) -> list[list[Any]]:
        return [step for step in self.audit.to_json()[self.audit.begun :] if step[0] != CONTROL]

    def _when(self, frame: Frame) -> When:
        return when(self.sources, frame)

    def _to_mix_in(self, rng: np.random.Generator, k: int, known_rate: float, asked: Sequence[Frame]) -> int:
        """How many known positives the next sheet is to have: by chance, no more than events can give, and not all.

        Misses are told from a sheet that nobody answered by the answers to the others.
        """
        wanted = int(rng.binomial(k, known_rate)) if known_rate else 0
        room = room_for(self.given, self.units, [self._when(frame) for frame in asked]) if wanted else 0
        return min(wanted, room, k - 1)

    def _taken_back(self) -> list[Frame]:
        """Units whose answer was taken back: nothing settles them any more."""
        return frames_of(self.units, np.flatnonzero(self.audit.taken() & (self.judged.value == UNSEEN)))

    def _in_order(self, k: int) -> tuple[Ints, Floats]:
        rows = np.flatnonzero(~self.audit.taken() & (self.judged.value == UNSEEN))[:k]
        return rows, np.zeros(len(rows), np.float32)


def said_in(project: Project, concept: str, *, after: int = 0) -> dict[int, dict[int, int]]:
    """What was answered in each round, by round and item."""
    said: dict[int, dict[int, int]] = defaultdict(dict)
    with project.read() as c:
        for one in labels.log(c, concept, after=after):
            said[one.round_id or 0][one.item_id] = one.value
    return said


def _controls(made: Round, said: Mapping[int, Mapping[int, int]]) -> list[list[Any]]:
    """The known positives of an answered look, as steps: a yes was kept of those that were seen."""
    shown = [id for id, why in zip(made.ids, made.reason, strict=True) if why == KNOWN]
    answers = said.get(made.id, {})
    return [[CONTROL, 0, 0.0, YES if answers.get(id) == YES else NO] for id in shown] if answers else []
