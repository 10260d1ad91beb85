"""Answers that a classifier which never saw them confidently contradicts: likely mistakes, worst first. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from raravis.types import Bools, Floats, Ints


class Doubts(NamedTuple):
    """Answers by falling doubt."""

    rows: Ints  # (d,)
    suggested: Ints  # (d,) the class that they are likely of
    margin: Floats  # (d,) probability of that class less that of the answer


def doubts(prob: Floats, given: Ints) -> Doubts:
    """The answers (n,), numbers of classes, that probabilities (n, C) from heads that never saw them speak against.

    A class's threshold is the mean probability of it among the items answered with it. An item is likely of the class
    of the highest probability among those at or above their thresholds; where that is not the answer's, it is doubted.
    Confident learning: Northcutt, Jiang & Chuang 2021, J. Artif. Intell. Res. 70, arXiv:1911.00068, section 3.1;
    ranked by normalised margin, section 3.3.
    """
    likely = confident(prob, given)
    rows = np.flatnonzero((likely >= 0) & (likely != given))
    margin = margins(prob, given)[rows]
    order = np.argsort(-margin, kind="stable")
    return Doubts(rows[order], likely[rows][order], margin[order])


def confident(prob: Floats, given: Ints) -> Ints:
    """(n,) the class that each item is confidently of; -1 where it is of none."""
    classes = prob.shape[1]
    mean = [prob[given == k, k].mean(dtype=np.float64) if np.any(given == k) else np.inf for k in range(classes)]
    reached: Bools = prob >= np.array(mean) - 1e-7  # of one answer alone the mean is its probability, up to rounding
    likely = np.where(reached, prob, -1).argmax(axis=1)
    return np.asarray(np.where(reached.any(axis=1), likely, -1), np.int64)


def margins(prob: Floats, given: Ints) -> Floats:
    """(n,) the highest probability of another class less that of the answer: -1 for a sure answer, 1 for a doubtful."""
    own = prob[np.arange(len(prob)), given]
    others = prob.copy()
    others[np.arange(len(prob)), given] = -1
    return np.asarray(others.max(axis=1, initial=-1) - own, np.float32)
