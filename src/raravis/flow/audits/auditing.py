"""An audit in a project: made from its rounds and answers, so that a killed one goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from raravis.certify import Claim, draws_to_go, most_for, recompute
from raravis.certify.ledger import CONTROL
from raravis.errors import InputError
from raravis.flow.audits.asking import ask, frames_of
from raravis.flow.audits.begun import (
    Begun,
    Terms,
    begun_of,
    next_number,
    rounds_of,
    space_begun_in,
    worth_measuring,
)
from raravis.flow.audits.mixing import room_for
from raravis.flow.audits.scores import scores_of
from raravis.flow.audits.state import State
from raravis.flow.audits.units import freeze, names_of, thaw
from raravis.flow.audits.values import UNSEEN
from raravis.flow.campaign import Campaign
from raravis.flow.encoder import space_named
from raravis.formats.sheet import MOST
from raravis.store.project import Project
from raravis.types import YES, Floats, Round


class Auditing(State):
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
        rounds = [] if anew else rounds_of(project, concept, terms)
        with project.read() as c:
            space = space_named(c, project, encoder) if encoder else None
        campaign = Campaign(project, concept, encoder=space_begun_in(project, rounds[0]) if rounds else space)
        collection = campaign.collection
        if rounds:
            begun = begun_of(rounds[0], terms, seed)
            units = thaw(project, collection, concept, begun.stamp, frozen=begun.sources)
            if misses and not begun.misses:
                raise InputError(
                    f"certify: this audit of {concept!r} began without measuring what is overlooked, and a claim that "
                    "has it cannot be made of it; leave --known-rate out, or begin again with --anew"
                )
        else:
            unit, shortest, gap = terms.unit, terms.min_seconds, terms.gap_seconds
            units = freeze(project, collection, concept, unit, min_seconds=shortest, gap_seconds=gap)
        self.terms = terms
        self._campaign: Campaign | None = campaign  # for the first scores
        super().__init__(project, concept, units, collection.sources, self._scores, rounds=rounds)
        if not rounds:
            begun = self._fresh(names_of(collection, units), misses, known_rate, seed or 0)
        self.begin(begun)

    def _fresh(self, frozen: Sequence[str], misses: bool | None, known_rate: float, seed: int) -> Begun:
        """What is settled as an audit begins."""
        start = self.settled()
        number, stamp, terms = next_number(self.project, self.concept), self.units.stamp, self.terms
        if misses is None:
            draws = draws_to_go(stamp.units - len(start), self.judged.found, terms.recall, terms.confidence)
            share = min(known_rate, room_for(self.given, self.units, []) / MOST)
            misses = worth_measuring(draws, share, terms.recall, terms.confidence)
        return Begun(number, terms.recall, terms.confidence, misses, seed, stamp, start, frozen)

    def _scores(self) -> tuple[Floats, dict[str, Any]]:
        campaign = self._campaign or Campaign(self.project, self.concept, encoder=self.units.stamp.encoder)
        self._campaign = None
        return scores_of(campaign.search, campaign.collection.table, self.units), campaign.came_of

    def look(self, k: int, *, known_rate: float = 0.0, census: bool = False) -> Round | None:
        """The next look of at most k frames; None when nothing is left that an answer could change."""
        sheet = self.plan(k, known_rate=known_rate, census=census)
        if sheet is None:
            return None
        made = ask(self.project, self.concept, self.units, sheet, seed=self.begun.seed)
        self.asked(made)
        return made

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
        known = self.shown_known
        return len(known), sum(value != YES for value in known)

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
