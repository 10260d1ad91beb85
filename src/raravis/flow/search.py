"""The loop that `find`, `label` and `simulate` drive: pick, answer, fit, again. Pure: no store, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raravis import plugins
from raravis.flow.aside import passed_over, set_aside
from raravis.flow.fitting import Fit, fit_for
from raravis.pick.ends import ANSWERED, PROPAGATED, Ends
from raravis.pick.lines import lines
from raravis.pick.part import Parts
from raravis.train.linear import LinearFit
from raravis.types import CANT_TELL, NO, WHOLE, YES, Bools, Floats, Ints, Pool, Strategy

LOOK = 3  # items asked at a time: with more, more answers are needed
ROUND = 10  # of a round that somebody answers whole, on one sheet
NOTHING: Ints = np.zeros(0, np.int64)
PART = 0.99  # weight of a blind box for whose sake its frame was asked about: an answer's, and yet told from one


class Search:
    """One concept's search over a pool. Answers land in the pool; nothing else changes it.

    A round follows from the seed, its number, the answers so far and those that the newest head saw, so it can be
    made again. The head is fitted every `refit_every` answers: as the strategy itself says, else before every look.
    An answer can be replaced by another; to take one back, make the search again from the log.

    With `ends` the ends of known events are asked for first, but for those that can wait, and what lies between two
    yes's stands in the pool as a yes of weight PROPAGATED, `propagated` (P,) rows, until answers say otherwise.
    `reasons` (k,) tells of each row of the newest look why it is asked: "end" or "inside" of a known event, or what the
    strategy says.

    Where `blind` (N,) rows, boxes laid without looking, have the whole of their frame beside them, they are evidence
    and no questions: the frame is asked about, once, for the sake of the likeliest (`because`). The answer settles them
    all; it teaches of the whole, and, with weight PART, of the one that it was asked for the sake of.
    """

    def __init__(
        self,
        pool: Pool,
        strategy: Strategy,
        *,
        fit: Fit,
        ends: Ends | None = None,
        refit_every: int | None = None,
        seed: int = 0,
        boxes: NDArray[Any] | None = None,
        blind: Bools | None = None,
        round_number: int = 0,
    ) -> None:
        self.pool, self.strategy, self.fit, self.ends = pool, strategy, fit_for(strategy, fit), ends
        self.seed, self.round_number, self.boxes = seed, round_number, boxes
        self.refit_every = refit_every or int(getattr(strategy, "select_per_round", 1))
        self.answers = 0
        self.reasons: tuple[str, ...] = ()
        self.because: dict[int, int] = {}  # by row asked about, the row for whose sake it was
        self.propagated: Ints = np.zeros(0, np.int64)
        self.newest: LinearFit | None = None
        above = getattr(strategy, "part_above", None)
        self._parts = Parts(pool) if above is not None and pool.vectors.data.size > above else None
        self._scored: tuple[LinearFit, Floats] | None = None  # everything, in parts, for whoever wants it
        self._since = self.refit_every  # so that the first round fits to whatever is known by then
        self._question = questions(pool.frame, boxes, blind)

    def next(
        self, k: int = LOOK, *, withheld: Ints = NOTHING, fill: bool = False, short: bool = False
    ) -> tuple[Ints, Floats]:
        """Rows (k,) to ask next, best first, and their scores; fewer when fewer are left in pool or budget.

        Fewer, too, while an end is open that cannot wait: then nothing else is asked, for what it tells changes what is
        wanted next; unless `fill` wants as many as there are. A `short` look ends where the strategy has `enough`, too.
        Rows `withheld` are being asked already: neither they nor others of their frames come, and a strategy takes them
        for answered with can't tell.
        """
        rng = np.random.default_rng([self.seed, self.round_number])
        self.round_number += 1
        left = self.pool.budget_left
        k = k if left is None else min(k, left)
        rows, scores, waiting = self._open_ends(k, rng, withheld)
        asked = self._widest(rows)
        if not len(rows) or (fill and len(rows) < k):
            ends = self.reasons
            with set_aside(self.pool, np.append(withheld, asked)), passed_over(self.pool, waiting):
                gone = len(withheld) and self.pool.asked.all()  # then no other head: what shows nothing is in no log
                more, worth = self._nothing() if gone else self._wanted(k - len(rows), rng)
            if short:
                more, worth = self._a_look(more, worth)
            rows, scores, self.reasons = np.append(rows, more), np.append(scores, worth), ends + self.reasons
            asked = np.append(asked, self._question[more])
        if not len(rows) and len(waiting):
            rows, scores, _ = self._open_ends(k, rng, withheld, all_of_them=True)
            asked = self._widest(rows)
        self.because |= dict(zip(asked.tolist(), rows.tolist(), strict=True))
        return asked, scores

    def _nothing(self) -> tuple[Ints, Floats]:
        self.reasons = ()
        return NOTHING, np.zeros(0, np.float32)

    def _open_ends(
        self, k: int, rng: np.random.Generator, withheld: Ints, *, all_of_them: bool = False
    ) -> tuple[Ints, Floats, Ints]:
        """Rows that place ends and what they settle; and rows beside ends that wait while the search finds more."""
        if self.ends is None:
            return *self._nothing(), NOTHING
        most = k + len(withheld)
        if all_of_them:
            (rows, settles), waiting = self.ends.ask(self.pool, most, rng), NOTHING
        else:
            rows, settles, waiting = self.ends.ask_what_pays(self.pool, most, rng)
        free = ~np.isin(self.pool.frame[rows], self.pool.frame[withheld])
        rows, settles = rows[free][:k], settles[free][:k]
        self.reasons = tuple("inside" if known else "end" for known in self._inside(rows))
        return rows, settles, waiting

    def open_ends(self) -> Ints:
        """Rows, one for each end of a known event that is not placed yet, waiting or not: what to ask there next."""
        if self.ends is None:
            return NOTHING
        rows, _ = self.ends.ask(self.pool, len(self.pool), np.random.default_rng(0))
        return self._widest(rows[~self._inside(rows)])

    def _inside(self, rows: Ints) -> Bools:
        """(n,) whether each lies inside a known event."""
        return np.isin(self._question[rows], self.propagated)

    def _a_look(self, rows: Ints, scores: Floats) -> tuple[Ints, Floats]:
        """The rows that the strategy thinks enough where ends are placed; all where it says nothing of that."""
        enough = getattr(self.strategy, "enough", None) if self.ends else None
        prob = self.probability(rows) if enough else None
        n = len(rows) if enough is None or prob is None else enough(self.pool, rows, prob)
        self.reasons = self.reasons[:n]
        return rows[:n], scores[:n]

    def _wanted(self, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
        if self._parts is not None:
            rows, part = self._parts.of(self.round_number)
            picked, scores = self._picked(part, k, rng)
            if len(picked) == k:
                return rows[picked], scores
            return self._picked(replace(self.pool, prob=None), k, rng)
        return self._picked(self.pool, k, rng)

    def _picked(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
        if self._since >= self.refit_every:
            self._fit(pool, rng)
        elif pool.prob is None:
            self._score(pool)
        rows, scores = self.strategy(pool, k, rng)
        reason = getattr(self.strategy, "reason", None)
        self.reasons = ("",) * len(rows) if reason is None else tuple(reason(pool, rows))
        return rows, scores

    def probability(self, rows: Ints | None = None) -> Floats | None:
        """(N,) by the newest head, or (n,) of rows alone; None before there is one. In parts not kept by the pool."""
        scores, head = self.pool.prob, self.newest
        if self._parts is not None and head is not None:
            if rows is not None:
                return head.probability(self.pool, rows)
            scores = self._scored_by(head)
        return scores if scores is None or rows is None else scores[rows]

    def _scored_by(self, head: LinearFit) -> Floats:
        """(N,) once for each head."""
        kept = self._scored
        if kept is None or kept[0] is not head:
            kept = self._scored = head, head.probability(self.pool)
        return kept[1]

    def refit(self, rng: np.random.Generator) -> None:
        """Fits a head to the answers so far and scores the pool; what cannot be fitted leaves both as they are."""
        self._fit(self.pool, rng)

    def _fit(self, pool: Pool, rng: np.random.Generator) -> None:
        self._since = 0
        choose = getattr(self.strategy, "train_rows", None)
        if choose is not None and pool.prob is None and self.newest is None and pool.asked.any():
            self._learn(pool, rng.spawn(1)[0], pool.asked)  # made again from a log: by what would it choose?
        self._learn(pool, rng, pool.asked if choose is None else choose(pool))

    def _learn(self, pool: Pool, rng: np.random.Generator, chosen: Bools) -> None:
        self.newest = self.fit(pool, rng, chosen) or self.newest
        self._score(pool)

    def _score(self, pool: Pool) -> None:
        if self.newest is not None:
            pool.prob = self.newest.probability(pool)

    def record(self, rows: Sequence[int] | Ints, values: ArrayLike, *, counted: bool = True) -> None:
        """Answers (n,) for rows (n,), 1, -1 or 0, and what they imply; `counted=False` for what was given free."""
        given = np.asarray(values, np.int8)
        assert given.shape == np.shape(rows), "one value a row"
        for row, value in zip(np.asarray(rows, np.int64).tolist(), given.tolist(), strict=True):
            self._settle(np.array([row]), value, weight=ANSWERED)
            self._imply(row, value)
        self._propagate()
        self._since += len(given)
        self.answers += len(given) * counted
        if counted and self.pool.budget_left is not None:
            self.pool.budget_left -= len(given)

    def _propagate(self) -> None:
        """What follows from the answers stands in the pool; what no longer follows is open again."""
        if self.ends is None:
            return
        pool, old = self.pool, self.propagated[self.pool.weight[self.propagated] == PROPAGATED]
        self.propagated = np.unique(self._question[self.ends.between(pool)])
        for row in np.setdiff1d(old, self.propagated, assume_unique=True).tolist():
            gone = self._asked_by(row)
            pool.asked[gone], pool.label[gone], pool.weight[gone] = False, CANT_TELL, 0.0
        for row in np.setdiff1d(self.propagated, old, assume_unique=True).tolist():
            self._settle(self._asked_by(row), CANT_TELL, weight=0.0)
        self._settle(self.propagated, YES, weight=PROPAGATED)

    def _imply(self, row: int, value: int) -> None:
        """A yes for a box is a yes for what holds it and settles its frame; a no is a no for all inside it.

        Blind boxes are settled by any answer about their frame, and the one that it was asked for learns it.
        """
        if self.boxes is None or len(self._same_frame(row)) == 1:
            return
        others, blind = self._open(row), self._asked_by(row)
        if value == YES:
            holding = _covers(self.boxes[others], self.boxes[row])
            self._settle(others[holding], YES, weight=0.0)
            self._settle(others[~holding], CANT_TELL, weight=0.0)
        elif value == NO:
            self._settle(others[_covers(self.boxes[row], self.boxes[others])], NO, weight=0.0)
        else:
            self._settle(blind, CANT_TELL, weight=0.0)
        if value != CANT_TELL:
            self._settle(blind[blind == self.because.get(row)], value, weight=PART)

    def _open(self, row: int) -> Ints:
        """The items of the row's frame that nobody answered."""
        rows = self._same_frame(row)
        answered: Bools = self.pool.asked[rows] & (self.pool.weight[rows] == ANSWERED)
        return rows[~answered]

    def _asked_by(self, row: int) -> Ints:
        """The rows, of those that nobody answered, for whose sake this one is asked about: itself and blind ones."""
        rows = self._open(row)
        mine: Bools = self._question[rows] == row
        return rows[mine]

    def _widest(self, rows: Ints) -> Ints:
        """(n,) the item that covers its whole frame's items, where there is one: a no to a tile clears no frame."""
        return np.array([self._widest_of(row) for row in rows.tolist()], np.int64)

    def _widest_of(self, row: int) -> int:
        if self.boxes is None:
            return row
        others = self._same_frame(row)
        most = others[_covers(self.boxes[others][:, None], self.boxes[others][None]).all(1)]
        return int(most[0]) if len(most) else row

    def _same_frame(self, row: int) -> Ints:
        """The items of the row's frame."""
        known = lines(self.pool)
        return known.items(int(known.position[row]))

    def _settle(self, rows: Ints, value: int, *, weight: float) -> None:
        self.pool.asked[rows], self.pool.label[rows], self.pool.weight[rows] = True, value, weight


