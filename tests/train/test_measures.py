"""Measures against their definitions and against another library's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from raravis.train.measures import NAMES, Cells, Ranked, cells, confusion, ratios, reliability, says

YES = np.array([True, False, True, False])
PROB = np.array([0.9, 0.8, 0.3, 0.1], np.float32)


def measured(prob: np.ndarray, yes: np.ndarray, weight: np.ndarray | None = None, at: float = 0.5) -> dict[str, float]:
    made = Ranked(prob.astype(np.float32), yes, prob >= at)
    found = made.measures(np.ones(len(prob)) if weight is None else weight)
    return dict(zip(NAMES, found.tolist(), strict=True))


def test_four_items_can_be_counted_by_hand() -> None:
    told = measured(PROB, YES)
    assert (told["precision"], told["recall"], told["f1"]) == (0.5, 0.5, 0.5)
    assert told["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert told["roc_auc"] == 0.75
    assert told["brier"] == pytest.approx((0.01 + 0.64 + 0.49 + 0.01) / 4)
    assert told["ece"] == pytest.approx((0.1 + 0.8 + 0.7 + 0.1) / 4)


def test_they_agree_with_scikit_learn_with_ties_and_weights() -> None:
    rng = np.random.default_rng(1)
    prob = rng.integers(0, 12, 300) / 11
    yes, weight = rng.random(300) < prob, rng.integers(0, 3, 300).astype(float)
    told = measured(prob, yes, weight)
    assert told["average_precision"] == pytest.approx(average_precision_score(yes, prob, sample_weight=weight))
    assert told["roc_auc"] == pytest.approx(roc_auc_score(yes, prob, sample_weight=weight))
    assert told["brier"] == pytest.approx(brier_score_loss(yes, prob, sample_weight=weight), abs=1e-6)


def test_an_item_of_weight_two_counts_as_two_items() -> None:
    twice = measured(np.append(PROB, PROB[1]), np.append(YES, YES[1]))
    assert measured(PROB, YES, np.array([1.0, 2, 1, 1])) == pytest.approx(twice)


def test_where_all_are_equally_likely_the_ranking_says_nothing() -> None:
    told = measured(np.full(4, 0.5), YES)
    assert (told["roc_auc"], told["average_precision"]) == (0.5, 0.5)


def test_what_has_no_meaning_is_nan() -> None:
    nothing = measured(np.zeros(0), np.zeros(0, bool))
    assert np.isnan(list(nothing.values())).all()
    no_yes = measured(PROB, np.zeros(4, bool))
    assert [name for name, value in no_yes.items() if np.isnan(value)] == ["recall", "average_precision", "roc_auc"]
    assert no_yes["precision"] == no_yes["f1"] == 0


def test_probabilities_that_hold_have_no_calibration_error() -> None:
    prob = np.repeat([0.25, 0.75], 400)
    yes = np.concatenate([np.arange(400) < 100, np.arange(400) < 300])
    assert measured(prob, yes)["ece"] == 0
    low, high = reliability(prob.astype(np.float32), yes)
    assert (low.low, low.high, low.items, low.mean, low.share) == (0.2, 0.3, 400, 0.25, 0.25)
    assert high.share_low < 0.75 < high.share_high


def test_a_probability_of_one_is_in_the_last_bin_and_no_items_have_no_bins() -> None:
    (only,) = reliability(np.ones(3, np.float32), np.array([True, True, False]))
    assert (only.low, only.high, only.share) == (0.9, 1.0, pytest.approx(2 / 3))
    assert reliability(np.zeros(0, np.float32), np.zeros(0, bool)) == []


def test_classes_that_exclude_one_another_are_said_one_a_picture() -> None:
    prob = np.array([[0.6, 0.3, 0.1], [0.4, 0.4, 0.2]], np.float32)
    threshold = np.array([0.2, 0.2, 0.2], np.float32)
    assert says(prob, threshold, exclusive=True).tolist() == [[True, False, False], [True, False, False]]
    assert says(prob, threshold, exclusive=False).tolist() == [[True, True, False], [True, True, True]]
    assert says(prob[:0], threshold, exclusive=True).shape == (0, 3)


def test_rows_of_the_confusion_are_what_it_is_and_columns_what_was_said() -> None:
    prob = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.9, 0.1]], np.float32)
    value = np.array([[1, -1], [-1, 1], [-1, 1], [0, 0]], np.int8)
    assert confusion(prob, value).tolist() == [[1, 0], [1, 1]]


def test_the_cells_add_up_to_the_weights() -> None:
    table = cells(np.array([True, True, False, False]), YES, np.array([1.0, 2, 3, 4]))
    assert table == Cells(1, 2, 3, 4)
    assert ratios(table) == (1 / 3, 1 / 4, 2 / 7)
