"""Where known events begin and end: galloping and bisection along time, and what follows between two yes's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from raravis.errors import InputError
from raravis.pick.lines import Lines, lines
from raravis.pick.stretch import Question, Stretch
from raravis.types import YES, Bools, Floats, Ints, Pool

PROPAGATED = 0.5  # weight of a yes that nobody gave: it lies between two that were given
ANSWERED = 1.0  # weight of an answer that a person gave
UNEXPECTED = 0.1  # chance that an event goes on where a no is expected


@dataclass(frozen=True)
class Ends:
    """Settings of the search for ends. It keeps nothing: all follows from what people answered in the pool.

    Distance along a timeline counts frames, stretched where neighbouring vectors jump; `jumps` is the share that the
    jumps have in it. So the frames at a cut are asked about first, yet a cut is never taken for an answer.
    """

    gap_seconds: float = 1.0  # yes times at most this far apart are one event: what lies between is left open
    jumps: float = 0.95
    spot_check: float = 0.03  # at least this share of each event is answered, not propagated

    def __post_init__(self) -> None:
        if self.gap_seconds < 0 or not 0 <= self.jumps < 1 or not 0 <= self.spot_check <= 1:
            wanted = "a gap of 0 s or more, a share of jumps below 1 and a spot check in 0..1"
            raise InputError(f"{self}: wanted {wanted}")

    def ask(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Rows (k,) that place ends, then some of the inside, and how many frames each may settle; ties at random.

        Nothing while no end is open. Rows of the inside may stand in the pool as propagated.
        """
        return _first(self._questions(self._stretches(pool)), k, rng)

    def ask_what_pays(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats, Ints]:
        """As `ask`, without ends that can wait; and the rows beside those, rising, which nothing else should ask about.

        An end can wait where the next frame looks so unlike the event that a no is expected, and the search finds
        more with an answer than the small chance of a yes is worth; not when the budget is about to end.
        """
        stretches = list(self._stretches(pool))
        asked = self._questions(stretches)
        lengths = [length for stretch in stretches for length in stretch.lengths()]
        usual = float(np.mean(lengths or [0]))
        worth = usual / _answers_an_event(pool, len(lengths))  # frames that an answer of a search finds
        waiting = [one for one in asked if one.beside and UNEXPECTED * max(one.length, usual) < worth]
        if pool.budget_left is not None and pool.budget_left <= len(waiting):
            waiting = []
        later = {one.row for one in waiting}
        beside = np.array(sorted({row for one in waiting for row in one.beside}), np.int64)
        return *_first([one for one in asked if one.row not in later], k, rng), beside

    def between(self, pool: Pool) -> Ints:
        """Rows, rising, that nobody answered and that follow as yes from the answers around them: one a frame."""
        return np.sort(np.array([row for stretch in self._stretches(pool) for row in stretch.between()], np.int64))

    def _questions(self, stretches: Iterable[Stretch]) -> list[Question]:
        return [question for stretch in stretches for question in stretch.questions(self.spot_check)]

    def _stretches(self, pool: Pool) -> Iterator[Stretch]:
        """The stretches of time with a yes in them, and what was answered there."""
        known, answered = lines(pool), np.flatnonzero(pool.asked & (pool.weight == ANSWERED))
        answered = answered[(pool.label[answered] == YES) | _settled(pool, known, known.position[answered])]
        position = known.position[answered]
        piece, yes = known.piece[position], pool.label[answered] == YES
        for number in np.unique(piece[yes]).tolist():
            here = piece == number
            at, frame = np.unique(position[here] - known.pieces[number], return_inverse=True)
            is_yes = np.zeros(len(at), bool)
            is_yes[frame[yes[here]]] = True
            yield Stretch(pool, known, number, at, is_yes, gap_seconds=self.gap_seconds, jumps=self.jumps)


def _answers_an_event(pool: Pool, events: int) -> float:
    """Answers that it took to find one of them, without those about ends: two no's each are taken for these."""
    noes = int(np.sum(pool.asked & (pool.weight == ANSWERED) & (pool.label != YES)))
    return 1 + max(noes / max(events, 1) - 2, 0)


def _first(asked: list[Question], k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,) of those that settle most, ends before the inside, and how many frames; ties at random."""
    keys = [(question.inside, -question.settles) for question in asked]
    order = sorted(rng.permutation(len(asked)).tolist(), key=keys.__getitem__)[:k]
    rows, settles = [asked[i].row for i in order], [asked[i].settles for i in order]
    return np.array(rows, np.int64), np.array(settles, np.float32)


def _settled(pool: Pool, known: Lines, position: Ints) -> Bools:
    """(n,) whether nothing of the frame is left to ask: a no to one tile says nothing of the others."""
    if len(known) == len(pool):
        return np.ones(len(position), bool)
    return np.logical_and.reduceat(pool.asked[known.rows], known.starts[:-1])[position]
