"""Which rows a classifier saw when it learned, or items of one event with these: its numbers on them would flatter."""

from __future__ import annotations

import numpy as np

from raravis.flow.collection import bare_pool
from raravis.flow.evaluating.judges import Judge
from raravis.flow.evaluating.trial import Trial
from raravis.flow.labelled import APART_SECONDS
from raravis.store import labels
from raravis.train.calibrate import event_groups
from raravis.types import Bools, Ints


def seen_of(trial: Trial, judge: Judge) -> tuple[Bools, Bools]:
    """(n,) what it learned from itself, and (n,) what lies within one event of that, or in its group."""
    direct = np.array(trial.data.split, np.str_) == "train"
    if judge.pictures and trial.data.identity is not None:
        known = trial.data.identity(np.arange(len(trial)))
        direct |= np.array([one in judge.pictures for one in known], bool)
    if trial.project is None:
        return direct, np.isin(trial.data.group, trial.data.group[direct]) & ~direct
    taught = np.union1d(_items_of(trial, judge), trial.ids()[direct])
    direct |= np.isin(trial.ids(), taught)
    return direct, _beside(trial, taught) & ~direct


def _items_of(trial: Trial, judge: Judge) -> Ints:
    """Ids of the items that the answers were about, whatever was said of them since."""
    assert trial.project is not None
    with trial.project.read() as c:
        logs = [labels.log(c, name) for name in trial.data.names]
    return np.array(sorted({one.item_id for log in logs for one in log if one.id in judge.labels}), np.int64)


def _beside(trial: Trial, taught: Ints) -> Bools:
    """(n,) whether a row lies in one stretch of a timeline with one of the items."""
    assert trial.collection is not None
    mine, theirs = trial.rows(), trial.collection.rows(taught)
    rows = np.unique(np.append(mine, theirs))
    group = event_groups(bare_pool(trial.collection), rows, apart_seconds=APART_SECONDS)
    of_taught = group[np.isin(rows, theirs)]
    return np.asarray(np.isin(group[np.searchsorted(rows, mine)], of_taught))
