"""What heads say of answers that they never saw: one head a fold, no event in two folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raravis.arrays import sigmoid
from raravis.errors import InputError
from raravis.flow.campaign import ENDS_ONLY, because, search_of, strategy_of
from raravis.flow.collection import Collection, answered, pool_of
from raravis.flow.evaluating.judges import by_frame
from raravis.store.project import Project
from raravis.train.calibrate import FEWEST, FOLDS, best_threshold, event_groups, platt
from raravis.train.linear import LinearFit, fit
from raravis.types import CANT_TELL, YES, Bools, Floats, Ints, Pool

APART_SECONDS = 5.0
HALF = 0.5


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Answered rows of a collection, n of them, and what was said of each by a head that saw no answer of its event."""

    rows: Ints  # (n,)
    yes: Bools  # (n,)
    prob: Floats  # (n,) calibrated on the other folds
    said: Bools  # (n,) at the threshold that was best on the other folds
    threshold: float  # the mean of these


def out_of_fold(project: Project, collection: Collection, concept: str, *, seed: int = 0) -> OutOfFold:
    """Linear heads, as `train` makes them, each fitted without one fold of FOLDS; the store stays as it is.

    Of a whole picture the best of its frame's items is what was said. Raises InputError where yes or no was said in one
    event alone: without it there is nothing to learn from.
    """
    pool, rng = answered_pool(project, collection, concept), np.random.default_rng(seed)
    taught = np.flatnonzero(pool.asked & (pool.label != CANT_TELL) & (pool.weight > 0))
    groups = event_groups(pool, taught, apart_seconds=APART_SECONDS)
    yes = pool.label[taught] == YES
    counts = [len(np.unique(groups[side])) for side in (yes, ~yes)]
    if min(counts) < 2:
        raise InputError(
            f"{concept!r}: yes in {counts[0]} and no in {counts[1]} separate stretches of time; out-of-fold numbers "
            "want two of each: answer more"
        )
    fold = deal(groups, yes, rng)
    logits = np.zeros(len(taught), np.float32)
    for number in range(int(fold.max()) + 1):
        head = fit(pool, rng, _chosen(pool, taught[fold != number]))
        if head is not None:
            logits[fold == number] = _best(collection, head, taught[fold == number])
    given = pool.weight[taught] >= 1  # the rest stands for what was given, in the pool alone
    return _calibrated(taught[given], yes[given], logits[given], fold[given], groups[given])


def answered_pool(project: Project, collection: Collection, concept: str) -> Pool:
    """The pool with the answers and what they imply, as a search has it."""
    pool, nothing_more = pool_of(project, collection, concept), strategy_of(ENDS_ONLY)
    search = search_of(pool, collection, nothing_more, ends=None, seed=0, round_number=0)
    search.because = because(project, collection, concept)
    rows, values, _ = answered(project, collection, concept)
    search.record(rows, values, counted=False)
    return pool


def _best(collection: Collection, head: LinearFit, rows: Ints) -> Floats:
    """(n,) log odds of the rows; of a whole picture the highest of its frame."""
    beside = np.flatnonzero(np.isin(collection.frame, collection.frame[rows]))
    logits = np.full((len(collection), 1), -np.inf, np.float32)
    logits[beside, 0] = head.logits(collection.vectors.data[beside])
    return np.asarray(by_frame(collection, logits)[rows, 0], np.float32)


def deal(groups: Ints, yes: Bools, rng: np.random.Generator) -> Ints:
    """(n,) a fold for each group: those with a yes dealt out in turn, then those without; FOLDS, or fewer groups."""
    names, number = np.unique(groups, return_inverse=True)
    with_yes = np.bincount(number, weights=yes) > 0
    order = rng.permutation(len(names))
    order = order[np.argsort(~with_yes[order], kind="stable")]
    folds = max(2, min(FOLDS, int(with_yes.sum()), int((~with_yes).sum()) or len(names)))
    fold = np.empty(len(names), np.int64)
    fold[order] = np.arange(len(names)) % folds
    return np.asarray(fold[number], np.int64)


def _chosen(pool: Pool, rows: Ints) -> Bools:
    chosen = np.zeros(len(pool), bool)
    chosen[rows] = True
    return chosen


def _calibrated(rows: Ints, yes: Bools, logits: Floats, fold: Ints, groups: Ints) -> OutOfFold:
    """Each fold by what holds on the others; as it is where these are too few, or rank no better than chance."""
    prob, said, thresholds = sigmoid(logits), np.zeros(len(rows), bool), []
    for number in range(int(fold.max()) + 1):
        mine = fold == number
        slope, offset, threshold = _line(logits[~mine], yes[~mine], groups[~mine])
        prob[mine] = sigmoid(np.float32(slope) * logits[mine] + np.float32(offset))
        said[mine] = prob[mine] >= threshold
        thresholds.append(threshold)
    return OutOfFold(rows, yes, prob, said, float(np.mean(thresholds)))


def _line(logits: Floats, yes: Bools, groups: Ints) -> tuple[float, float, float]:
    if min(len(np.unique(groups[side])) for side in (yes, ~yes)) < FEWEST:
        return 1.0, 0.0, HALF
    slope, offset = platt(logits, yes)
    if slope <= 0:
        return 1.0, 0.0, HALF
    return slope, offset, best_threshold(sigmoid(np.float32(slope) * logits + np.float32(offset)), yes)
