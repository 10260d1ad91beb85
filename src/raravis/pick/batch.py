"""What every strategy shares: never asked before, one item a frame, ties in random order."""

from __future__ import annotations

import numpy as np

from raravis.types import Floats, Ints, Pool


def best(pool: Pool, score: Floats, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,) never asked, of k frames, by falling score; and these scores."""
    rows = one_a_frame(pool, falling(score, rng))
    rows = rows[falling(score[rows], rng)][:k]  # again, or ties would favour frames with many items
    return rows, score[rows]


def falling(score: Floats, rng: np.random.Generator) -> Ints:
    """(N,) every row, by falling score, ties in random order."""
    rows = rng.permutation(len(score))
    return rows[np.argsort(-score[rows], kind="stable")]


def one_a_frame(pool: Pool, rows: Ints) -> Ints:
    """The rows never asked, in the order given, the first of each frame alone."""
    rows = rows[~pool.asked[rows]]
    return first_of_each(pool.frame[rows], rows)


def first_of_each(group: Ints, rows: Ints) -> Ints:
    """The rows, in the order given, that are the first of their group; group (n,) goes with rows (n,)."""
    return rows[np.sort(np.unique(group, return_index=True)[1])]
