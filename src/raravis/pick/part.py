"""In a collection too large to score whole: what lies near the hits, every n-th item, and what was asked.

Candidates near to what is labelled: Coleman, Chou, Katz-Samuels et al., "Similarity Search for Efficient Active
Learning and Search of Rare Concepts", AAAI 2022, arXiv:2007.00077.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from raravis.pick.lines import lines, part_of, remember
from raravis.pick.near import nearest
from raravis.types import YES, Floats, Ints, Pool, Vectors

LARGE = 1 << 32  # numbers, items times dimensions: to score more takes two cores half a second and longer
COMB = 1 << 18  # items that every n-th makes, at most
NEIGHBOURS = 1000  # of each hit
MOST_HITS = 64  # whose neighbours are looked for: a scan each, once


@dataclass(frozen=True, eq=False)
class Rows:
    """What `data[rows]` would hold, read where it is asked for."""

    data: NDArray[Any]  # (N, D)
    rows: Ints  # (n,)

    ndim = 2

    @property
    def shape(self) -> tuple[int, int]:
        """(n, D)."""
        return len(self.rows), self.data.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the data."""
        return self.data.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: Any) -> NDArray[Any]:
        return np.asarray(self.data[self.rows[at]])


class Parts:
    """Parts of a pool, one a round. In time every item's turn comes: each round has the next ones of every n-th.

    A part follows from the answers and the round's number; what is kept from round to round is quicker to keep.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool, self.lines = pool, lines(pool)
        self.step = -(-len(pool) // COMB)
        self._place = np.empty(len(pool), np.int64)
        self._place[self.lines.rows] = np.arange(len(pool))
        self._near_hit: dict[int, Ints] = {}  # places
        self._near_example: list[Ints] | None = None

    def of(self, round_number: int) -> tuple[Ints, Pool]:
        """Rows (n,), by time, and the pool of them, not scored. Its vectors are read where they are asked for."""
        comb = np.arange(round_number % self.step, len(self.pool), self.step)
        near = self._near_hits() + self._near_examples()
        places = _merged(comb, *near, self._place[np.flatnonzero(self.pool.asked)])
        rows, whole = self.lines.rows[places], self.pool.vectors
        vectors = Vectors(whole.ids[rows], cast(NDArray[Any], Rows(whole.data, rows)), whole.encoder)
        part = self.pool.take(rows, vectors)
        part.prob, part.scan = None, lambda queries: self.pool.dots(queries, rows)
        remember(part, part_of(self.lines, places))
        return rows, part

    def _near_hits(self) -> list[Ints]:
        hits = np.flatnonzero(self.pool.asked & (self.pool.label == YES) & (self.pool.weight == 1))
        hits = hits[np.argsort(hits * 2654435761 % 2**32)][:MOST_HITS]  # mixed, so that most stay when others come
        fresh = [hit for hit in hits.tolist() if hit not in self._near_hit]
        self._near_hit |= zip(fresh, self._near(self.pool.vectors.data[fresh].astype(np.float32)), strict=True)
        return [self._near_hit[hit] for hit in hits.tolist()]

    def _near_examples(self) -> list[Ints]:
        if self._near_example is None:
            given = self.pool.examples[self.pool.example_sign == YES]
            self._near_example = self._near(given) if len(given) else []
        return self._near_example

    def _near(self, queries: Floats) -> list[Ints]:
        return [self._place[rows] for rows in nearest(self.pool, queries, NEIGHBOURS)]


def _merged(rising: Ints, *others: Ints) -> Ints:
    """All numbers, rising, each once; the first are rising already."""
    more = np.unique(np.concatenate(others))
    both = np.sort(np.concatenate([rising, more]), kind="stable")
    return np.asarray(both[np.diff(both, prepend=-1) != 0], np.int64)
