"""The loop with known answers. Pure: arrays in, a Result out; the truth stays on this side of the search."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.flow.fitting import Fit
from raravis.flow.search import LOOK, Search
from raravis.flow.tell import Tell, silent
from raravis.pick.ends import Ends
from raravis.simulate.noise import Noise
from raravis.simulate.result import Curve, Found, Result, Start
from raravis.train.linear import fit as fit_linear
from raravis.types import CANT_TELL, NO, YES, Bools, Ints, Pool, Strategy, Vectors

PERFECT = Noise()


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What only the answering side knows: each item's value, and the events that it shares time with."""

    value: NDArray[np.int8]  # (N,) 1, -1, or 0: can't tell, which counts neither way
    met: Ints  # (M, 2) row and event number
    events: int  # how many there are; one that no item meets can only be missed


def simulate(
    template: Pool,
    truth: Truth,
    strategies: Mapping[str, Strategy],
    *,
    seeds: int = 10,
    budget: int = 1000,
    look: int = LOOK,
    start: Start | None = None,
    num_pos_train_seed: int = 1,
    num_neg_train_seed: int = 0,
    target_recall: float | None = None,
    noise: Noise = PERFECT,
    boxes: NDArray[Any] | None = None,
    blind: Bools | None = None,
    ends: Mapping[str, Ends | None] | None = None,
    fit: Fit = fit_linear,
    tell: Tell = silent,
) -> Result:
    """Runs every strategy with seeds 0..seeds-1 until the budget, the pool or the wanted recall ends it.

    start "example": seed s starts from positive example s mod E, the default where there are examples.
    "item": from items drawn among the true ones, the same for every strategy. What is answered may be wrong, as
    `noise` says; what counts is the truth. Raises InputError when there is nothing to find, or too little to
    start from.
    """
    start = start or ("example" if np.any(template.example_sign == YES) else "item")
    _check(template, truth, start, num_pos_train_seed, num_neg_train_seed)
    template = _in_memory(template)
    curves = []
    for name, strategy in strategies.items():
        for seed in range(seeds):
            tell(f"simulate {name}", seed, seeds)
            pool, free = _start(template, truth, start, seed, (num_pos_train_seed, num_neg_train_seed))
            pool.budget_left = budget
            search = Search(pool, strategy, fit=fit, ends=(ends or {}).get(name), seed=seed, boxes=boxes, blind=blind)
            search.record(free, truth.value[free], counted=False)
            tally = Tally(truth, pool.frame, free)
            run(search, noise.heard(truth.value, seed), tally, look=look, target_recall=target_recall)
            curves.append(tally.curve(name, seed))
    return Result(curves, start)


def run(search: Search, heard: NDArray[np.int8], tally: Tally, *, look: int, target_recall: float | None) -> None:
    """Answers looks with what is heard (N,), and counts them, until nothing comes or the wanted recall is reached."""
    while target_recall is None or tally.items.recall()[-1] < target_recall - 1e-9:
        begun = time.perf_counter()
        rows, _ = search.next(look, short=True)
        if not len(rows):
            return
        search.record(rows, heard[rows])
        tally.round_seconds.append(time.perf_counter() - begun)
        tally.answered(rows, heard[rows])
        tally.propagate(search.propagated)


