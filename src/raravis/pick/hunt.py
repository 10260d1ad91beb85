"""Hunt: the likely, as far as it is unlike what was answered no; what time makes alike is asked about once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raravis.arrays import reached
from raravis.errors import InputError
from raravis.pick.batch import best
from raravis.pick.kernel import opinion
from raravis.pick.lines import Lines, events_among, lines, spread
from raravis.pick.noes import apart, distance, when
from raravis.pick.novel import new_modes
from raravis.pick.part import LARGE
from raravis.pick.shots import at_ends
from raravis.pick.top import confidence
from raravis.types import CANT_TELL, Bools, Floats, Ints, Pool

BINS = 1 << 16  # scores are ranked by histogram: a sort of 1,000,000 takes longer than the scan
CANDIDATES = 384  # whose likeness to the answers is looked at: half the likeliest, half at random
LIKELIEST = 30  # items: of a window that holds some of them the best is looked at, of another any
AT_ENDS = 10  # rows, the first of those picked, that may move to an end of their shot: each costs a look around
LEAST = 0.01  # worth of what is least likely
NEW_MODE = "new mode"
RATHER_A_HIT = 0.5
EXPONENTS = (0.4, 0.2)  # docs/hunt.md: a high one alone and a low one alone each fail on some collection
ALONE = 0.1  # of what stands alone in time


@dataclass(frozen=True)
class Hunt:
    """A strategy. Worth is log(1 / share of the pool that is likelier) x distance to the nearest no ** exponent.

    The exponent, in turn over what is asked, says how much the head is believed: by the lowest the likeliest
    come, by the highest what no answer speaks against. An item picked counts as a no for the next; of a window of
    frames one is picked, and one of the shot's ends asked instead where that is nearly as likely.
    """

    window: int = 10  # frames
    rows_an_event: int = 8  # that a head learns from: an event's frames are near copies
    example_weight: float = 4.0  # answers: or the first event found drowns what the example says of others

    wants_ends = True
    part_above = LARGE

    def __post_init__(self) -> None:
        if min(self.window, self.rows_an_event) < 1 or not self.example_weight > 0:
            wanted = "a window of 1 frame or more, 1 row an event or more, and examples that weigh more than 0"
            raise InputError(f"{self}: wanted {wanted}")

    def __call__(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Rows (k,) and the logarithm of their worth, most first; when windows run out, the likeliest left."""
        known, (level, worth_of) = lines(pool), surprise(pool)
        rows = _one_a_window(pool, known, level, self.window, rng)
        rows = rows[_candidates(worth_of[level[rows]], rng)]
        alone, worth = _alone(known, rows), worth_of[level[rows]]
        rows, scores = _greedy(pool, rows, np.log(_reordered(pool, rows, worth, alone, rng)), alone, k, rng)
        if pool.complete:
            rows[:AT_ENDS] = at_ends(pool, rows[:AT_ENDS], lambda some: worth_of[level[some]])
        if len(rows) < k:
            more, _ = best(pool, worth_of[level], k, rng)
            more = more[~np.isin(pool.frame[more], pool.frame[rows])][: k - len(rows)]
            rows, scores = np.append(rows, more), np.append(scores, np.log(worth_of[level[more]]))
        order = np.argsort(-scores, kind="stable")
        return rows[order], scores[order]

    def train_rows(self, pool: Pool) -> Bools:
        """(N,) answers to learn from: of the yes's of one event a few, spread over it, and all the rest."""
        chosen: Bools = pool.asked & (pool.label != CANT_TELL) & (pool.weight > 0)
        for event in events_among(pool, np.flatnonzero(chosen)):
            chosen[event] = False
            chosen[spread(event, self.rows_an_event)] = True
        return chosen

    def enough(self, pool: Pool, rows: Ints, prob: Floats) -> int:
        """How many of rows (k,), best first, make a look: none behind one that by prob (k,) is rather a hit than not.

        Where it begins and ends is asked next, and what that tells changes what is wanted. What is alone has no ends.
        """
        rather = (prob > RATHER_A_HIT) & ~_alone(lines(pool), rows)
        return int(np.argmax(rather)) + 1 if rather.any() else len(rows)

    def reason(self, pool: Pool, rows: Ints) -> list[str]:
        """(k,) NEW_MODE for what is likely and yet unlike all that was found; of the others nothing to tell."""
        return [NEW_MODE if new else "" for new in new_modes(pool, rows)]


