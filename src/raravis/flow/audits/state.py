"""An audit between two looks: what the log says of its units, which of them left the pool, what a sheet shows next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from raravis.certify import Audit
from raravis.certify.ledger import CONTROL
from raravis.flow.answers import KNOWN, known_on
from raravis.flow.audits.asking import DRAWN, END, LIKELY, Frame, Sheet, When, frames_of, when
from raravis.flow.audits.asks import Asks
from raravis.flow.audits.begun import Begun
from raravis.flow.audits.given import Given, Newest, given, newest
from raravis.flow.audits.mixing import mixed_in, room_for
from raravis.flow.audits.units import Units
from raravis.flow.audits.values import UNSEEN, Judged
from raravis.store import items, labels
from raravis.store.project import Project
from raravis.types import CANT_TELL, NO, YES, Floats, Ints, Round, Source

MORE = 1.5  # times as much found as when the units were scored: time to score them anew
NEAR_UNITS = 8  # units that share a group: after a hit its group is looked at

Score = Callable[[], tuple[Floats, Mapping[str, Any]]]  # (N,) how likely each unit is, and what that came of


class State:
    """Follows from the log up to the entries that it was told of, in turn; it writes nothing, so it can be made again.

    What each look says of that is in its params: `heard`, how far the project had come (`Newest`) each time that it
    was told since the look before; `scored`, what the scores came of, each time that the units were scored since then;
    `resumed`, whether it is the first look of a process, which knows of the looks before it what they kept.
    """

    def __init__(
        self,
        project: Project,
        concept: str,
        units: Units,
        sources: Mapping[int, Source],
        score: Score,
        *,
        rounds: Sequence[Round] = (),
        then: Newest | None = None,
    ) -> None:
        self.project, self.concept, self.units, self.sources = project, concept, units, sources
        self._score, self._rounds = score, list(rounds)
        self._asks = Asks(project, units, sources)
        self._since: dict[str, Any] = {"resumed": True, "heard": [], "scored": []}  # the newest look
        self._missed: dict[int, list[int]] = {}  # by look, what was said of each known positive on it
        self.given: Given
        self.judged: Judged
        self._hear(then)

    def begin(self, begun: Begun) -> None:
        """Goes on where the rounds so far end."""
        self.begun = begun
        self._told = np.full(len(self.units), UNSEEN, np.int8)
        self.audit = self._audit(self._remembered())
        self._saved = len(self._steps())
        self._take_in()

    def refresh(self, then: Newest | None = None) -> None:
        """Takes in whatever was answered until now, or then, and what was missed of the newest look once it is done."""
        self._hear(then)
        self._take_in()

    def settled(self) -> list[int]:
        """The units that the answers settle by now."""
        return np.flatnonzero(self.judged.value != UNSEEN).tolist()

    def waiting(self) -> Round | None:
        """The newest look, if not all of it had been answered at the last refresh."""
        if not self._rounds:
            return None
        last = self._rounds[-1]
        wanted = set(last.ids).difference(known_on(last))
        with self.project.read() as c:
            open_ones = wanted - labels.answered(c, self.concept, up_to=self._heard.label)
            return last if items.known(c, open_ones) else None

    def plan(self, k: int, *, known_rate: float = 0.0, census: bool = False) -> Sheet | None:
        """The next sheet, of at most k frames; None when nothing is left that an answer could change.

        What it takes out of the pool is gone: what comes of it is to be told by `asked`.
        """
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
        return self._sheet(frames, reasons, chances, {"k": k, "known_rate": known_rate, "census": census})

    def asked(self, made: Round) -> None:
        """The sheet was shown, as this round."""
        self._rounds.append(made)
        self._since = {"resumed": False, "heard": [], "scored": []}

    def _hear(self, then: Newest | None) -> None:
        with self.project.read() as c:
            self._heard = then or newest(c)
        self._since["heard"].append(list(self._heard))
        self.given = given(self.project, self.concept, self.units, self.sources, then=self._heard)
        self.judged = self.given.judged(self.units)

    def _take_in(self) -> None:
        value = self.judged.value.copy()
        pending = np.isin(np.arange(len(value)), self.audit.pending())
        value[(value == UNSEEN) & (self._told != UNSEEN) & ~pending] = CANT_TELL  # no longer settled: the worst case
        changed = np.flatnonzero((value != UNSEEN) & (value != self._told))
        self.audit.record(changed, value[changed])
        self._told[changed] = value[changed]
        if self._rounds and self._rounds[-1].id not in self._missed and self.waiting() is None:
            last = self._rounds[-1]
            self._missed[last.id] = _told_of_known(
                last, said_in(self.project, self.concept, after=last.labels_up_to, then=self._heard)
            )
        self._count_missed()

    def _count_missed(self) -> None:
        """Every known positive of a look that is done counts once, though this be cut off and done again."""
        if self.begun.misses:
            there = sum(step[0] == CONTROL for step in self.audit.to_json())
            self.audit.resume(_as_steps(self.shown_known)[there:])

    @property
    def shown_known(self) -> list[int]:
        """What was said of each known positive that was mixed in so far: YES, or it was missed."""
        return [value for values in self._missed.values() for value in values]

    def _score_anew(self) -> None:
        """What was found since says better where more is likely; the draws stay as they were going to be."""
        if self._found() > MORE * self._scored_at + 1:
            self.audit = self._audit(self.audit.to_json()[self.audit.begun :])

    def _audit(self, steps: list[list[Any]]) -> Audit:
        start = np.array(self.begun.start, np.int64)
        value = self.judged.value
        value = np.where(value == UNSEEN, CANT_TELL, value)
        found, unsure, seen = (start[value[start] == wanted] for wanted in (YES, CANT_TELL, NO))
        rng = np.random.default_rng([self.begun.seed, self.begun.number])
        groups = self.units.moments.footage * len(self.units) + np.arange(len(self.units)) // NEAR_UNITS
        scores, came_of = self._score()
        self._since["scored"].append(came_of)
        self._scored_at = self._found()
        recall, confidence, misses = self.begun.recall, self.begun.confidence, self.begun.misses
        made = Audit(scores, groups, found, recall, confidence, rng, unsure=unsure, seen=seen, misses=misses)
        made.resume(steps)
        self._told[start] = value[start]
        taken = [step for step in made.to_json() if step[0] != CONTROL and step[3] is not None]
        self._told[[step[1] for step in taken]] = [step[3] for step in taken]
        return made

    def _found(self) -> int:
        return int(np.sum(self.given.value == YES))

    def _remembered(self) -> list[list[Any]]:
        """The steps that the rounds kept, each with what its unit counts as by now."""
        steps, waiting = list[list[Any]](), self.waiting()
        said = said_in(self.project, self.concept, then=self._heard)
        for number, made in enumerate(self._rounds):
            last = number == len(self._rounds) - 1
            for kind, row, prob in made.params["steps"]:
                value = int(self.judged.value[row])
                steps.append([kind, row, prob, (None if last else CANT_TELL) if value == UNSEEN else value])
            if made is not waiting:
                self._missed[made.id] = _told_of_known(made, said)
                steps += _as_steps(self._missed[made.id]) if self.begun.misses else []
        return steps

    def _sheet(
        self, frames: Sequence[Frame], reasons: Sequence[str], chances: Sequence[float], wanted: Mapping[str, Any]
    ) -> Sheet:
        """In order of time: that is easiest on the eye, and tells nothing of why a frame is there."""
        order = sorted(range(len(frames)), key=lambda at: self._when(frames[at]))
        steps = [step[:3] for step in self._steps()[self._saved :]]
        self._saved += len(steps)
        audit = {"number": self.begun.number} if self._rounds else asdict(self.begun)
        params = {"audit": audit, "steps": steps, **wanted, **self._since}
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


def said_in(project: Project, concept: str, *, after: int = 0, then: Newest | None = None) -> dict[int, dict[int, int]]:
    """What was answered in each round, by round and item; of the log's entries above `after`, up to then."""
    said: dict[int, dict[int, int]] = defaultdict(dict)
    with project.read() as c:
        for one in labels.log(c, concept, after=after, up_to=then and then.label):
            said[one.round_id or 0][one.item_id] = one.value
    return said


def _told_of_known(made: Round, said: Mapping[int, Mapping[int, int]]) -> list[int]:
    """YES for each known positive of a look that was seen, NO for one that was missed: only a yes was kept of them."""
    answers = said.get(made.id, {})
    return [YES if answers.get(id) == YES else NO for id in known_on(made)] if answers else []


def _as_steps(values: Sequence[int]) -> list[list[Any]]:
    return [[CONTROL, 0, 0.0, value] for value in values]
