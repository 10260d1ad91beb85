"""The looks of an audit, made again: begun as it began, and told of the log what its process was told, in turn."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from raravis.errors import InputError
from raravis.flow.again import collection_then, other_versions, search_then
from raravis.flow.audits.asking import Frame, Sheet, when
from raravis.flow.audits.begun import kept_by
from raravis.flow.audits.redrawn import Drawing, Redrawn
from raravis.flow.audits.scores import scores_of
from raravis.flow.audits.state import State
from raravis.flow.audits.units import thaw
from raravis.flow.campaign import strategy_of
from raravis.flow.collection import Collection
from raravis.store import items
from raravis.store.project import Project
from raravis.types import Floats, Round


class Remade:
    """An audit begun again, told what each of its looks took. Raises InputError where its units are not there."""

    def __init__(self, project: Project, collection: Collection, first: Round) -> None:
        self.project, self.collection, self.begun = project, collection, kept_by(first)
        self.units = thaw(project, collection, first.concept, self.begun.stamp)
        self._redrawn = Redrawn(project, collection.sources, self.units, self.begun)
        self._rounds: list[Round] = []
        self._state: State | None = None
        self._scored: list[Mapping[str, Any]] = []  # what the look's scores came of
        self._versions: Mapping[str, str] = {}
        self._before = first.id  # the look that is made again

    def compare(self, one: Round) -> tuple[Drawing, str]:
        """What a look is made again as, and why: to be asked of each of the audit's looks, in turn.

        Where it cannot be made again whole, what it drew by chance is all the same: that follows from seed and number.
        """
        outcome, why = self._redrawn.compare(one)
        if "heard" not in one.params or outcome == "differs":
            self._state = None
        else:
            try:
                outcome, why = self._again(one) or (outcome, why)
            except InputError as error:  # what it was scored by is gone
                self._state, why = None, str(error)
        self._rounds.append(one)
        if outcome == "same" and self._state is not None:
            self._state.asked(one)
        else:
            self._state = None
        return outcome, why

    def _again(self, one: Round) -> tuple[Drawing, str] | None:
        """What the look is made again as; None where one before it, in the same process, was not the same."""
        heard, self._scored = list(one.params["heard"]), list(one.params["scored"])
        self._before = one.id
        if one.params["resumed"]:
            self._state = self._resumed(one.concept, heard.pop(0))
        if self._state is None:
            return None
        for entry in heard:
            self._state.refresh(entry)
        wanted = {name: one.params[name] for name in ("k", "known_rate", "census")}
        return self._compared(one, self._state.plan(**wanted) or Sheet((), (), ()))

    def _resumed(self, concept: str, up_to: int) -> State:
        def score() -> tuple[Floats, Mapping[str, Any]]:
            return self._score(concept)

        sources, rounds = self.collection.sources, self._rounds
        state = State(self.project, concept, self.units, sources, score, rounds=rounds, up_to=up_to)
        state.begin(self.begun)
        return state

    def _score(self, concept: str) -> tuple[Floats, Mapping[str, Any]]:
        """How likely each unit was, by what the log says that came of."""
        if not self._scored:
            raise InputError("what its units were scored by is not in the log")
        came_of = self._scored.pop(0)
        begun, seed = came_of["begun"], came_of["seed"]
        self._versions = begun["versions"]
        then, strategy = collection_then(self.collection, begun), strategy_of(came_of["strategy"])
        settings: dict[str, Any] = {"ends": came_of["ends"], "seed": seed, "round_number": 0, "before": self._before}
        search = search_then(self.project, then, concept, begun, strategy, **settings)
        return scores_of(search, then.table, self.units), came_of

    def _compared(self, one: Round, sheet: Sheet) -> tuple[Drawing, str]:
        with self.project.read() as c:
            shown = [(item.source_id, item.pts) for item in items.get(c, one.ids)]
        was = zip(shown, one.reason, one.scores, strict=True)
        now = zip(sheet.frames, sheet.reasons, sheet.probs, strict=True)
        for place, (then, here) in enumerate(zip_longest(was, now), 1):
            if then != here:
                told = f"place {place} showed {self._told(then)}, now {self._told(here)}"
                return "differs", f"{told}; its units were scored with {other_versions(self._versions)}"
        return "same", ""

    def _told(self, shown: tuple[Frame, str, float] | None) -> str:
        if shown is None:
            return "nothing"
        frame, why, prob = shown
        name, seconds = when(self.collection.sources, frame)
        return f"{name} at {seconds:.2f} s ({why}, probability {prob:.4g})"