def questions(frame: Ints, boxes: NDArray[Any] | None, blind: Bools | None) -> Ints:
    """(N,) the row to ask about for the sake of each: the whole of its frame for a blind one, where there is one."""
    rows = np.arange(len(frame))
    if boxes is None or blind is None or not blind.any():
        return rows
    _, number = np.unique(frame, return_inverse=True)
    whole_of = np.full(len(frame), -1)
    whole = np.flatnonzero(np.all(boxes == WHOLE, axis=1))
    whole_of[number[whole]] = whole
    return np.asarray(np.where(blind & (whole_of[number] >= 0), whole_of[number], rows), np.int64)


def _covers(outer: NDArray[Any], inner: NDArray[Any]) -> Bools:
    """Whether outer (..., 4) boxes cover inner (..., 4) ones."""
    low = np.all(outer[..., :2] <= inner[..., :2], axis=-1)
    return np.asarray(low & np.all(outer[..., 2:] >= inner[..., 2:], axis=-1))


def strategy_and_ends(spec: str, *, gap_seconds: float = Ends.gap_seconds) -> tuple[Strategy, Ends | None]:
    """What `NAME[:SETTINGS][+ends|-ends]` asks for; without a suffix the strategy says whether it wants the ends."""
    name = spec.removesuffix("+ends").removesuffix("-ends")
    strategy = plugins.strategy(name)
    wanted = spec.endswith("+ends") or (name == spec and getattr(strategy, "wants_ends", False))
    return strategy, Ends(gap_seconds=gap_seconds) if wanted else None
