"""Two tiers: a cheap encoder sees everything, a better one the candidates, and a search asks about these.

The pool stays that of the cheap encoder, with every item: it ranks, it places ends along whole timelines, and the
head that is kept is over its vectors. Between it and its strategy stand the candidates, with both encoders' vectors
side by side; each look asks the better encoder for a few more.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import unit
from raravis.flow.fitting import Fit, fit_for
from raravis.flow.likeness import as_pictures
from raravis.pick.batch import falling, first_of_each
from raravis.pick.ends import ANSWERED
from raravis.pick.lines import lines
from raravis.pick.top import confidence
from raravis.types import YES, Bools, Floats, Ints, Pool, Strategy, Vectors

# Flat around these values on two collections of 4,000 and 5,400 items: docs/two-tiers.md
FIRST, FIRST_SHARE = 200, 0.01  # candidates to begin with: so many, or this share of the items where that is more
AN_ANSWER = 5  # further candidates for each answer since
EXPLORING = 0.1  # of them are spread evenly over time, the others are the likeliest
NEIGHBOURS = 2  # frames to each side of a hit
WINDOW = 10  # frames, of which one is a candidate: a strategy asks about no more of them

Seen = tuple[Ints, NDArray[Any]]  # rows (n,) of the pool and their vectors (n, D) under the better encoder


@dataclass(frozen=True, eq=False)
class Given:
    """The examples in both spaces; zeros where an encoder cannot read one."""

    cheap: Floats  # (E, D)
    close: Floats  # (E, D')
    sign: NDArray[np.int8]  # (E,)
    text: Bools  # (E,) whether `close` is a text's, which may lie far from all pictures


class Candidates:
    """Which rows of a pool have a vector under the better encoder too, and those vectors beside the cheap ones.

    `data` (N, D + D') is zero, and costs no memory, where a row is none; `tried` (N,) are those asked for so far.
    """

    def __init__(self, cheap: NDArray[Any], given: Given) -> None:
        self.cheap, self.given = cheap, given
        self.data = _zeros(len(cheap), cheap.shape[1] + given.close.shape[1])
        self.seen, self.tried = np.zeros(len(cheap), bool), np.zeros(len(cheap), bool)

    def add(self, rows: Ints, vectors: NDArray[Any]) -> None:
        """These rows are candidates from now on."""
        self.data[rows] = np.concatenate([self.cheap[rows], vectors], axis=1) * np.float32(0.5**0.5)
        self.seen[rows] = self.tried[rows] = True

    def pool(self, pool: Pool) -> Pool:
        """The same pool in both spaces side by side; what is no candidate stands as settled by others, with no answer.

        So windows and pauses along time are those of all frames.
        """
        return replace(
            pool,
            vectors=Vectors(pool.vectors.ids, self.data, pool.vectors.encoder),
            asked=pool.asked | ~self.seen,
            label=np.where(self.seen, pool.label, 0).astype(np.int8),
            weight=np.where(self.seen, pool.weight, 0).astype(np.float32),
            prob=None,
            complete=False,
            examples=self.examples(),
            example_sign=self.given.sign,
            scan=self.scan,
        )

    def examples(self) -> Floats:
        """(E, D + D') unit length; a text stands as a picture that it may be of, as far as candidates tell."""
        close, text = self.given.close.copy(), self.given.text
        if text.any() and self.seen.any():
            pictures = unit(self.data[self.seen, self.cheap.shape[1] :])
            close[text] = as_pictures(Vectors(np.flatnonzero(self.seen), pictures, "closer"), close[text])
        return unit(np.concatenate([self.given.cheap, close], axis=1))

    def scan(self, queries: Floats) -> Floats:
        """(Q, N) dot products; where a row is no candidate, as little as the least."""
        found = queries @ self.data[self.seen].astype(np.float32).T
        dots = np.repeat(found.min(1, keepdims=True, initial=0), len(self.data), axis=1)
        dots[:, self.seen] = found
        return dots


class Tiers:
    """A strategy: what another one asks of the candidates, of which it first gets more by `look`, unless that is None.

    The head that ranks them is fitted before every look, to the answers in both spaces.
    """

    part_above = None  # candidates are of the whole pool

    def __init__(self, strategy: Strategy, candidates: Candidates, *, fit: Fit, answers: int | None = None) -> None:
        self.strategy, self.candidates, self.fit = strategy, candidates, fit_for(strategy, fit)
        self.answers = answers  # when candidates were chosen last; None before there are any
        self.look: Callable[[Ints], Seen] | None = None
        self._prob: Floats | None = None

    def __getattr__(self, name: str) -> Any:
        """What a strategy may say of itself: which answers teach, how often a head is wanted, why a row is asked."""
        return getattr(self.strategy, name)

    def __call__(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Rows (k,) and scores of the strategy."""
        if self.look is not None:
            self._choose(pool, k, _apart(rng), self.look)
        both = self.candidates.pool(pool)
        choose = getattr(self.strategy, "train_rows", None)
        head = self.fit(both, rng, both.asked if choose is None else choose(both))
        if head is not None:
            both.prob = head.probability(both)
        self._prob = both.prob
        return self.strategy(both, k, rng)

    def enough(self, pool: Pool, rows: Ints, prob: Floats) -> int:
        """How many of rows (k,) make a look: as the strategy says, by the head that ranked them."""
        enough = getattr(self.strategy, "enough", None)
        prob = prob if self._prob is None else self._prob[rows]
        return len(rows) if enough is None else int(enough(pool, rows, prob))

    def _choose(self, pool: Pool, k: int, rng: np.random.Generator, look: Callable[[Ints], Seen]) -> None:
        mine, answers = self.candidates, int(np.sum(pool.asked & (pool.weight == ANSWERED)))
        count = first_count(len(pool)) if self.answers is None else AN_ANSWER * (answers - self.answers)
        count = max(count, k - int(np.sum(mine.seen & ~pool.asked)))
        while len(rows := chosen(pool, mine.tried, count, rng)):
            mine.tried[rows] = True
            mine.add(*look(rows))
            if np.any(mine.seen & ~pool.asked):  # else none of them could be read
                break
        self.answers = answers


def _zeros(n: int, dim: int) -> NDArray[np.float16]:
    """(n, dim) that take memory only where they are written: in the huge pages that np.zeros gets, a row takes 2 MB."""
    memory = mmap.mmap(-1, max(2 * n * dim, 1))
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, np.float16, n * dim).reshape(n, dim)


def _apart(rng: np.random.Generator) -> np.random.Generator:
    """Another, which leaves this one as it is: a round made again has no candidates to draw."""
    bits: Any = rng.bit_generator
    return np.random.Generator(bits.jumped())


def first_count(n: int) -> int:
    """How many of n items are candidates before the first answer."""
    return max(FIRST, int(FIRST_SHARE * n))


def chosen(pool: Pool, tried: Bools, count: int, rng: np.random.Generator) -> Ints:
    """Rising rows, of those never tried: what was answered, `count` others, and what lies beside a hit.

    Of the others some are spread evenly over time. The rest are the likeliest by the newest head, one a window as long
    as there are windows without a candidate.
    """
    answered = pool.asked & (pool.weight == ANSWERED) & ~tried
    open_ = ~pool.asked & ~tried
    spread = _evenly(pool, open_, round(count * EXPLORING), rng)
    open_[spread] = False
    likely = _likeliest(pool, open_, tried, count - len(spread), rng)
    beside = _beside_hits(pool)
    return np.unique(np.concatenate([np.flatnonzero(answered), spread, likely, beside[open_[beside]]]))


def _evenly(pool: Pool, open_: Bools, count: int, rng: np.random.Generator) -> Ints:
    """At most `count` open rows, as many open ones between any two of them, from a random one on."""
    rows = lines(pool).rows
    rows = rows[open_[rows]]
    count = min(count, len(rows))
    at = (np.arange(count) + rng.random()) * len(rows) / max(count, 1)
    return np.asarray(rows[at.astype(np.int64)], np.int64)


def _likeliest(pool: Pool, open_: Bools, tried: Bools, count: int, rng: np.random.Generator) -> Ints:
    """At most `count` open rows, likeliest first: the best of each window without a candidate, then the others."""
    known, window = lines(pool), np.empty(len(pool), np.int64)
    starts = known.windows(WINDOW)
    window[known.rows] = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    rows = falling(confidence(pool), rng)
    rows = rows[open_[rows]]
    first = first_of_each(window[rows], rows)
    first = first[~np.isin(window[first], window[tried])]
    return np.concatenate([first, rows[~np.isin(rows, first[:count])]])[: max(count, 0)]


def _beside_hits(pool: Pool) -> Ints:
    """Rows of the frames next to those answered yes, on the same stretch of time."""
    known = lines(pool)
    hits = np.unique(known.position[pool.asked & (pool.label == YES) & (pool.weight == ANSWERED)])
    near = hits[:, None] + np.arange(-NEIGHBOURS, NEIGHBOURS + 1)
    inside = np.clip(near, 0, len(known) - 1)
    near = np.unique(inside[(inside == near) & (known.piece[inside] == known.piece[hits][:, None])])
    return np.concatenate([np.zeros(0, np.int64), *(known.items(at) for at in near.tolist())])
