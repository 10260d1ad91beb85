"""Which units of a collection were drawn by chance, and what each answer weighs in an estimate over all of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.types import Bools, Ints

Reals = NDArray[np.float64]
ON_PURPOSE = -1


@dataclass(frozen=True, eq=False)
class Drawn:
    """n units that are known, and how: in batches drawn uniformly from those unseen just before, or on purpose."""

    rows: Ints  # (n,) numbers of the units
    batch: Ints  # (n,) which batch drew it; ON_PURPOSE: a search chose it
    since: Ints  # (n,) how many batches had been drawn when it became known
    unseen: Ints  # (B,) units among which each batch was drawn
    drawn: Ints  # (B,) how many of each batch count

    def __post_init__(self) -> None:
        assert len(self.rows) == len(self.batch) == len(self.since), "one batch a unit"
        assert len(self.unseen) == len(self.drawn) and np.all(self.drawn <= self.unseen), "drawn without replacement"

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def draws(self) -> int:
        """How many units were drawn by chance."""
        return int(self.drawn.sum())

    @property
    def by_chance(self) -> Bools:
        """(n,) True for what was drawn."""
        return np.asarray(self.batch != ON_PURPOSE)

    def known_weight(self) -> Reals:
        """(n,) the share of the draws that came once the unit was known: for these it counts as itself."""
        before = np.append(0, np.cumsum(self.drawn))
        return np.asarray((self.draws - before[self.since]) / max(self.draws, 1))

    def drawn_weight(self) -> Reals:
        """(n,) for how many unseen units a drawn one stands; 0 for one that was chosen on purpose."""
        stands = np.append(self.unseen, 0)[self.batch] / max(self.draws, 1)
        return np.asarray(np.where(self.by_chance, stands, 0.0))

    def weight(self) -> Reals:
        """(n,) what each unit counts in an unbiased total over all units.

        Each batch estimates the total by itself: what was known by then, and unseen / drawn times what it drew; the
        batches are averaged by their size. So a search may run between draws, and go by what they showed. Of a single
        batch it is one over the inclusion probability (Horvitz & Thompson 1952, J. Am. Stat. Assoc. 47: 663-685); of
        several it is Des Raj's estimator, batch by batch (Raj 1956, J. Am. Stat. Assoc. 51: 269-284).
        """
        return self.known_weight() + self.drawn_weight()

    def inclusion(self) -> Reals:
        """(n,) how likely the unit was to be in its batch; 1 for what was chosen on purpose."""
        chance = np.append(self.drawn / np.maximum(self.unseen, 1), 1.0)
        return np.asarray(chance[self.batch])

    def counted(self, known: Bools) -> Drawn:
        """The same without units of which nothing is known (n,): they count as not drawn."""
        lost = np.bincount(self.batch[~known & self.by_chance], minlength=len(self.drawn))
        return Drawn(self.rows[known], self.batch[known], self.since[known], self.unseen, self.drawn - lost)


def drawn_of(steps: Iterable[tuple[bool, int, int]], before: Sequence[int] = ()) -> Drawn:
    """Units `before`, known when the first draw came, and then steps in order: by chance or not, unit, unseen.

    Of a draw the number is how many units were unseen just before it. Draws that follow one another with nothing chosen
    between them are one batch: the first tells how many were unseen.
    """
    rows, batch, since = list(before), [ON_PURPOSE] * len(before), [0] * len(before)
    unseen: list[int] = []
    drawn: list[int] = []
    running = False
    for by_chance, row, left in steps:
        if by_chance and not running:
            unseen.append(left)
            drawn.append(0)
        running = by_chance
        if by_chance:
            drawn[-1] += 1
        rows.append(row)
        batch.append(len(drawn) - 1 if by_chance else ON_PURPOSE)
        since.append(len(drawn))
    columns = (np.array(column, np.int64) for column in (rows, batch, since, unseen, drawn))
    return Drawn(*columns)
