"""What each picture teaches of each class, and how much."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from raravis.train.labelled import Labelled
from raravis.types import NO, YES, Floats, Ints

MOST = 20.0  # times: a picture of a rare class counts as much more than one of an even share, and no more


class Targets(NamedTuple):
    """Weights of yes and of no; both 0 where nothing is known."""

    yes: Floats  # (m, C)
    no: Floats  # (m, C) all 0 where classes exclude one another: no of one is yes of another


def targets(data: Labelled, rows: Ints, *, balanced: bool) -> Targets:
    """Of these rows, weighing 1 each in the mean. `balanced`: classes weigh the same in all, or yes as no of each."""
    value, weight = data.value[rows], data.weight[rows, None].astype(np.float64)
    yes, no = (np.where(value == sign, weight, 0.0) for sign in (YES, NO))
    if data.exclusive:
        no = np.zeros_like(no)
    if balanced:
        of_yes, of_no = yes.sum(axis=0), no.sum(axis=0)
        even = of_yes.mean() if data.exclusive else (of_yes + of_no) / 2
        yes, no = (of * np.minimum(even / np.maximum(total, 1e-9), MOST) for of, total in ((yes, of_yes), (no, of_no)))
    mean = (yes + no).sum() / max(len(rows), 1)
    return Targets((yes / mean).astype(np.float32), (no / mean).astype(np.float32))
