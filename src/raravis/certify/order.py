"""In which order an audit draws: one permutation of the units, settled by the generator before anything is answered."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from raravis.certify.ledger import CONTROL, DRAW, Step
from raravis.types import Ints


def orders(units: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """(N,) units as an `Audit` with such a generator searches those of equal scores, and (N,) as it draws them."""
    return rng.permutation(units), rng.permutation(units)


def draw_order(units: int, rng: np.random.Generator) -> Ints:
    """(N,) units as an `Audit` with such a generator draws them, but for those that are known by then."""
    return orders(units, rng)[1]


def out_of_order(steps: Iterable[Step], order: Ints) -> Step | None:
    """The first draw that is not of the first unit, in that order, which no step before it has; None: none is."""
    taken: set[int] = set()
    ahead = (row for row in order.tolist() if row not in taken)
    for step in steps:
        if step.kind == DRAW and step.row != next(ahead, None):
            return step
        if step.kind != CONTROL:
            taken.add(step.row)
    return None
