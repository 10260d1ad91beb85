"""The steps of an audit in order, and the claim that they support: the same code live and when a file is verified."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

from raravis.certify.misses import SHARES, miss_rate_upper, total_upper, visible_allowed
from raravis.certify.price import check_rates, misses_allowed, most_for
from raravis.certify.total import Total
from raravis.errors import InputError
from raravis.types import CANT_TELL, VALUES, YES

START, SEARCH, DRAW, CONTROL = KINDS = ("start", "search", "draw", "control")


class Step(NamedTuple):
    """One thing that happened to a unit; JSON keeps it as a list of these four."""

    kind: str  # start: known beforehand; search; draw; control: a known positive shown again
    row: int
    prob: float  # draw: one over the units unseen just before; else 0
    value: int | None  # 1 yes, −1 no, 0 can't tell, None not answered


@dataclass(frozen=True, slots=True)
class Claim:
    """What the steps support: found / total_upper ≥ recall_low at the confidence, at whichever look."""

    recall: float  # asked for
    confidence: float
    holds: bool  # whether recall_low reaches it
    recall_low: float
    found: int  # confirmed units
    cant_tell: int  # units that may be positive and are not counted as found
    total_upper: float  # inf where nothing bounds what people overlook
    answers_to_go: int  # draws still needed if all are no's; all the unseen where no number of them is enough
    units: int
    unseen: int
    draws: int
    hits: int  # draws answered yes or can't tell
    searched: int  # units answered otherwise during the audit
    miss_rate_upper: float | None  # None: not measured, so the claim holds if every answer is right

    def to_json(self) -> dict[str, Any]:
        """The fields by name; a total that nothing bounds is None, for JSON has no infinity."""
        return asdict(self) | {"total_upper": self.total_upper if math.isfinite(self.total_upper) else None}


class Ledger:
    """Adds steps up to a claim. Raises InputError at a step that cannot have happened."""

    def __init__(
        self,
        units: int,
        recall: float,
        confidence: float,
        *,
        misses: bool = False,
        cant_tell: int = YES,
    ) -> None:
        """`cant_tell`: what such answers count as; YES is the worst case, NO the other extreme."""
        check_rates(recall=recall, confidence=confidence)
        self.recall, self.confidence, self.misses = recall, confidence, misses
        self.total = Total(units, (1 - confidence) * (SHARES[0] if misses else 1.0))
        self.found, self.draws, self.hits, self.searched = 0, 0, 0, 0
        self._shown, self._missed, self._waiting = 0, 0, 0
        self._units, self._cant_tell = units, cant_tell
        self._answered: set[int] = set()
        self._to_go: int | None = None

    def told(self, steps: Iterable[Sequence[Any]]) -> Self:
        """Itself, with the answered ones of `Audit.to_json`'s steps added; raises what `recompute` does."""
        for step in answered(parse(steps)):
            self.add(step)
        return self

    def add(self, step: Step) -> None:
        """One more step, answered."""
        check(step, self._units)
        self._to_go = self._one_fewer(step)
        if step.kind == CONTROL:
            self._flush()  # before the miss rate changes what is at stake
            self._shown, self._missed = self._shown + 1, self._missed + (step.value != YES)
            return
        if step.row in self._answered:
            raise InputError(f"audit: unit {step.row} is answered twice")
        if step.kind == DRAW:
            self._draw(step)
        else:
            self._known(step)
        self._answered.add(step.row)
        self.found += step.value == YES

    @property
    def cant_tell(self) -> int:
        """Units that may be positive and are not counted as found."""
        return self.total.known - self.found

    @property
    def unseen(self) -> int:
        """Units that are in no step so far."""
        return self._units - len(self._answered)

    def limit(self) -> int:
        """How many unseen positives are too many for the claim; 0 or less where even none is too many."""
        visible = misses_allowed(self.found, self.recall) + self.found
        if self.misses:
            visible = visible_allowed(visible, self._miss_rate(), self._alpha(1))
        return visible - self.found - self.cant_tell + 1

    def answers_to_go(self) -> int:
        """Draws until the claim holds, if all are no's; all the unseen where no number of them is enough."""
        self._flush()
        if self._to_go is None:
            self._to_go = self.total.no_draws_until(self.limit())
        return self._to_go

    def total_upper(self, draws: int = 0, shown: int = 0) -> float:
        """Upper bound on the total; after more draws that are all no's, and known ones missed as often as so far."""
        visible = self.unseen_upper(draws) + self.total.known
        return total_upper(visible, self._miss_rate(shown), self._alpha(1)) if self.misses else visible

    def unseen_upper(self, draws: int = 0) -> int:
        """The most positives that can be among the unseen; after more draws that are all no's."""
        self._flush()
        return self.total.upper(draws, self._stake()) - self.total.known

    def draws_until(self, limit: int) -> int:
        """Draws until fewer than `limit` positives can be unseen, if all are no's."""
        self._flush()
        return self.total.no_draws_until(limit)

    def recall_low(self, draws: int = 0, shown: int = 0) -> float:
        """The recall that can be claimed, now or after more as in `total_upper`; 1.0 where nothing can be there."""
        upper = self.total_upper(draws, shown)
        return self.found / upper if upper else 1.0

    def reaches(self, recall: float, draws: int = 0, shown: int = 0) -> bool:
        """Whether a recall can be claimed, now or after more as in `total_upper`."""
        most = most_for(self.found, recall)
        return self.unseen_upper(draws) + self.total.known <= most and self.total_upper(draws, shown) <= most

    def claim(self) -> Claim:
        """What the steps so far support."""
        upper, to_go = self.total_upper(), self.answers_to_go()
        holds = upper <= most_for(self.found, self.recall)
        return Claim(
            recall=self.recall,
            confidence=self.confidence,
            holds=holds,
            recall_low=self.found / upper if upper else 1.0,
            found=self.found,
            cant_tell=self.cant_tell,
            total_upper=upper,
            answers_to_go=0 if holds else to_go,
            units=self._units,
            unseen=self.unseen,
            draws=self.draws,
            hits=self.hits,
            searched=self.searched,
            miss_rate_upper=self._miss_rate() if self.misses else None,
        )

    def _one_fewer(self, step: Step) -> int | None:
        """The price after a step where that is plain: a drawn no was the first of those to go."""
        plain = step.kind == DRAW and not self._counts(step) and self._to_go is not None and self._to_go > 1
        return self._to_go - 1 if plain and self._to_go else None

    def _draw(self, step: Step) -> None:
        if not abs(step.prob * self.unseen - 1) <= 1e-9:
            raise InputError(
                f"audit: unit {step.row} was drawn at {step.prob}; of {self.unseen} unseen it is 1 in each"
            )
        self.draws += 1
        if self._counts(step):
            self._flush()
            self.total.hit(self._stake())
            self.hits += 1
        else:
            self._waiting += 1

    def _known(self, step: Step) -> None:
        self._flush()
        positive = self._counts(step)
        self.total.known_otherwise(int(positive), int(not positive))
        self.searched += step.kind == SEARCH

    def _counts(self, step: Step) -> bool:
        return (self._cant_tell if step.value == CANT_TELL else step.value) == YES

    def _flush(self) -> None:
        """No's are told to the test a run at a time."""
        if self._waiting:
            waiting, self._waiting = self._waiting, 0
            self.total.no(waiting, self._stake())

    def _stake(self) -> int:
        return max(1, self.limit())

    def _alpha(self, share: int) -> float:
        return (1 - self.confidence) * SHARES[share]

    def _miss_rate(self, more: int = 0) -> float:
        missed = math.ceil(more * self._missed / max(1, self._shown))
        return miss_rate_upper(self._shown + more, self._missed + missed, self._alpha(2))


