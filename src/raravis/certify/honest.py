"""Precision, recall and how common it is in a whole collection: from draws by chance, and what a search found. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from raravis.certify.drawn import Drawn, Reals
from raravis.errors import InputError
from raravis.types import Bools

TIMES = 10_000
PRIOR = 0.5  # Jeffreys'
MOST = 1e9  # effective draws: everything was seen


class Range(NamedTuple):
    """An estimate and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Honest:
    """Estimates over all units. Precision is None where nothing is said, recall where nothing is known to be there."""

    precision: Range | None
    recall: Range | None
    prevalence: Range | None
    draws: int
    on_purpose: int  # units that a search chose
    units: int
    post_stratified: bool  # what the classifier says of every unit was used

    def to_json(self) -> dict[str, Any]:
        """The fields by name; ranges as objects."""
        ranges = {name: getattr(self, name) for name in ("precision", "recall", "prevalence")}
        return asdict(self) | {name: one and one._asdict() for name, one in ranges.items()}


def honest(
    drawn: Drawn,
    said: Bools,
    yes: Bools,
    *,
    said_in_all: int | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Honest:
    """Estimates over all units from those known (n,): what the classifier says of each, and what is so.

    They are ratios of Horvitz-Thompson totals (Hájek 1971). `said_in_all` is of how many of all units it says yes,
    where it was run on all: then the draws are set against known numbers (post-stratified), which narrows the
    intervals. These take what is known for certain; of the unseen, what it says yes to and the rest apart, the share
    that is so has Jeffreys' posterior at the effective number of draws, and the ratios' quantiles over TIMES of them
    are the interval: so a miss that no draw met is in it, where a normal approximation would have none.
    Brown, Cai & DasGupta 2001, Statistical Science 16: 101-133. Raises InputError where nothing was drawn by chance.
    """
    if not drawn.draws:
        raise InputError("nothing was drawn by chance, so nothing can be said of what a search did not show")
    rng, total = np.random.default_rng(seed), _unseen(drawn, np.full(len(drawn), True), _units(drawn))
    stated, quiet = (_Part(drawn, said == side, yes) for side in (True, False))
    size = stated.guess if said_in_all is None else _unseen(drawn, said, said_in_all)
    sizes = _sizes(stated, quiet, total, rng) if said_in_all is None else np.full(TIMES, size)
    true, missed = stated.so(sizes, rng), quiet.so(total - sizes, rng)
    best_true, best_missed = stated.best(size), quiet.best(total - size)
    says, best, everything = stated.known + size, best_true + best_missed, stated.known + quiet.known + total
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    return Honest(
        _range(best_true, says, true / np.maximum(stated.known + sizes, 1e-12), tails),
        _range(best_true, best, true / np.maximum(true + missed, 1e-12), tails),
        _range(best, everything, (true + missed) / everything, tails),
        drawn.draws,
        int(np.sum(~drawn.by_chance)),
        _units(drawn),
        said_in_all is not None,
    )


class _Part:
    """The units that the classifier says yes to, or the others."""

    def __init__(self, drawn: Drawn, mine: Bools, yes: Bools) -> None:
        known, stands = drawn.known_weight() * mine, drawn.drawn_weight() * mine
        self.known, self.yes = float(known.sum()), float(known @ yes)  # what was known before a draw
        self.met = int(np.sum(mine & yes))
        self.guess = float(stands.sum())  # unseen units of this part, by the draws
        self.draws = int(np.sum(stands > 0))
        self.share = float(stands @ yes) / self.guess if self.guess else 0.5  # nothing is known
        self.effective = _effective(stands, drawn)

    def best(self, size: float) -> float:
        """How many of the part are so, where `size` units of it are unseen."""
        return max(self.yes + size * self.share, float(self.met))

    def so(self, sizes: Reals, rng: np.random.Generator) -> Reals:
        """(TIMES,) how many may be, for as many sizes."""
        a, b = self.effective * self.share + PRIOR, self.effective * (1 - self.share) + PRIOR
        return np.maximum(self.yes + sizes * rng.beta(a, b, TIMES), self.met)


def _effective(stands: Reals, drawn: Drawn) -> float:
    """How many draws from endless units say as much as these: Kish 1965, with each batch's finite population."""
    left = 1 - float(drawn.drawn @ (drawn.drawn / np.maximum(drawn.unseen, 1))) / drawn.draws
    squares = float(stands @ stands)
    return 0.0 if not squares else min(float(stands.sum()) ** 2 / squares / max(left, 1e-12), MOST)


def _units(drawn: Drawn) -> int:
    """All of them: those unseen before the first draw, and those known by then."""
    return int(drawn.unseen[0] + np.sum(drawn.since[~drawn.by_chance] == 0))


def _unseen(drawn: Drawn, mine: Bools, in_all: int) -> float:
    """How many of `in_all` units, those of mine (n,) among them, were unseen at a draw, on the average."""
    before = np.array([np.sum(mine & (drawn.since <= batch)) for batch in range(len(drawn.drawn))])
    return float(drawn.drawn @ (in_all - before) / drawn.draws)


def _sizes(stated: _Part, quiet: _Part, total: float, rng: np.random.Generator) -> Reals:
    """(TIMES,) how many of the unseen units it may say yes to, where it was not run on them."""
    effective = stated.effective + quiet.effective
    of = stated.guess / max(stated.guess + quiet.guess, 1e-12)
    return np.asarray(total * rng.beta(effective * of + PRIOR, effective * (1 - of) + PRIOR, TIMES))


def _range(part: float, whole: float, samples: Reals, tails: tuple[float, float]) -> Range | None:
    """None where there is nothing to take a share of."""
    if whole <= 0:
        return None
    low, high = np.quantile(samples, tails)
    value = min(part / whole, 1.0)
    return Range(value, min(float(low), value), max(min(float(high), 1.0), value))