class Tally:
    """Counts what a run has found, answer by answer."""

    def __init__(self, truth: Truth, frame: Ints, free: Sequence[int] | Ints = ()) -> None:
        self._truth, self._frame = truth, frame
        self._met: dict[int, set[int]] = {}
        for row, event in truth.met[truth.value[truth.met[:, 0]] == YES].tolist():
            self._met.setdefault(row, set()).add(event)
        given = set(frame[np.asarray(free, np.int64)].tolist())
        frames = set(frame[truth.value == YES].tolist()) - given
        findable = {event for row, events in self._met.items() if frame[row] not in given for event in events}
        gone = {event for events in self._met.values() for event in events} - findable
        events = set(range(truth.events)) - gone
        self._wanted: dict[str, set[int]] = {"items": frames, "events": events}
        self._yes: Counter[tuple[str, int]] = Counter()  # labels that find each frame and event
        self._found = {"items": 0, "events": 0}
        self._propagated: set[int] = set()
        self._ever_propagated: set[int] = set()
        self.items, self.events = Found(len(frames), [0]), Found(len(events), [0])
        self.answers, self.propagated = [0], [0, 0]
        self.round_seconds: list[float] = []

    def answered(self, rows: Sequence[int] | Ints, heard: NDArray[np.int8] | None = None) -> None:
        """One answer a row, heard (n,) or else the truth; a yes that is true finds its frame and its events."""
        rows = np.asarray(rows, np.int64)
        said = self._truth.value[rows] if heard is None else heard
        for row, value in zip(rows.tolist(), said.tolist(), strict=True):
            if value == YES:
                self._stand(row, +1)
            self._count(cost=1)

    def propagate(self, rows: Sequence[int] | Ints) -> None:
        """Rows that stand as yes now with nobody asked: a true one is found free, a false one costs an answer.

        Those that no longer stand are no longer found, but what a false one cost is not given back. "Can't tell"
        counts neither way.
        """
        now = {row for row in np.asarray(rows).tolist() if self._truth.value[row] != CANT_TELL}
        for row in sorted(self._propagated - now):
            self._stand(row, -1)
        came, self._propagated = sorted(now - self._propagated), now
        for row in came:
            right, fresh = self._truth.value[row] == YES, row not in self._ever_propagated
            self._stand(row, +1)
            self._ever_propagated.add(row)
            self._count(cost=int(fresh and not right))
            self.propagated = [self.propagated[0] + fresh, self.propagated[1] + int(fresh and right)]

    def curve(self, strategy: str, seed: int) -> Curve:
        """What was counted."""
        told = (self.propagated[0], self.propagated[1])
        return Curve(strategy, seed, self.answers, self.items, self.events, told, tuple(self.round_seconds))

    def _stand(self, row: int, change: int) -> None:
        """One label more or less for what the row finds, if it is a true one."""
        if self._truth.value[row] != YES:
            return
        for kind, things in (("items", {int(self._frame[row])}), ("events", self._met.get(row, set()))):
            for key in ((kind, thing) for thing in things & self._wanted[kind]):
                before = self._yes[key] > 0
                self._yes[key] += change
                self._found[kind] += (self._yes[key] > 0) - before

    def _count(self, *, cost: int) -> None:
        self.answers.append(self.answers[-1] + cost)
        self.items.counts.append(self._found["items"])
        self.events.counts.append(self._found["events"])


def _start(template: Pool, truth: Truth, start: Start, seed: int, numbers: tuple[int, int]) -> tuple[Pool, Ints]:
    """A pool with no answers, and the rows given free."""
    n = len(template)
    fresh = replace(
        template, asked=np.zeros(n, bool), label=np.zeros(n, np.int8), weight=np.zeros(n, np.float32), prob=None
    )
    if start == "example":
        return replace(fresh, **_one_example(template, seed)), np.zeros(0, np.int64)
    rng = np.random.default_rng([seed, n])
    drawn = [
        rng.choice(np.flatnonzero(truth.value == value), number, replace=False)
        for value, number in zip((YES, NO), numbers, strict=True)
    ]
    return replace(fresh, examples=template.examples[:0], example_sign=template.example_sign[:0]), np.concatenate(drawn)


def _one_example(template: Pool, seed: int) -> dict[str, Any]:
    """Every negative example, and of the E positive ones that at seed mod E."""
    positive = np.flatnonzero(template.example_sign == YES)
    kept = np.append(np.flatnonzero(template.example_sign == NO), positive[seed % len(positive)])
    return {"examples": template.examples[kept], "example_sign": template.example_sign[kept]}


def _check(template: Pool, truth: Truth, start: Start, positives: int, negatives: int) -> None:
    if start == "example" and not np.any(template.example_sign == YES):
        raise InputError("simulate: no example to start from; add one with --like, or use --start item")
    for sign, wanted, name in ((YES, positives, "num_pos_train_seed"), (NO, negatives, "num_neg_train_seed")):
        known = int(np.sum(truth.value == sign))
        if start == "item" and wanted > known:
            raise InputError(f"simulate: {name} is {wanted}, but only {known} items have that answer")
    if not np.any(truth.value == YES):
        raise InputError("simulate: no item in the collection is a yes, so there is nothing to find")


def _in_memory(template: Pool) -> Pool:
    """The same pool; without a fast scan its vectors become float32 once rather than in every round."""
    if template.scan is not None:
        return template
    data = template.vectors.data.astype(np.float32, copy=False)
    return replace(template, vectors=Vectors(template.vectors.ids, data, template.vectors.encoder))
