"""Which pictures are held out: whole groups, so that nothing is tried on a neighbour of what it learned from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from raravis.train.labelled import Labelled
from raravis.types import NO, YES, Bools, Ints

SHARE = 0.2  # of the pictures of each kind


class Split(NamedTuple):
    """Rows of the data, rising; none in both."""

    train: Ints
    held: Ints  # what was answered, not what only follows from answers


def split(data: Labelled, seed: int) -> Split:
    """As the data says, where it says what is held out; else about SHARE of each class, by whole groups.

    A class that only one group shows is learned from and not tried.
    """
    rows = np.flatnonzero(data.known() & (data.weight > 0))
    said = np.array(data.split, np.str_)[rows] == "val"
    out = said if said.any() else _held_groups(data, rows, seed)
    return Split(rows[~out], rows[out & (data.weight[rows] >= 1)])


def _held_groups(data: Labelled, rows: Ints, seed: int) -> Bools:
    """(m,) the kinds with the fewest pictures choose their groups first; a group takes along what else it shows."""
    group = np.unique(data.group[rows], return_inverse=True)[1]
    yes, no = data.value[rows] == YES, data.value[rows] == NO
    kinds = yes if data.exclusive else np.concatenate([yes, no], axis=1)
    count = np.zeros((group.max(initial=-1) + 1, kinds.shape[1]), np.int64)
    np.add.at(count, group, kinds)
    return _chosen(count, np.random.default_rng([seed, 1]).permutation(len(count)))[group]


def _chosen(count: Ints, order: Ints) -> Bools:
    """(G,) of groups that show so many pictures of each kind (G, K): which are held out, those first in `order` first.

    Of each kind at least one group is left.
    """
    held, have, left = np.zeros(len(count), bool), np.zeros(count.shape[1]), (count > 0).sum(axis=0)
    share = SHARE * count.sum(axis=0)
    for kind in np.argsort(count.sum(axis=0), kind="stable"):
        for one in order[count[order, kind] > 0]:
            near = have[kind] == 0 or have[kind] + count[one, kind] / 2 <= share[kind]
            if near and not held[one] and (left[count[one] > 0] > 1).all():
                held[one], have, left = True, have + count[one], left - (count[one] > 0)
    return held