def recompute(
    steps: Iterable[Sequence[Any]],
    units: int,
    recall: float,
    confidence: float,
    *,
    misses: bool = False,
    cant_tell: int = YES,
) -> Claim:
    """The claim that the answered steps support, from nothing else: how a certificate is verified.

    `steps` as `Audit.to_json` gives them. Raises InputError naming the first step that cannot have happened: a unit
    out of range or answered twice, a draw at a probability other than one over the units unseen just before it.
    """
    return Ledger(units, recall, confidence, misses=misses, cant_tell=cant_tell).told(steps).claim()


def parse(steps: Iterable[Sequence[Any]]) -> list[Step]:
    """Steps from JSON's lists of four."""
    try:
        return [Step(*step) for step in steps]
    except TypeError:
        raise InputError("audit: a step is not [kind, row, probability, value]") from None


def answered(steps: Sequence[Step]) -> Sequence[Step]:
    """The steps before the first that has no answer: what comes after waits for it."""
    return steps[: next((at for at, step in enumerate(steps) if step.value is None), len(steps))]


def check(step: Step, units: int) -> None:
    """Raises InputError at a step that no audit of so many units has."""
    whole = type(step.row) is int and type(step.value) is int and isinstance(step.prob, float | int)
    if not (whole and math.isfinite(step.prob)) or step.kind not in KINDS or step.value not in VALUES:
        raise InputError(f"audit: cannot read step {list(step)}; wanted [kind, row, probability, value]")
    if not 0 <= step.row < units:
        raise InputError(f"audit: step {list(step)} names a unit beyond the {units} of the collection")
