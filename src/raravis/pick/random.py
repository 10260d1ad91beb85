"""Random picks: the yardstick of the others."""

from __future__ import annotations

import numpy as np

from raravis.pick.batch import best
from raravis.types import Floats, Ints, Pool


def random(pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows (k,) drawn evenly among the frames with an unasked item, and zeros: none is wanted more."""
    return best(pool, np.zeros(len(pool), np.float32), k, rng)