def surprise(pool: Pool) -> tuple[Ints, Floats]:
    """(N,) a level for each item, larger is likelier, and (L,) what each level is worth, which rises.

    Worth is log(N / items at least as likely), by the newest head or by likeness; 1 while nothing is known.
    """
    score = confidence(pool)
    if pool.prob is not None:  # a share of their range tells items apart where one of probabilities wouldn't
        score = log_odds(score)
    low, high = (float(score.min()), float(score.max())) if len(score) else (0.0, 0.0)
    if not high > low:
        return np.zeros(len(score), np.int64), np.ones(1, np.float32)
    level = ((score - low) * np.float32((BINS - 1) / (high - low))).astype(np.int64)
    count = np.bincount(level, minlength=BINS)
    at_least = np.cumsum(count[::-1])[::-1] - (count - 1) / 2
    return level, np.asarray(np.log(len(score) / np.maximum(at_least, 1)) + LEAST, np.float32)


def log_odds(prob: Floats) -> Floats:
    """(n,) finite for every probability, 0 and 1 too."""
    odds, against = np.maximum(prob, np.float32(1e-35)), np.minimum(prob, np.float32(1 - 1e-7))
    odds /= np.subtract(1, against, out=against)  # in place: at 1,000,000 each array that is new costs as much as this
    return np.log(odds, out=odds)


def _one_a_window(pool: Pool, known: Lines, level: Ints, every: int, rng: np.random.Generator) -> Ints:
    """A row of each window of `every` frames: where it holds some of the LIKELIEST, the best; else drawn, if unasked.

    The best frame of every window looks as what was found does, round after round: one that is drawn may not.
    """
    starts, likely = known.windows(every), _likeliest(pool, level, rng)
    drawn = starts[:-1] + (rng.random(len(starts) - 1) * np.diff(starts)).astype(np.int64)
    chosen = known.rows[drawn]
    chosen[np.searchsorted(starts, known.starts[known.position[likely]], "right") - 1] = likely  # the last is the best
    return np.asarray(chosen[~pool.asked[chosen]], np.int64)


def _likeliest(pool: Pool, level: Ints, rng: np.random.Generator) -> Ints:
    """Unasked rows, LIKELIEST of them or fewer, by rising level, ties at random; none of the lowest."""
    most = min(LIKELIEST + int(pool.asked.sum()), len(pool))
    among = np.flatnonzero(level >= max(reached(level, most), 1)) if most else np.zeros(0, np.int64)
    among = among[~pool.asked[among]]
    return among[np.lexsort((rng.random(len(among)), level[among]))][-LIKELIEST:]


def _candidates(worth: Floats, rng: np.random.Generator) -> Ints:
    """Which of n to look at, CANDIDATES at most: half of them of most worth, half drawn from the others."""
    if len(worth) <= CANDIDATES:
        return np.arange(len(worth))
    order = np.argpartition(-worth, CANDIDATES // 2)
    drawn = rng.choice(order[CANDIDATES // 2 :], CANDIDATES // 2, replace=False)
    return np.append(order[: CANDIDATES // 2], drawn)


def _alone(known: Lines, rows: Ints) -> Bools:
    """(n,) what stands alone in time, as photographs do: there, what is like a hit is no repeat of it."""
    return known.alone[known.position[rows]]


def _reordered(pool: Pool, rows: Ints, worth: Floats, alone: Bools, rng: np.random.Generator) -> Floats:
    """Worth (n,), among what is alone dealt out by what a kernel machine thinks of it; not where vectors are missing.

    For it wants to know how vectors differ in the whole collection.
    """
    if pool.prob is None or not pool.complete or alone.sum() < 2:
        return worth
    likeliest = np.argsort(-opinion(pool, rows[alone], rng), kind="stable")
    dealt = worth.copy()
    dealt[np.flatnonzero(alone)[likeliest]] = -np.sort(-worth[alone])
    return dealt


def _greedy(
    pool: Pool, rows: Ints, worth: Floats, alone: Bools, k: int, rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """Rows (k,) picked one after the other, and their scores; worth (n,) and alone (n,) go with rows (n,).

    Of what is alone the likeliest come, and as many alike as there are.
    """
    vectors, moments = pool.vectors.data[rows].astype(np.float32), when(pool, rows)
    far, worth, among = np.log(distance(pool, vectors, moments, rng)), worth.copy(), vectors @ vectors.T
    believed = {exponent: np.where(alone, np.float32(ALONE), np.float32(exponent)) for exponent in EXPONENTS}
    picked, scores = [], []
    for exponent in np.take(EXPONENTS, _answers(pool) + np.arange(min(k, len(rows))), mode="wrap").tolist():
        score = worth + believed[exponent] * far
        best_of = np.flatnonzero(score == score.max())
        at = int(best_of[0] if len(best_of) == 1 else rng.choice(best_of))
        picked.append(at)
        scores.append(score[at])
        worth[at] = -np.inf
        np.minimum(far, np.log(apart(among[at], moments - moments[at])), out=far, where=~alone)
    return rows[picked], np.array(scores, np.float32)


def _answers(pool: Pool) -> int:
    """What people answered, and so where in turn the exponents are, however many items a look holds."""
    return int(np.sum(pool.weight[pool.asked] == 1))
