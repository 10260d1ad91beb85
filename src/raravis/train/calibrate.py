"""From log odds to probabilities that hold: Platt scaling on scores of heads that never saw the item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis import time
from raravis.arrays import sigmoid
from raravis.train.linear import LinearFit, fit
from raravis.types import CANT_TELL, YES, Bools, Floats, Ints, Pool

FOLDS = 5
FEWEST = 5  # groups with a yes, and groups with a no, without which a slope says nothing


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability is sigmoid(slope * log odds + offset); `note` says why it is the identity, where it is."""

    slope: float = 1.0
    offset: float = 0.0
    threshold: float = 0.5
    answers: int = 0
    note: str = ""


def train(pool: Pool, rng: np.random.Generator, *, apart_seconds: float = 5.0) -> tuple[LinearFit, Calibration] | None:
    """The final head of a pool's answers and its calibration; None while only yes or only no is known."""
    head = fit(pool, rng)
    return None if head is None else (head, calibrate(pool, rng, apart_seconds=apart_seconds))


def calibrate(pool: Pool, rng: np.random.Generator, *, apart_seconds: float = 5.0) -> Calibration:
    """Slope and offset from out-of-fold log odds of the answers, and the threshold of the best F1 there.

    Answers at most `apart_seconds` from one another along a timeline stay in one fold, so that no head is
    tried on a neighbour of what it saw. The answers were picked by score, so what holds is yes given score.
    What only follows from answers is no evidence, and is left out.
    """
    rows = np.flatnonzero(pool.asked & (pool.label != CANT_TELL) & (pool.weight >= 1))
    yes, groups = pool.label[rows] == YES, event_groups(pool, rows, apart_seconds=apart_seconds)
    fewest = min(len(np.unique(groups[yes])), len(np.unique(groups[~yes])))
    if fewest < FEWEST:
        note = f"not calibrated: yes or no in only {fewest} separate stretches of time; wanted {FEWEST}"
        return Calibration(answers=len(rows), note=note)
    logits = _out_of_fold(pool, rows, groups, rng)
    slope, offset = platt(logits, yes)
    if slope <= 0:
        note = "not calibrated: on stretches of time left out the head ranks no better than chance"
        return Calibration(answers=len(rows), note=note)
    prob = sigmoid(np.float32(slope) * logits + np.float32(offset))
    return Calibration(slope, offset, best_threshold(prob, yes), len(rows))


def event_groups(pool: Pool, rows: Ints, *, apart_seconds: float) -> Ints:
    """(n,) a number for each run of rows along a timeline without a pause longer than `apart_seconds`."""
    order = time.order(pool.timeline[rows], pool.seconds[rows])
    line, at = pool.timeline[rows][order], pool.seconds[rows][order]
    fresh = (np.diff(line) != 0) | (np.diff(at) > apart_seconds)
    groups = np.empty(len(rows), np.int64)
    groups[order] = np.append(0, np.cumsum(fresh))[: len(rows)]
    return groups


def platt(logits: Floats, yes: Bools) -> tuple[float, float]:
    """Slope and offset of a logistic fit to log odds, towards (yes + 1) / (yes + 2) and 1 / (no + 2).

    Platt 1999. The softened targets keep a clean split from ending in 0 and 1.
    """
    from sklearn.linear_model import LogisticRegression

    high, low = (yes.sum() + 1) / (yes.sum() + 2), 1 / ((~yes).sum() + 2)
    towards_yes = np.where(yes, high, low)
    twice = np.concatenate([logits, logits])[:, None].astype(np.float64)
    target = np.repeat([True, False], len(logits))
    weight = np.concatenate([towards_yes, 1 - towards_yes])
    line = LogisticRegression(C=1e6).fit(twice, target, sample_weight=weight)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def best_threshold(prob: NDArray[np.floating], yes: Bools) -> float:
    """The probability from which saying yes gives the best F1; the highest such on ties."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(yes, prob)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(thresholds[len(thresholds) - 1 - np.argmax(f1[:-1][::-1])])


def _out_of_fold(pool: Pool, rows: Ints, groups: Ints, rng: np.random.Generator) -> Floats:
    """(n,) log odds of each row by a head that saw no row of its group."""
    from sklearn.model_selection import StratifiedGroupKFold

    logits = np.zeros(len(rows), np.float32)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=int(rng.integers(2**31)))
    for seen, tried in folds.split(rows, pool.label[rows], groups):
        chosen = np.zeros(len(pool), bool)
        chosen[rows[seen]] = True
        head = fit(pool, rng, chosen)
        if head is not None:
            logits[tried] = head.logits(pool.vectors.data[rows[tried]])
    return logits
