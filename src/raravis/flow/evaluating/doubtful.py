"""Answers that heads which never saw them confidently contradict: to be looked at once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.evaluating.folds import out_of_fold
from raravis.flow.evaluating.tried import Tried
from raravis.store.project import Project
from raravis.train.doubt import doubts, margins
from raravis.types import NO, YES, Floats, Ints


class Doubt(NamedTuple):
    """One answer that is likely wrong."""

    row: int  # of what was tried
    name: str  # the class
    given: str  # yes or no; of classes that exclude one another the class
    suggested: str
    probability: float  # of what is suggested
    margin: float  # that, less the probability of what was given


def doubted(tried: Tried) -> list[Doubt]:
    """The doubtful answers, the most doubtful first; of several classes each by itself, unless they exclude."""
    names = tried.trial.data.names
    found = (
        _exclusive(tried) if tried.trial.data.exclusive else [d for c in range(len(names)) for d in _binary(tried, c)]
    )
    return sorted(found, key=lambda one: -one.margin)


def doubt_scores(project: Project, concept: str, collection: Collection, *, seed: int = 0) -> tuple[Floats, Floats]:
    """(N,) how doubtful each answer is, above 1 where it is confidently contradicted; and (N,) the probability of yes.

    NaN for what nobody answered, and everywhere while the answers cannot be split.
    """
    doubt, prob = (np.full(len(collection), np.nan, np.float32) for _ in range(2))
    try:
        found = out_of_fold(project, collection, concept, seed=seed)
    except InputError:
        return doubt, prob
    both, given = _both(found.prob), found.yes.astype(np.int64)
    doubt[found.rows], prob[found.rows] = margins(both, given), found.prob
    doubt[found.rows[doubts(both, given).rows]] += 2
    return doubt, prob


def _both(prob: Floats) -> Floats:
    """(n, 2) of no and of yes."""
    return np.stack([1 - prob, prob], axis=1)


def _binary(tried: Tried, column: int) -> list[Doubt]:
    rows, name = tried.known(column), tried.trial.data.names[column]
    given = tried.yes(column)[rows].astype(np.int64)
    return _told(rows, name, ("no", "yes"), _both(tried.prob[rows, column]), given)


def _exclusive(tried: Tried) -> list[Doubt]:
    value = tried.trial.data.value
    rows = np.flatnonzero(((value == YES).sum(axis=1) == 1) & ((value == NO).sum(axis=1) == value.shape[1] - 1))
    return _told(rows, "", tried.trial.data.names, tried.prob[rows], value[rows].argmax(axis=1))


def _told(rows: Ints, name: str, words: Sequence[str], prob: Floats, given: Ints) -> list[Doubt]:
    found = doubts(prob, given)
    pairs: Any = zip(found.rows.tolist(), found.suggested.tolist(), found.margin.tolist(), strict=True)
    return [
        Doubt(int(rows[at]), name or words[likely], words[given[at]], words[likely], float(prob[at, likely]), margin)
        for at, likely, margin in pairs
    ]
