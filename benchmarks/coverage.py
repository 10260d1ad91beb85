"""Is the certificate true as often as it says, and what does it cost beside plain random auditing?

    python benchmarks/coverage.py [share of the campaigns, default 1; with few a price can fail by chance]

Many campaigns with known answers. A campaign fails if any bound shown at any look, one after every answer, is above the
truth. A cell fails when so many failures would have a chance below 1 % at an error of 5 %, or when it costs more than
its limit. Of a run of no's only the first look and the last are computed: between them no bound is higher
(docs/certificate.md). That this is the audit that people run is checked first, look by look.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from raravis.certify import Audit, miss_rate_upper, misses_allowed, visible_allowed
from raravis.certify.misses import SHARES
from raravis.certify.order import orders
from raravis.certify.searching import Searching
from raravis.certify.total import Total

CONFIDENCE = 0.95
CONTROL_EVERY = 20  # looks between two known positives, where people overlook
SMALL_CHANCE = 0.01


@dataclass(frozen=True)
class World:
    """One collection and where its search stopped."""

    answer: NDArray[np.int8]  # (N,) what a person says: 1, −1, 0
    found: NDArray[np.int64]  # rows confirmed before the audit
    total: int  # what the claim is about, can't tells and overlooked ones included
    scores: NDArray[np.float64]
    groups: NDArray[np.int64]
    event: NDArray[np.int64] | None = None  # (N,) which event, −1 none; its first window alone is positive
    miss_rate: float | None = None


@dataclass(frozen=True)
class Cell:
    """Campaigns of one kind."""

    name: str
    make: Callable[[np.random.Generator], World]
    campaigns: int = 300
    recall: float = 0.9
    look: int = 36
    beside: Callable[[World], World] | None = None  # the same claim, audited in another way
    most: float = math.inf  # of the price beside


@dataclass
class Outcome:
    """Whether a bound was ever false, whether the claim was reached, and after how many answers."""

    wrong: bool = False
    claimed: bool = False
    answers: int = 0
    seconds: float = 0.0  # of one core, with the campaign beside


class Campaign:
    """An audit of a world, told a run of no's at a time."""

    def __init__(self, world: World, cell: Cell, rng: np.random.Generator) -> None:
        self.world, self.recall, self.rng = world, cell.recall, rng
        n = len(world.answer)
        self.misses = world.miss_rate is not None
        self.alpha = 1 - CONFIDENCE
        self.total = Total(n, self.alpha * (SHARES[0] if self.misses else 1))
        ties, self.order = orders(n, rng)
        self.search = Searching(world.scores, world.groups, ties)
        self.at = self.given = 0
        self.taken = np.zeros(n, bool)
        self.found = 0
        self.learnt(known_of(world, world.found))
        self.draws = self.hits = self.shown = self.missed = 0
        self.out = Outcome()

    def limit(self) -> int:
        """How many unseen positives are too many for the claim."""
        visible = misses_allowed(self.found, self.recall) + self.found
        if self.misses:
            visible = visible_allowed(visible, self.miss_rate(), self.alpha * SHARES[1])
        return visible - self.total.known + 1

    def miss_rate(self) -> float:
        """The upper bound so far."""
        return miss_rate_upper(self.shown, self.missed, self.alpha * SHARES[2])

    def run(self, look: int) -> Outcome:
        """Until the claim is reached, or everything is seen."""
        self.check()
        while not self.out.claimed and self.total.unseen:
            self.look(look)
        return self.out

    def look(self, k: int) -> None:
        """One look of k units, searched ones first."""
        near = self.search.neighbours(k, self.taken)
        self.taken[near] = True
        likely = self.search.likely(self.worth(k - len(near)), self.taken)
        self.taken[likely] = True
        drawn = self.draw(k - len(near) - len(likely))
        self.searched(near + likely)
        self.drew(drawn)
        self.learnt(known_of(self.world, np.array([*near, *likely, *drawn.tolist()])))
        self.check()

    def worth(self, k: int) -> int:
        """What the audit would search of the next k."""
        if not self.search.informed:
            return 0
        limit, price = max(1, self.limit()), self.total.no_draws_until(self.limit())
        by_chance = (self.hits + 1) / (self.draws + max(1, self.total.unseen) / limit)
        a_find = price / (self.recall * limit)
        return self.search.worth(k, price=self.draws + price, a_find=a_find, by_chance=by_chance, draws=self.given)

    def draw(self, k: int) -> NDArray[np.int64]:
        """At most k rows in the order of one permutation."""
        rows = self.order[:0]
        while len(rows) < k and self.at < len(self.order):
            ahead = self.order[self.at : self.at + k - len(rows)]
            rows = np.append(rows, ahead[~self.taken[ahead]])
            self.at += len(ahead)
        self.taken[rows] = True
        self.given += len(rows)
        return rows

    def searched(self, rows: list[int]) -> None:
        """Known, and no evidence."""
        values = self.world.answer[rows]
        self.total.known_otherwise(int(np.sum(values >= 0)), int(np.sum(values < 0)))
        for row in np.array(rows, np.int64)[values == 1].tolist():
            self.yes(row)
        self.out.answers += len(rows)

    def yes(self, row: int) -> None:
        """A confirmed unit."""
        self.found += 1
        self.search.told(row, 1)

    def drew(self, rows: NDArray[np.int64]) -> None:
        """Runs of no's and the hits that end them, until the claim."""
        values = self.world.answer[rows]
        ends = np.flatnonzero(values >= 0).tolist()
        for start, end in zip([0, *[e + 1 for e in ends]], [*ends, len(rows)], strict=True):
            self.noes(end - start)
            if self.out.claimed:
                return
            if end < len(rows):
                self.total.hit(max(1, self.limit()))
                self.draws, self.hits, self.out.answers = self.draws + 1, self.hits + 1, self.out.answers + 1
                if values[end] == 1:
                    self.yes(int(rows[end]))
                self.check()

    def noes(self, count: int) -> None:
        """A run of no's, cut where the claim is reached or a known positive is shown."""
        while count and not self.out.claimed:
            run = min(count, CONTROL_EVERY) if self.misses else count
            limit = self.limit()
            before = self.total.no_draws_until(limit) if limit > 0 and not self.misses else self.total.unseen
            run = min(run, before) if limit > 0 and before else run
            self.total.no(run, max(1, limit))
            self.draws, self.out.answers, count = self.draws + run, self.out.answers + run, count - run
            if self.misses and run == CONTROL_EVERY:
                self.shown, self.out.answers = self.shown + 1, self.out.answers + 1
                self.missed += int(self.rng.random() < (self.world.miss_rate or 0))
            self.check()

    def learnt(self, rows: NDArray[np.int64]) -> None:
        """What is known otherwise, where it was not known before."""
        rows = rows[~self.taken[rows]]
        self.taken[rows] = True
        values = self.world.answer[rows]
        self.total.known_otherwise(int(np.sum(values >= 0)), int(np.sum(values < 0)))
        self.found += int(np.sum(values == 1))

    def check(self) -> None:
        """Whether what is shown now is true, and whether it is what was asked."""
        limit, visible = self.limit(), self.world.total
        if self.misses:  # the bound is below the total where so few visible ones would be too few for it
            visible = visible_allowed(self.world.total - 1, self.miss_rate(), self.alpha * SHARES[1]) + 1
        self.out.wrong |= self.total.known < visible and not self.total.possible(visible)
        self.out.claimed = limit > 0 and not self.total.possible(self.total.known + limit)
        self.out.wrong |= self.out.claimed and self.found < self.recall * self.world.total - 1e-9


