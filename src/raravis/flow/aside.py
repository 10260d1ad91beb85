"""Rows of a pool that are being asked already, kept from a strategy while it chooses what else to ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from raravis.pick.ends import ANSWERED
from raravis.pick.lines import lines
from raravis.types import CANT_TELL, Ints, Pool


@contextmanager
def set_aside(pool: Pool, rows: Ints) -> Iterator[None]:
    """Within it the rows stand in the pool as answered with can't tell, and the rest of their frames as asked.

    What was answered stays as it is; afterwards all is as it was.
    """
    rows = rows[~(pool.asked[rows] & (pool.weight[rows] == ANSWERED))]
    if not len(rows):
        yield
        return
    known = lines(pool)
    frames = np.concatenate([known.items(at) for at in np.unique(known.position[rows]).tolist()])
    before = [column[frames] for column in (pool.asked, pool.label, pool.weight)]
    pool.asked[frames] = True
    pool.label[rows], pool.weight[rows] = CANT_TELL, ANSWERED
    try:
        yield
    finally:
        pool.asked[frames], pool.label[frames], pool.weight[frames] = before


@contextmanager
def passed_over(pool: Pool, rows: Ints) -> Iterator[None]:
    """Within it no strategy asks about the rows (n,), which tell it nothing; afterwards all is as it was."""
    before = pool.asked[rows]
    pool.asked[rows] = True
    try:
        yield
    finally:
        pool.asked[rows] = before
