"""SEALS: only what is near to a known hit is looked at; what is near grows with the hits.

Coleman, Chou, Katz-Samuels et al., "Similarity Search for Efficient Active Learning and Search of Rare
Concepts", AAAI 2022, arXiv:2007.00077.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raravis.errors import InputError
from raravis.pick.batch import best
from raravis.pick.near import nearest
from raravis.pick.top import confidence
from raravis.types import YES, Bools, Floats, Ints, Pool

MOST_HITS = 256  # a scan each; of more, as many are drawn


@dataclass(frozen=True)
class Seals:
    """A strategy: the most confident of the `neighbours` nearest of each hit and example.

    The paper's candidates are the neighbours of all that is labelled, kept from round to round; those of a no are
    here left out, so that all follows from the answers.
    """

    neighbours: int = 100

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise InputError(f"{self}: wanted 1 neighbour or more")

    def __call__(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Rows (k,) by falling confidence, the candidates' first; then, at confidence - 2, the others'."""
        score = confidence(pool)
        return best(pool, np.where(self._candidates(pool, rng), score, score - 2), k, rng)

    def _candidates(self, pool: Pool, rng: np.random.Generator) -> Bools:
        """(N,) whether a row is among the nearest of a hit or an example."""
        hits = np.flatnonzero(pool.asked & (pool.label == YES) & (pool.weight == 1))
        hits = hits if len(hits) <= MOST_HITS else rng.choice(hits, MOST_HITS, replace=False)
        answered = pool.vectors.data[hits].astype(np.float32)
        queries = np.concatenate([answered, pool.examples[pool.example_sign == YES].reshape(-1, answered.shape[1])])
        near = np.zeros(len(pool), bool)
        for rows in nearest(pool, queries, self.neighbours):
            near[rows] = True
        return near
