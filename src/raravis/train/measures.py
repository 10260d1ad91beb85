"""How good scores and probabilities are, once answers are known. No answers, or no yes among them: nan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from raravis.types import Bools


def average_precision(yes: Bools, score: NDArray[np.floating]) -> float:
    """Area under precision against recall, 0..1; ties count as one step (scikit-learn's definition)."""
    return float(average_precision_score(yes, score)) if yes.any() else float("nan")


def recall_at(yes: Bools, score: NDArray[np.floating], k: int) -> float:
    """Share of the yes among the k highest scores; ties by row."""
    return float(yes[np.argsort(-score, kind="stable")[:k]].sum() / yes.sum()) if yes.any() else float("nan")


def expected_calibration_error(yes: Bools, prob: NDArray[np.floating], *, bins: int = 10) -> float:
    """Mean |share of yes - mean probability| over bins of equal width, each weighed by its items, 0..1.

    Naeini et al. 2015; an item with p = 1 lies in the last bin.
    """
    if not len(yes):
        return float("nan")
    which = np.minimum((prob * bins).astype(np.int64), bins - 1)
    return float(np.abs(np.bincount(which, weights=yes - prob, minlength=bins)).sum() / len(yes))
