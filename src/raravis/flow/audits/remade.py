"""The looks of an audit, made again: begun as it began, and told of the log what its process was told, in turn."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from raravis.errors import InputError
from raravis.flow.again import collection_then, other_versions, search_then
from raravis.flow.audits.asking import DRAWN, Frame, Sheet, when
from raravis.flow.audits.begun import kept_by
from raravis.flow.audits.given import Newest
from raravis.flow.audits.redrawn import Drawing, Redrawn
from raravis.flow.audits.scores import scores_of
from raravis.flow.audits.state import State
from raravis.flow.audits.units import thaw
from raravis.flow.campaign import strategy_of
from raravis.flow.collection import Collection
from raravis.store import items
from raravis.store.project import Project
from raravis.types import Floats, Round

OLDER = "made by a version that did not keep what a look of an audit came of"
BEHIND = "a look before it, in the same process, differs"


class Remade:
    """An audit begun again, told what each of its looks took. Raises InputError where its units are not there."""

    def __init__(self, project: Project, collection: Collection, first: Round) -> None:
        self.project, self.collection, self.concept, self.begun = project, collection, first.concept, kept_by(first)
        self.units = thaw(project, collection, self.concept, self.begun.stamp)
        self._redrawn = Redrawn(project, collection.sources, self.units, self.begun)
        self._rounds: list[Round] = []
        self._state: State | None = None
        self._why = OLDER  # there is none
        self._look = first  # that is made again
        self._scored: list[Mapping[str, Any]] = []  # what its scores came of
        self._versions: Mapping[str, str] = {}

    def compare(self, one: Round) -> tuple[Drawing, str]:
        """What a look is made again as, and why: to be asked of each of the audit's looks, in turn.

        Where it cannot be made again whole, what it drew by chance is all the same: that follows from seed and number.
        """
        self._look = one
        outcome, why = self._redrawn.compare(one)
        try:
            apart = why if outcome == "differs" else self._apart(one)
        except InputError as error:
            self._state, self._why = None, str(error)
            why = "" if outcome == "same" else self._why
        else:
            outcome, why = ("differs", apart) if apart else ("same", "")
        if outcome == "differs":
            self._state, self._why = None, BEHIND
        elif self._state is not None:
            self._state.asked(one)
        self._rounds.append(one)
        return outcome, why

    def _apart(self, one: Round) -> str:
        """How the look comes out otherwise; nothing if it does not. Raises InputError where that cannot be told."""
        if "heard" not in one.params:
            raise InputError(OLDER)
        heard, self._scored = [Newest(*each) for each in one.params["heard"]], list(one.params["scored"])
        if one.params["resumed"]:
            self._state = self._resumed(heard.pop(0))
        if self._state is None:
            raise InputError(self._why)
        if not self._rounds and self._state.settled() != list(self.begun.start):
            return "other units were settled when it began"
        for then in heard:
            self._state.refresh(then)
        wanted = {name: one.params[name] for name in ("k", "known_rate", "census")}
        return self._compared(one, self._state.plan(**wanted))

    def _resumed(self, then: Newest) -> State:
        self._state, known = None, self.collection.sources
        made = State(self.project, self.concept, self.units, known, self._score, rounds=self._rounds, then=then)
        made.begin(self.begun)
        return made

    def _score(self) -> tuple[Floats, Mapping[str, Any]]:
        """How likely each unit was, by what the log says that came of."""
        if not self._scored:
            raise InputError("what its units were scored by is not in the log")
        came_of = self._scored.pop(0)
        begun = came_of["begun"]
        self._versions = begun["versions"]
        then, strategy = collection_then(self.collection, begun), strategy_of(came_of["strategy"])
        kept = {name: came_of[name] for name in ("ends", "seed")}
        search = search_then(
            self.project, then, self.concept, begun, strategy, **kept, round_number=0, before=self._look.id
        )
        return scores_of(search, then.table, self.units), came_of

    def _compared(self, one: Round, sheet: Sheet | None) -> str:
        if sheet is None:
            return "nothing was left to ask"
        with self.project.read() as c:
            shown = [(item.source_id, item.pts) for item in items.get(c, one.ids)]
        was = zip(shown, one.reason, one.scores, strict=True)
        now = zip(sheet.frames, sheet.reasons, sheet.probs, strict=True)
        for place, (then, here) in enumerate(zip_longest(was, now), 1):
            if then != here:
                told = f"place {place} showed {self._told(then)}, now {self._told(here)}"
                held = "; what it drew by chance is the same" if DRAWN in one.reason else ""
                return f"{told}{held}; its units were scored with {other_versions(self._versions)}"
        return "" if sheet.params["steps"] == one.params["steps"] else "other units leave the pool with it now"

    def _told(self, shown: tuple[Frame, str, float] | None) -> str:
        if shown is None:
            return "nothing"
        frame, why, prob = shown
        name, seconds = when(self.collection.sources, frame)
        return f"{name} at {seconds:.2f} s ({why}, probability {prob:.4g})"
