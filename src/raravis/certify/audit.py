"""An audit that runs: which units to look at next, and what the answers so far support."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raravis.certify.given import numbers, whole
from raravis.certify.ledger import CONTROL, DRAW, SEARCH, START, Claim, Ledger, Step, check, parse
from raravis.certify.order import orders
from raravis.certify.searching import Searching
from raravis.errors import InputError
from raravis.types import CANT_TELL, NO, VALUES, YES, Bools, Ints

SEARCHED = 0.0  # the probability of a unit that was not drawn: no draw has it


class Audit:
    """Units 0..N−1 of a frozen collection: looks at likely ones first, then draws, and bounds what is missed.

    Units leave the pool in the order in which `next` gave them, or `record` first heard of them; an answer counts
    once all before it are answered. Only draws are evidence; whatever was searched is merely known.
    """

    def __init__(
        self,
        scores: ArrayLike,
        groups: ArrayLike,
        found: ArrayLike,
        recall: float,
        confidence: float,
        rng: np.random.Generator,
        *,
        seen: ArrayLike | None = None,
        unsure: ArrayLike | None = None,
        misses: bool = False,
    ) -> None:
        """The state before the first draw.

        Args:
            scores: (N,) larger is likelier, all equal where nothing is known; they steer, no more.
            groups: (N,) ints, alike for units near one another: after a hit its group is looked at.
            found: units confirmed by a person, rows or (N,) bool.
            recall: the share to certify.
            confidence: of the claim, at all looks together.
            rng: for the draws.
            seen: other units already answered no, rows or (N,) bool.
            unsure: other units already answered that may be positive and are not found.
            misses: whether known positives are to be mixed in, which costs a fifth of the error.
        """
        marks = numbers(scores, "scores")
        self._n, self.misses = len(marks), misses
        self._asked = (recall, confidence)
        self._ledger = self._fresh()
        if not callable(getattr(rng, "permutation", None)):
            raise InputError(f"audit: rng is {rng!r}; wanted a generator, as numpy.random.default_rng(0)")
        ties, self._draw_order = orders(self._n, rng)
        self._search = Searching(marks, self._column(whole(groups, "groups"), "groups"), ties)
        self._drawn_up_to = self._draws_given = 0
        self._taken, self._left = np.zeros(self._n, bool), self._n
        self._steps: list[Step] = []
        self._at: dict[int, int] = {}  # where a unit's answer stands among the steps
        self._counted = 0  # steps that the ledger has
        self._start(self._rows(found), self._rows(unsure), self._rows(seen))

    def next(self, k: int) -> tuple[Ints, NDArray[np.float64]]:
        """Rows (k,) to look at, in order, and their probabilities (k,); fewer when fewer are left.

        0 is a searched unit. A drawn one has one over the units unseen just before it, those before it in this list
        seen. Searched units come first: neighbours of hits, then likely ones while that promises to lower the price.
        """
        rows = self._search.neighbours(k, self._taken)
        self._take(rows, SEARCH)
        likely = self._search.likely(self._worth_a_search(k - len(rows)), self._taken)
        self._take(likely, SEARCH)
        drawn = self._draw(k - len(rows) - len(likely))
        steps = self._steps[len(self._steps) - len(rows + likely + drawn) :]
        return np.array([s.row for s in steps], np.int64), np.array([s.prob for s in steps], np.float64)

    def record(self, rows: ArrayLike, values: ArrayLike) -> None:
        """Answers 1, −1 or 0 (can't tell) to units given by `next`, in any order, or to others found elsewhere.

        Another answer to the same unit replaces the first, and everything is counted again.
        """
        for row, value in self._answers(rows, values):
            if row not in self._at:
                self._take([row], SEARCH)
            self._answer(row, value)
        self._count()

    def shown(self, rows: ArrayLike, values: ArrayLike) -> None:
        """Answers to known positives that were mixed in: what is not 1 was missed. For the miss rate alone."""
        if not self.misses:
            raise InputError("audit: known positives count only in an audit made with misses=True")
        for row, value in self._answers(rows, values):
            self._steps.append(Step(CONTROL, row, SEARCHED, value))
        self._count()

    def bound(self) -> tuple[float, int]:
        """The recall that can be claimed now, and draws to go until it is the one asked for if all are no's.

        All the unseen are to go where no number of no's is enough.
        """
        claim = self.claim()
        return claim.recall_low, claim.answers_to_go

    def claim(self, *, cant_tell: int = YES) -> Claim:
        """What the answers so far support; with can't tells counted as positive, or at the other extreme as NO."""
        if cant_tell == YES:
            return self._ledger.claim()
        ledger = self._fresh(cant_tell)
        for step in self._steps[: self._counted]:
            ledger.add(step)
        return ledger.claim()

    def recall_after(self, draws: int) -> float:
        """The recall that could be claimed after so many more draws if all are no's."""
        return self._ledger.recall_low(min(draws, self._ledger.unseen))

    def draws_until(self, limit: int) -> int:
        """Draws until fewer than `limit` positives can be unseen, if all are no's: the price of a rate."""
        return self._ledger.draws_until(limit)

    def unseen_upper(self) -> int:
        """The most positives that can be unseen."""
        return self._ledger.unseen_upper()

    def pending(self) -> Ints:
        """Rows given by `next` and not answered, in order."""
        return np.array([step.row for step in self._steps if step.value is None], np.int64)

    def taken(self) -> Bools:
        """(N,) which units left the pool: known at the start, given by `next` or found elsewhere."""
        return self._taken.copy()

    def to_json(self) -> list[list[Any]]:
        """Every step as [kind, row, probability, value], in order: all that `recompute` needs."""
        return [list(step) for step in self._steps]

    def resume(self, steps: Iterable[Sequence[Any]]) -> None:
        """Goes on where an audit of the same start was: takes over `to_json()[begun:]`, unanswered steps pending."""
        for step in parse(steps):
            check(step._replace(value=YES) if step.value is None else step, self._n)
            if step.kind == START:
                raise InputError("audit: a start is not resumed; give the steps after it")
            self._again(step)
        self._count()

    def _start(self, found: Ints, unsure: Ints, seen: Ints) -> None:
        rest = np.setdiff1d(unsure, found)
        self._take(found.tolist(), START, YES)
        self._take(rest.tolist(), START, CANT_TELL)
        self._take(np.setdiff1d(seen, np.union1d(found, rest)).tolist(), START, NO)
        self._count()
        self.begun = len(self._steps)

    def _take(self, rows: Iterable[int], kind: str, value: int | None = None) -> None:
        """The rows leave the pool, now."""
        for row in rows:
            self._at[row] = len(self._steps)
            self._steps.append(Step(kind, row, 1 / self._left if kind == DRAW else SEARCHED, value))
            self._left -= 1
            self._taken[row] = True

    def _again(self, step: Step) -> None:
        if step.kind == CONTROL:
            self._steps.append(step)
            return
        if step.row in self._at:
            raise InputError(f"audit: unit {step.row} is given twice")
        self._take([step.row], step.kind)
        self._steps[-1] = self._steps[-1]._replace(prob=step.prob)
        self._draws_given += step.kind == DRAW
        self._search.given([step.row] if step.kind == SEARCH else [])
        if step.value is not None:
            self._answer(step.row, step.value)

    def _draw(self, k: int) -> list[int]:
        """At most k units in the order of one permutation: each uniform among the unseen, whatever was searched."""
        rows: list[int] = []
        while len(rows) < k and self._drawn_up_to < self._n:
            ahead = self._draw_order[self._drawn_up_to : self._drawn_up_to + k - len(rows)]
            rows += ahead[~self._taken[ahead]].tolist()
            self._drawn_up_to += len(ahead)
        self._draws_given += len(rows)
        self._take(rows, DRAW)
        return rows

    def _answer(self, row: int, value: int) -> None:
        at = self._at[row]
        step = self._steps[at]
        if step.value == value:
            return
        self._steps[at] = step._replace(value=value)
        self._search.told(row, value)
        if at < self._counted:  # another answer than before: everything after it is counted again
            self._ledger, self._counted = self._fresh(), 0

    def _count(self) -> None:
        while self._counted < len(self._steps) and self._steps[self._counted].value is not None:
            self._ledger.add(self._steps[self._counted])
            self._counted += 1

    def _fresh(self, cant_tell: int = YES) -> Ledger:
        recall, confidence = self._asked
        return Ledger(self._n, recall, confidence, misses=self.misses, cant_tell=cant_tell)

    def _worth_a_search(self, k: int) -> int:
        ledger, search = self._ledger, self._search
        by_chance = (ledger.hits + 1) / (ledger.draws + max(1, ledger.unseen) / max(1, ledger.limit()))
        price = ledger.answers_to_go()
        a_find = price / (ledger.recall * max(1, ledger.limit()))
        return search.worth(k, price=ledger.draws + price, a_find=a_find, by_chance=by_chance, draws=self._draws_given)

    def _rows(self, units: ArrayLike | None) -> Ints:
        given = np.atleast_1d(np.asarray([] if units is None else units))
        rows = np.flatnonzero(self._column(given, "a mask")) if given.dtype == bool else whole(given, "units")
        if len(rows) and not (rows.min() >= 0 and rows.max() < self._n):
            raise InputError(f"audit: units {rows.min()} to {rows.max()} go beyond 0..{self._n - 1}")
        return rows

    def _answers(self, rows: ArrayLike, values: ArrayLike) -> list[tuple[int, int]]:
        """Units and their answers; nothing is recorded where one of them cannot be."""
        units, told = self._rows(rows).tolist(), np.atleast_1d(values).tolist()
        if len(units) != len(told):
            raise InputError(f"audit: got {len(units)} units and {len(told)} answers; wanted an answer for each")
        for row, value in zip(units, told, strict=True):
            if value not in VALUES:
                raise InputError(f"audit: unit {row} is answered {value!r}; wanted 1, -1 or 0")
        return [(row, int(value)) for row, value in zip(units, told, strict=True)]

    def _column(self, column: NDArray[Any], name: str) -> NDArray[Any]:
        if column.shape != (self._n,):
            raise InputError(f"audit: {name} has shape {column.shape}; wanted one for each of {self._n} units")
        return column
