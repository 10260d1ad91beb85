"""Log odds of rows that a net never saw -> probabilities that hold, thresholds, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import sigmoid, softmax
from raravis.train.calibrate import FEWEST, best_threshold, platt
from raravis.train.examples import Examples, Net
from raravis.types import NO, YES, Bools, Floats, Head, Ints


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """n rows and C classes."""

    logits: Floats  # (n, C) of nets that saw no row of the row's group
    examples: Examples
    tried: Bools  # (n, C) entries that these nets were asked about and whose answer is known
    group: Ints  # (n,)

    def rows(self) -> Ints:
        """Of classes that exclude one another, the rows that count."""
        return np.flatnonzero(self.tried.any(axis=1))

    def groups(self, column: int) -> int:
        """In how many groups a class has a tried yes, or a tried no: the fewer of the two."""
        told = np.where(self.tried[:, column], self.examples.value[:, column], 0)
        return min(len(np.unique(self.group[told == sign])) for sign in (YES, NO))


def calibrated(net: Net, held: HeldOut, *, names: tuple[str, ...], encoder: str) -> tuple[Head, list[str]]:
    """The head, and a line for each class whose probabilities are not calibrated, and why.

    Each class is scaled by itself (Platt 1999); those that exclude one another all by one temperature (Guo et al.
    2017) and towards their frequencies (Menon et al. 2021), which balanced training did away with.
    """
    scale = _softmax_scale(held) if held.examples.exclusive else _own_scales(held)
    prob = _probability(held, scale)
    head = Head(
        names=names,
        weight=net.weight,
        bias=net.bias,
        calibration=scale,
        threshold=np.array([_threshold(held, prob, c) for c in range(len(names))], np.float32),
        encoder=encoder,
        hidden=net.hidden,
        exclusive=held.examples.exclusive,
    )
    return head, _notes(held, names)


def measured(head: Head, held: HeldOut) -> tuple[dict[str, float], tuple[float, ...]]:
    """Shares by name, and (C,) the average precision of each class on the entries tried; NaN where there are none."""
    prob = _probability(held, head.calibration)
    precision = tuple(_average_precision(held, prob, column) for column in range(len(head.names)))
    told = {"mean average precision": float(np.nanmean(precision))} if np.isfinite(precision).any() else {}
    rows = held.rows()
    if not head.exclusive or not len(rows):
        return told, precision
    true, said = held.examples.value[rows].argmax(axis=1), prob[rows].argmax(axis=1)
    recall = [float(np.mean(said[true == c] == c)) for c in np.unique(true)]
    return {"accuracy": float(np.mean(said == true)), "mean recall": float(np.mean(recall)), **told}, precision


def _probability(held: HeldOut, scale: Floats) -> Floats:
    logits = np.asarray(scale[0] * held.logits + scale[1], np.float32)
    return softmax(logits) if held.examples.exclusive else sigmoid(logits)


def _own_scales(held: HeldOut) -> Floats:
    """(2, C) slope and offset; the identity where too few groups speak, or the order is no better than chance."""
    scale = np.stack([np.ones(held.tried.shape[1]), np.zeros(held.tried.shape[1])]).astype(np.float32)
    for column in range(held.tried.shape[1]):
        if held.groups(column) >= FEWEST:
            rows = held.tried[:, column]
            slope, offset = platt(held.logits[rows, column], held.examples.value[rows, column] == YES)
            scale[:, column] = (slope, offset) if slope > 0 else (1, 0)
    return scale


def _softmax_scale(held: HeldOut) -> Floats:
    """(2, C) one slope and, by class, an offset: a share of the logarithm of how frequent the class is."""
    from scipy.optimize import minimize

    rows, c = held.rows(), held.tried.shape[1]
    if len(np.unique(held.group[rows])) < 2 * FEWEST:
        return np.stack([np.ones(c), np.zeros(c)]).astype(np.float32)
    logits = held.logits[rows].astype(np.float64)
    target = (held.examples.value[rows] == YES).astype(np.float64)
    often = (held.examples.value == YES).sum(axis=0) + 1
    towards = np.log(often / often.mean())
    doubt = 1 / (len(rows) + 2)  # as Platt's targets: a clean split does not end in certainty
    target = target * (1 - doubt) + doubt / c

    def nats(at: NDArray[np.float64]) -> float:
        scaled = np.exp(at[0]) * logits + at[1] * towards
        top = scaled.max(axis=1, keepdims=True)
        return float(
            np.mean(((np.log(np.exp(scaled - top).sum(axis=1, keepdims=True)) + top - scaled) * target).sum(1))
        )

    found = minimize(nats, np.array([0.0, 0.0]), method="L-BFGS-B", bounds=[(-4, 4), (0, 1)]).x
    return np.stack([np.full(c, np.exp(found[0])), found[1] * towards]).astype(np.float32)


def _threshold(held: HeldOut, prob: Floats, column: int) -> float:
    """The probability of the best F1, where enough groups speak."""
    rows = held.tried[:, column]
    if held.groups(column) < FEWEST:
        return 0.5
    return best_threshold(prob[rows, column], held.examples.value[rows, column] == YES)


def _average_precision(held: HeldOut, prob: Floats, column: int) -> float:
    from sklearn.metrics import average_precision_score

    rows = held.tried[:, column]
    yes = held.examples.value[rows, column] == YES
    return float(average_precision_score(yes, prob[rows, column])) if yes.any() and not yes.all() else float("nan")


def _notes(held: HeldOut, names: tuple[str, ...]) -> list[str]:
    few = [name for column, name in enumerate(names) if held.groups(column) < FEWEST]
    if not few:
        return []
    listed = ", ".join(map(repr, few[:5])) + (f" and {len(few) - 5} more" if len(few) > 5 else "")
    what = "threshold 0.5" if held.examples.exclusive else "not calibrated, threshold 0.5"
    return [f"{what} for {listed}: held-out yes or no in fewer than {FEWEST} separate groups"]
