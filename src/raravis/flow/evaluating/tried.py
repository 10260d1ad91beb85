"""What was said of what is so: the rows that count, and their numbers by item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from raravis.flow.evaluating.trial import Trial
from raravis.train import measures
from raravis.train.intervals import RESAMPLED, Estimate, Reals, clopper_pearson, resample, share
from raravis.train.measures import NAMES, Ranked
from raravis.types import NO, YES, Bools, Floats, Ints

TIMES, LEAST_TIMES = 400, 100
WORK = 4e7  # items x classes x resamples, some seconds
FEW_YES, FEW_EVENTS = 10, 5  # fewer than these: a class says that its intervals are wide


@dataclass(frozen=True, eq=False)
class Tried:
    """n items, C classes."""

    trial: Trial
    prob: Floats  # (n, C)
    said: Bools  # (n, C)
    threshold: Floats  # (C,)

    def known(self, column: int) -> Ints:
        """(k,) rows of which the class is known."""
        return np.flatnonzero(self.trial.data.value[:, column] != 0)

    def yes(self, column: int) -> Bools:
        """(n,) True where the class is."""
        return np.asarray(self.trial.data.value[:, column] == YES)


def by_item(tried: Tried, *, seed: int = 0) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """Numbers of each class, their mean over the classes (macro), and those of all answers together (micro)."""
    columns = range(len(tried.trial.data.names))
    rows = [tried.known(column) for column in columns]
    ranked = [Ranked(tried.prob[r, c], tried.yes(c)[r], tried.said[r, c]) for c, r in enumerate(rows)]
    pairs = np.concatenate(rows)
    flat = (np.concatenate(list(part)) for part in zip(*_flat(tried, rows), strict=True))
    pooled = Ranked(*flat)

    def measured(weight: Reals) -> Reals:
        each = [one.measures(weight[r]) for one, r in zip(ranked, rows, strict=True)]
        return np.stack([*each, _mean(np.stack(each)), pooled.measures(weight[pairs])])

    times = int(np.clip(WORK / max(len(pairs), 1), LEAST_TIMES, TIMES))
    whole, low, high = resample(measured, tried.trial.data.group, times=times, seed=seed)
    told = [_estimates(*part) for part in zip(whole, low, high, strict=True)]
    classes = [_class(tried, column, told[column]) for column in columns]
    return classes, told[-2], told[-1]


def confusion(tried: Tried) -> list[list[int]] | None:
    """How often what is of the row's class was said to be of the column's; None where classes do not exclude."""
    if not tried.trial.data.exclusive:
        return None
    return [[int(n) for n in row] for row in measures.confusion(tried.prob, tried.trial.data.value)]


def _flat(tried: Tried, rows: list[Ints]) -> Iterator[tuple[Floats, Bools, Bools]]:
    for c, r in enumerate(rows):
        yield tried.prob[r, c], tried.yes(c)[r], tried.said[r, c]


def _mean(each: Reals) -> Reals:
    """(7,) over the classes for which a measure has a meaning."""
    known = ~np.isnan(each)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, each, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _estimates(whole: Reals, low: Reals, high: Reals) -> dict[str, Any]:
    parts = np.stack([whole, low, high], axis=1).tolist()
    return {name: _estimate(*ends).to_json() for name, ends in zip(NAMES, parts, strict=True)}


def _estimate(value: float, low: float, high: float) -> Estimate:
    low_end, high_end = (None if np.isnan(end) else end for end in (low, high))
    return Estimate(None if np.isnan(value) else value, low_end, high_end, RESAMPLED)


def _class(tried: Tried, column: int, resampled: dict[str, Any]) -> dict[str, Any]:
    rows = tried.known(column)
    said, yes, group = tried.said[rows, column], tried.yes(column)[rows], tried.trial.data.group[rows]
    table = measures.cells(said, yes, np.ones(len(rows)))
    groups = len(np.unique(group[yes]))
    ranked = Ranked(tried.prob[rows, column], yes, said)
    recall, precision = ranked.curve(np.ones(len(rows)))
    return {
        "name": tried.trial.data.names[column],
        "items": len(rows),
        "yes": int(yes.sum()),
        "no": int((~yes).sum()),
        "groups_with_yes": groups,
        "threshold": None if tried.trial.data.exclusive else round(float(tried.threshold[column]), 6),
        "cells": {name: int(count) for name, count in table._asdict().items()},
        **{name: _never_surer(one, groups) for name, one in resampled.items()},
        "precision": share(yes, said, group).to_json(),
        "recall": share(said, yes, group).to_json(),
        "reliability": [one._asdict() for one in measures.reliability(tried.prob[rows, column], yes)],
        "curve": _thinned(recall, precision),
        "notes": _notes(int(yes.sum()), int((~yes).sum()), groups),
    }


def _never_surer(one: dict[str, Any], groups: int) -> dict[str, Any]:
    """Where all resamples agree on 1, the low end that as many right ones of as many groups leave."""
    if one["value"] == 1 and one["low"] == 1:
        return one | {
            "low": round(clopper_pearson(groups, groups)[0], 6),
            "how": f"{RESAMPLED}; all agree, so as {groups} of {groups}",
        }
    return one


def _thinned(recall: Reals, precision: Reals, most: int = 200) -> dict[str, list[float]]:
    at = np.unique(np.linspace(0, len(recall) - 1, min(most, len(recall))).round().astype(np.int64))
    return {"recall": recall[at].round(5).tolist(), "precision": precision[at].round(5).tolist()}


def _notes(yes: int, no: int, groups: int) -> list[str]:
    if not yes:
        return ["nothing here is a yes, so recall has no meaning"]
    notes = [] if no else ["nothing here is a no, so precision says nothing"]
    if yes < FEW_YES or groups < FEW_EVENTS:
        apart = "one stretch of time or source" if groups == 1 else f"{groups} separate stretches of time or sources"
        notes.append(f"only {yes} yes in {apart}: the intervals are wide")
    return notes


def worst(tried: Tried, column: int, most: int) -> tuple[Ints, Ints]:
    """Rows of false positives, the highest probability first, and of misses, the lowest first; `most` of each."""
    rows = tried.known(column)
    yes, said, prob = tried.yes(column)[rows], tried.said[rows, column], tried.prob[rows, column]
    false, missed = rows[said & ~yes], rows[~said & yes]
    false = false[np.argsort(-prob[said & ~yes], kind="stable")]
    return false[:most], missed[np.argsort(prob[~said & yes], kind="stable")][:most]


def counted(value: Any) -> dict[str, int]:
    """How many entries are a yes and a no."""
    return {"yes": int((value == YES).sum()), "no": int((value == NO).sum())}