def known_of(world: World, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows, and every window of an event that shows in one of them: its ends are asked for."""
    if world.event is None or not len(rows):
        return rows.astype(np.int64)
    met = np.unique(world.event[rows])
    return np.union1d(rows, np.flatnonzero(np.isin(world.event, met[met >= 0])))


def placed(rng: np.random.Generator, n: int, positives: int, run: int) -> NDArray[np.int64]:
    """Rows of positives, in runs of consecutive ones; the order of the runs is random."""
    starts = rng.choice(n // run, -(-positives // run), replace=False) * run
    return (starts[:, None] + np.arange(run)).ravel()[:positives]


def scored(rng: np.random.Generator, answer: NDArray[np.int8], kind: str) -> NDArray[np.float64]:
    lift = {"good": 4.0, "poor": 0.7, "adversarial": -9.0, "none": 0.0}[kind]
    return np.zeros(len(answer)) if kind == "none" else lift * (answer >= 0) + rng.normal(size=len(answer))


def ordinary(n: int, kind: str, *, found: int | None = None, run: int = 1) -> Callable[[np.random.Generator], World]:
    """100 positives of n, 80 to 100 of them found unless said otherwise."""

    def make(rng: np.random.Generator) -> World:
        rows = placed(rng, n, 100, run)
        answer = np.full(n, -1, np.int8)
        answer[rows] = 1
        known = found if found is not None else int(rng.integers(80, 101))
        return World(answer, rows[:known], 100, scored(rng, answer, kind), np.arange(n) // (2 * run))

    return make


def border(n: int, kind: str = "none", *, run: int = 1, unsure: int = 0) -> Callable[[np.random.Generator], World]:
    """101 positives, 90 found: one unit short of nine tenths. The missed lie in runs."""

    def make(rng: np.random.Generator) -> World:
        rows = np.append(placed(rng, n // 2, 90, 1), n // 2 + placed(rng, n // 2, 11, run))
        answer = np.full(n, -1, np.int8)
        answer[rows] = 1
        answer[rows[90 : 90 + unsure]] = 0
        return World(answer, rows[:90], 101, scored(rng, answer, kind), np.arange(n) // (2 * run))

    return make


def overlooked(rate: float, recall: float) -> Callable[[np.random.Generator], World]:
    """400 positives of 8,000, each overlooked at the rate; of the visible as many found as are one short."""

    def make(rng: np.random.Generator) -> World:
        rows = rng.choice(8000, 400, replace=False)
        visible = rows[rng.random(400) >= rate]
        answer = np.full(8000, -1, np.int8)
        answer[visible] = 1
        found = visible[: math.ceil(recall * 400 - 1e-9) - 1]
        return World(answer, found, 400, np.zeros(8000), np.arange(8000), miss_rate=rate)

    return make


def by_windows(n: int, *, found: int, missed: int, longest: int) -> Callable[[np.random.Generator], World]:
    """Events of 1 to `longest` windows in n."""

    def make(rng: np.random.Generator) -> World:
        lengths = rng.integers(1, longest + 1, found + missed)
        gaps = rng.multinomial(n - lengths.sum(), np.full(len(lengths) + 1, 1 / (len(lengths) + 1)))
        starts = np.cumsum(gaps[:-1]) + np.cumsum(lengths) - lengths
        event = np.full(n, -1)
        for number, row in enumerate(rng.permutation(len(lengths))):
            event[starts[row] : starts[row] + lengths[row]] = number
        return of_events(event, found)

    return make


def of_events(event: NDArray[np.int64], found: int) -> World:
    """The first window of each event is its positive unit; events 0 to found − 1 are found."""
    numbers, first = np.unique(event, return_index=True)
    answer = np.full(len(event), -1, np.int8)
    answer[first[numbers >= 0]] = 1
    rows = first[(numbers >= 0) & (numbers < found)]
    return World(answer, rows, int(numbers.max()) + 1, np.zeros(len(event)), np.arange(len(event)), event)


def plain(world: World) -> World:
    """The same start, audited by uniform draws alone."""
    n = len(world.answer)
    return replace(world, scores=np.zeros(n), groups=np.arange(n))


def items(world: World) -> World:
    """The same claim, audited at each of twelve items instead of once a window."""
    assert world.event is not None
    return of_events(np.repeat(world.event, 12), len(world.found))


def cells() -> list[Cell]:
    """Every cell of the table."""
    rows = []
    for n, look in ((10_000, 36), (100_000, 360), (1_000_000, 3600)):
        for kind in ("good", "poor", "adversarial"):
            for run in (1, 5) if n < 1_000_000 or kind == "poor" else (1,):
                name = f"{100 / n:.0e} {kind}{', in runs' if run > 1 else ''}"
                rows.append(Cell(name, ordinary(n, kind, run=run), look=look, beside=plain, most=1.2))
        missing = ordinary(n, "good", found=80)
        rows.append(Cell(f"{100 / n:.0e} good, 20 missing", missing, look=look, beside=plain, most=0.5))
    rows += [
        Cell("one short of the claim", border(10_000), 2000, look=10_000),
        Cell("one short, 1e-3", border(100_000), 2000, look=100_000),
        Cell("missed are least likely", border(5_000, "adversarial"), 2000),
        Cell("missed are one long event", border(10_000, run=11), 2000),
        Cell("six can't tells", border(10_000, unsure=6), 2000, look=10_000),
        Cell("overlooked 0 %", overlooked(0.0, 0.8), 2000, recall=0.8),
        Cell("overlooked 5 %", overlooked(0.05, 0.8), 2000, recall=0.8),
        Cell("overlooked 20 %", overlooked(0.2, 0.6), 2000, recall=0.6),
        Cell("events by windows, one short", by_windows(10_000, found=90, missed=11, longest=40), 2000),
        Cell("windows, beside items", by_windows(1000, found=100, missed=0, longest=3), beside=items, most=0.1),
        Cell("the same, 3 events missed", by_windows(1000, found=97, missed=3, longest=3), beside=items, most=0.5),
    ]
    return rows


CELLS = cells()


def play(task: tuple[int, int]) -> tuple[int, Outcome, Outcome | None]:
    """One campaign, and the same beside."""
    started = time.process_time()
    number, seed = task
    cell = CELLS[number]
    world = cell.make(np.random.default_rng([seed, number]))
    out = Campaign(world, cell, np.random.default_rng([seed, number, 1])).run(cell.look)
    beside = None
    if cell.beside:
        other = cell.beside(world)
        look = len(other.answer) if other.event is None else cell.look
        beside = Campaign(other, cell, np.random.default_rng([seed, number, 2])).run(look)
    out.seconds = time.process_time() - started
    return number, out, beside


def chance(failures: int, campaigns: int, rate: float) -> float:
    """Of so many failures or more."""
    n, logs = campaigns, [math.log(rate), math.log(1 - rate)]
    return sum(
        math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * logs[0] + (n - k) * logs[1])
        for k in range(failures, n + 1)
    )


def is_the_audit(world: World, seed: int) -> None:
    """Campaign and Audit, look by look, from the same draws."""
    cell = Cell("", lambda rng: world)
    campaign = Campaign(world, cell, np.random.default_rng(seed))
    known = np.setdiff1d(known_of(world, world.found), world.found)
    rng = np.random.default_rng(seed)
    audit = Audit(world.scores, world.groups, world.found, 0.9, CONFIDENCE, rng, seen=known)
    while not campaign.out.claimed and campaign.total.unseen:
        campaign.look(36)
        rows, _ = audit.next(36)
        audit.record(rows, world.answer[rows])
        known = known_of(world, rows)
        known = known[~audit.taken()[known]]
        audit.record(known, world.answer[known])
        claim = audit.claim()
        assert claim.holds == campaign.out.claimed, (claim, campaign.out)
        if not claim.holds:
            mine = (campaign.draws, campaign.hits, campaign.found, campaign.total.upper())
            assert mine == (claim.draws, claim.hits, claim.found, claim.total_upper), (mine, claim)


def main() -> None:
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        makes = [ordinary(3000, "good", run=5), ordinary(3000, "poor"), border(3000, "adversarial", unsure=3)]
        for make in [*makes, by_windows(3000, found=90, missed=11, longest=9)]:
            is_the_audit(make(rng), seed)
    started = time.perf_counter()
    tasks = [(i, seed) for i, cell in enumerate(CELLS) for seed in range(max(2, round(cell.campaigns * share)))]
    done: list[list[tuple[Outcome, Outcome | None]]] = [[] for _ in CELLS]
    print(f"{'cell':34}{'campaigns':>10}{'claims':>8}{'false':>7}{'chance':>8}{'answers':>9}{'beside':>9}{'ratio':>7}")
    failed = 0
    with multiprocessing.get_context("spawn").Pool(min(2, os.cpu_count() or 1)) as pool:
        for number, out, other in pool.imap(play, tasks, chunksize=5):
            done[number].append((out, other))
            if len(done[number]) == sum(task[0] == number for task in tasks):
                failed += not told(CELLS[number], done[number])
    busy = sum(out.seconds for outcomes in done for out, _ in outcomes) / 2
    print(
        f"{failed} cells failed; {time.perf_counter() - started:.0f} s, of which each of two cores worked {busy:.0f} s"
    )
    sys.exit(failed > 0)


def told(cell: Cell, done: list[tuple[Outcome, Outcome | None]]) -> bool:
    """Prints a cell's line; whether it passes."""
    wrong = sum(out.wrong for out, _ in done)
    likely = chance(wrong, len(done), 1 - CONFIDENCE)
    price = median([out.answers for out, _ in done if out.claimed])
    beside = median([other.answers for _, other in done if other and other.claimed])
    ratio = price / beside if beside else math.nan
    passed = likely >= SMALL_CHANCE and not ratio > cell.most
    claims = sum(out.claimed for out, _ in done)
    print(
        f"{cell.name:34}{len(done):10}{claims:8}{wrong:7}{likely:8.2f}{price:9.0f}{beside:9.0f}{ratio:7.2f}"
        f"{'' if passed else '  FAILED'}",
        flush=True,
    )
    return passed


def median(values: list[int]) -> float:
    return float(np.median(values)) if values else math.nan


if __name__ == "__main__":
    main()
