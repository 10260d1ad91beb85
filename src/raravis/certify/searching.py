"""What an audit looks at before it draws: likely units, and the neighbours of what it hit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raravis.types import YES, Bools, Ints

# Picked, not tuned; benchmarks/coverage.py holds useless scores and groups to 1.2 times the price of plain draws.
MATES_FREE, MATES_A_HIT = 20, 5  # neighbours looked at on trust, and more for each that was a hit
SHARE = 0.08  # of all the draws that an audit is to cost: what a search may cost that finds nothing
HEAD_START = 100  # likely units before draws keep pace


class Searching:
    """Orders the units worth a look; the audit decides how many it takes."""

    def __init__(self, scores: NDArray[np.floating], groups: Ints, rows: Ints) -> None:
        """`rows` (N,) is every unit, in the order in which those of equal scores come."""
        self.informed = bool(len(scores)) and bool(scores.max() > scores.min())
        self._ranked = rows[np.argsort(-scores[rows], kind="stable")]
        self._by_group = np.argsort(groups, kind="stable")
        self._groups, self._sorted = groups, groups[self._by_group]
        self._hits: list[int] = []  # newest last: whose neighbours are to be seen
        self._near: set[int] = set()
        self._likely: set[int] = set()
        self._at = self._near_looks = self._near_hits = 0
        self.looks = self.finds = self._found_at = 0  # of the likely

    def told(self, row: int, value: int) -> None:
        """An answer, to a unit of whatever origin."""
        self._near_hits += row in self._near and value == YES
        if row in self._likely and value == YES:
            self.finds, self._found_at = self.finds + 1, self.looks
        if value == YES:
            self._hits.append(row)

    def worth(self, k: int, *, price: float, a_find: float, by_chance: float, draws: int) -> int:
        """How many of the next k looks go to likely units: a fixed share of the price, and more while it pays.

        The price is all draws of the audit; a find spares `a_find` of them, so the search goes on for as many looks
        after its last find, but only where it finds more than twice what uniform draws would, `by_chance` a look. Else
        draws keep pace with it, so that their rate is known.
        """
        pays = self.finds > 1 + 2 * by_chance * self.looks
        budget = max(SHARE * price - self.looks, a_find - (self.looks - self._found_at) if pays else 0)
        pace = k if pays else (HEAD_START + draws + k - self.looks) // 2
        return max(0, min(k, int(budget), pace))

    def neighbours(self, k: int, taken: Bools) -> list[int]:
        """At most k units, not taken, of the groups of hits, newest hit first, nearest row first."""
        k = min(k, MATES_FREE + MATES_A_HIT * self._near_hits - self._near_looks)
        rows: list[int] = []
        while self._hits and len(rows) < k:
            mates = [row for row in self._mates(self._hits[-1], taken) if row not in rows]
            rows += mates[: k - len(rows)]
            if len(rows) < k or not mates:
                self._hits.pop()
        self._near |= set(rows)
        self._near_looks += len(rows)
        return rows

    def likely(self, k: int, taken: Bools) -> list[int]:
        """At most k units, not taken, by falling score; none where the scores say nothing."""
        rows: list[int] = []
        while self.informed and len(rows) < k and self._at < len(self._ranked):
            ahead = self._ranked[self._at : self._at + k - len(rows)]
            rows += ahead[~taken[ahead]].tolist()
            self._at += len(ahead)
        self.given(rows)
        return rows

    def given(self, rows: Sequence[int]) -> None:
        """Counts likely units as looked at."""
        self._likely.update(rows)
        self.looks += len(rows)

    def _mates(self, row: int, taken: Bools) -> list[int]:
        low, high = np.searchsorted(self._sorted, self._groups[row] + np.array([0, 1]))
        mates = self._by_group[low:high]
        mates = mates[~taken[mates]]
        return [int(mate) for mate in mates[np.argsort(np.abs(mates - row), kind="stable")]]
