"""How good probabilities are: precision and recall at a threshold, the ranking, and whether they hold. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.train.intervals import Reals, wilson
from raravis.types import Bools, Floats

BINS = 10
NAMES = ("precision", "recall", "f1", "average_precision", "roc_auc", "ece", "brier")  # what `measures` gives, in order


class Cells(NamedTuple):
    """A 2 x 2 table, counted or weighted."""

    both: float  # said and so
    false: float  # said and not so
    missed: float  # so and not said
    neither: float


class Bin(NamedTuple):
    """Items of about one probability, and how many of them are so."""

    low: float
    high: float
    items: int
    mean: float  # of the probabilities
    share: float  # that are so
    share_low: float  # Wilson's interval, as if the items were independent
    share_high: float


def says(prob: Floats, threshold: Floats, *, exclusive: bool) -> Bools:
    """(n, C) what a classifier says: the likeliest class, the first of equals; or each from its threshold on."""
    if not exclusive:
        return np.asarray(prob >= threshold)
    said = np.zeros(prob.shape, bool)
    said[np.arange(len(prob)), prob.argmax(axis=1)] = True
    return said


def cells(said: Bools, yes: Bools, weight: Reals) -> Cells:
    """The table of items (n,), each counted by its weight."""
    both, false, missed = (float(weight[which].sum()) for which in (said & yes, said & ~yes, ~said & yes))
    return Cells(both, false, missed, float(weight.sum()) - both - false - missed)


def ratios(table: Cells) -> tuple[float, float, float]:
    """Precision, recall and F1; NaN where nothing was said, or nothing is so."""
    precision = _ratio(table.both, table.both + table.false)
    recall = _ratio(table.both, table.both + table.missed)
    return precision, recall, _ratio(2 * table.both, 2 * table.both + table.false + table.missed)


class Ranked:
    """Items (n,) by falling probability, so that their measures can be taken again and again with other weights."""

    def __init__(self, prob: Floats, yes: Bools, said: Bools) -> None:
        self.order = np.argsort(-prob, kind="stable")
        self.prob, self.yes = prob[self.order].astype(np.float64), yes[self.order]
        self.said = said[self.order]
        self.ends = np.append(np.flatnonzero(np.diff(self.prob)), len(prob) - 1)[: len(prob)]  # of ties
        self.bin = bin_of(self.prob)

    def measures(self, weight: Reals) -> Reals:
        """(7,) NAMES of the items, each counted by its weight (n,); NaN where one has no meaning."""
        weight = weight[self.order]
        ranking = self.average_precision(weight), self.roc_auc(weight)
        return np.array([*ratios(cells(self.said, self.yes, weight)), *ranking, self.ece(weight), self.brier(weight)])

    def curve(self, weight: Reals) -> tuple[Reals, Reals]:
        """Recall and precision (t,) from each of the t probabilities that occur on, the highest first."""
        true = np.cumsum(weight * self.yes)[self.ends]
        false = np.cumsum(weight * ~self.yes)[self.ends]
        counted = np.maximum(true + false, 1e-300)
        return true / max(float(true[-1]), 1e-300), np.where(true + false > 0, true / counted, 1.0)

    def average_precision(self, weight: Reals) -> float:
        """Precision summed over the steps of recall; items of one probability are one step."""
        if not (weight * self.yes).sum():
            return float("nan")
        recall, precision = self.curve(weight)
        return float(np.sum(np.diff(recall, prepend=0.0) * precision))

    def roc_auc(self, weight: Reals) -> float:
        """The chance that one that is so ranks above one that is not, ties half. Hanley & McNeil 1982."""
        true, false = (np.cumsum(weight * which)[self.ends] for which in (self.yes, ~self.yes))
        if not len(true) or not true[-1] or not false[-1]:
            return float("nan")
        steps, before = np.diff(true, prepend=0.0), np.append(0.0, false[:-1])
        return float(1 - np.sum(steps * (before + false) / 2) / (true[-1] * false[-1]))

    def ece(self, weight: Reals) -> float:
        """Expected calibration error: how far probability and share lie apart in BINS equal bins, on the average.

        Naeini et al. 2015, AAAI; Guo et al. 2017, arXiv:1706.04599.
        """
        gap = np.bincount(self.bin, weights=weight * (self.prob - self.yes), minlength=BINS)
        return _ratio(float(np.abs(gap).sum()), float(weight.sum()))

    def brier(self, weight: Reals) -> float:
        """Mean squared distance of the probability from 1 or 0. Brier 1950, Monthly Weather Review 78: 1-3."""
        return _ratio(float(np.sum(weight * (self.prob - self.yes) ** 2)), float(weight.sum()))


def bin_of(prob: Reals) -> NDArray[np.int64]:
    """(n,) the number of each probability's bin, of BINS equal ones; 1 is in the last."""
    return np.minimum((prob * BINS + 1e-6).astype(np.int64), BINS - 1)  # 0.9 in 32 bits is a little less


def reliability(prob: Floats, yes: Bools) -> list[Bin]:
    """The bins that hold items, by rising probability."""
    number = bin_of(prob.astype(np.float64))
    found = [(at, prob[number == at], yes[number == at]) for at in np.unique(number).tolist()]
    return [
        Bin(at / BINS, (at + 1) / BINS, len(p), float(p.mean()), float(y.mean()), *wilson(int(y.sum()), len(y)))
        for at, p, y in found
    ]


def confusion(prob: Floats, value: NDArray[np.int8]) -> NDArray[np.int64]:
    """(C, C) how often an item of the row's class was said to be of the column's; items of no known class left out."""
    known = np.flatnonzero((value > 0).any(axis=1))
    table = np.zeros((prob.shape[1], prob.shape[1]), np.int64)
    np.add.at(table, (value[known].argmax(axis=1), prob[known].argmax(axis=1)), 1)
    return table


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
