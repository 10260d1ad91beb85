"""Labelled vectors -> a calibrated head of a level, and what is known of how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.train.calibrate import FOLDS
from raravis.train.examples import Examples, Net
from raravis.train.labelled import Labelled, warnings_of
from raravis.train.many import fit_linear
from raravis.train.mlp import EPOCHS, UNWATCHED, fit_mlp
from raravis.train.scales import HeldOut, calibrated, measured
from raravis.types import NO, YES, Bools, Head, Ints

LEVELS = ("linear", "mlp")


@dataclass(frozen=True)
class Report:
    """What came of training, for people."""

    level: str
    names: tuple[str, ...]
    yes: tuple[int, ...]  # of each class, among what taught
    no: tuple[int, ...]
    groups: int
    held_out: str  # on what the measures were taken
    measures: dict[str, float]  # of held-out rows: by name, a share
    average_precision: tuple[float, ...]  # of each class; NaN where it could not be tried
    warnings: tuple[str, ...]


def train_level(data: Labelled, level: str, rng: np.random.Generator) -> tuple[Head, Report]:
    """A head of the rows that are not "val", calibrated and measured on rows of groups that it did not see.

    Those are the "val" rows, where there are any: then an `mlp` also stops by them. Else each fold of the groups in
    turn; the head itself is of all rows then, an `mlp` for as many epochs as served the folds. Raises InputError for
    what cannot be learnt from.
    """
    if level not in LEVELS:
        raise InputError(f"unknown level {level!r}; known: {', '.join(LEVELS)}, finetune")
    assert data.vectors is not None, "the levels on frozen vectors want vectors"
    warnings = warnings_of(data)
    known = np.flatnonzero(data.known())
    every = Examples(data.vectors(known), data.value[known], data.weight[known], data.exclusive)
    val = np.array(data.split, np.str_)[known] == "val"
    answered = every.weight >= 1  # what only follows from answers teaches, and is no evidence
    held = _Held(every, level, rng)
    if val.any():
        net = held.try_out(np.flatnonzero(~val), np.flatnonzero(val))
        where = f"{val.sum()} pictures of val"
    else:
        net, where = _by_folds(held, data.group[known], answered)
    held_out = HeldOut(held.logits, every, held.tried & answered[:, None], data.group[known])
    head, notes = calibrated(net, held_out, names=data.names, encoder=data.encoder)
    measures, precision = measured(head, held_out)
    taught = every.take(np.flatnonzero(~val & answered))
    return head, Report(
        level=level,
        names=data.names,
        yes=tuple((taught.value == YES).sum(axis=0).tolist()),
        no=tuple((taught.value == NO).sum(axis=0).tolist()),
        groups=len(np.unique(data.group[known[answered]])),
        held_out=where,
        measures=measures,
        average_precision=precision,
        warnings=(*warnings, *notes),
    )


class _Held:
    """Log odds of rows by nets that saw none of their groups, gathered try by try."""

    def __init__(self, every: Examples, level: str, rng: np.random.Generator) -> None:
        self.every, self.level, self.rng = every, level, rng
        self.logits = np.zeros(every.value.shape, np.float32)
        self.tried: Bools = np.zeros(every.value.shape, bool)  # entries known, of classes that the net was taught

    def try_out(self, seen: Ints, held: Ints) -> Net:
        """The net of the rows seen, after it told its log odds of those held."""
        taught, watched = self.every.take(seen), self.every.take(held)
        net = self.fit(taught, watched)
        self.logits[held] = net.logits(watched.vectors)
        known = watched.value != 0
        if self.every.exclusive:
            known &= ((watched.value == YES) & taught.teachable()).any(axis=1, keepdims=True)
        self.tried[held] = known & taught.teachable()
        return net

    def fit(self, taught: Examples, watched: Examples | None = None, *, epochs: int = EPOCHS) -> Net:
        """A net of this level."""
        if self.level == "linear":
            return fit_linear(taught)
        return fit_mlp(taught, self.rng, watched=watched, epochs=epochs)


def _by_folds(held: _Held, group: Ints, answered: Bools) -> tuple[Net, str]:
    """The net of all rows, and on what it was tried."""
    rows = np.arange(len(group))
    cut = folds(held.every, group, held.rng) if len(np.unique(group[answered])) > 1 else []
    nets = [held.try_out(rows[~fold], rows[fold]) for fold in cut]
    epochs = int(np.median([max(net.epochs, 1) for net in nets])) if nets else UNWATCHED
    where = f"{len(cut)} folds by group, each tried by a head of the others" if cut else "nothing: all is one group"
    return held.fit(held.every, epochs=epochs), where


def folds(examples: Examples, group: Ints, rng: np.random.Generator) -> list[Bools]:
    """(n,) masks of at most FOLDS parts that cut no group, each with its share of every class; none for one group."""
    groups, at = np.unique(group, return_inverse=True)
    count = min(FOLDS, len(groups))
    if count < 2:
        return []
    yes = examples.value == YES
    per_group = np.zeros((len(groups), yes.shape[1] + 1))
    np.add.at(per_group, at, np.column_stack([yes, ~yes.any(axis=1)]))
    return [part[at] for part in _dealt(per_group, count, rng)]


def _dealt(per_group: NDArray[np.float64], count: int, rng: np.random.Generator) -> Sequence[Bools]:
    """(groups,) masks: the groups of most consequence first, each to the part that has least of its classes."""
    share = per_group / np.maximum(per_group.sum(axis=0), 1)
    order = rng.permutation(len(share))
    order = order[np.argsort(-share[order].max(axis=1), kind="stable")]
    held, part = np.zeros((count, share.shape[1])), np.zeros(len(share), np.int64)
    for one in order.tolist():
        part[one] = int(np.argmin(held @ share[one] + 1e-9 * held.sum(axis=1)))
        held[part[one]] += share[one]
    return [part == number for number in range(count)]
