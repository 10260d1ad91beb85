from __future__ import annotations

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis.arrays import sigmoid
from raravis.train.calibrate import best_threshold, calibrate, event_groups, platt, train
from raravis.types import Bools, Floats


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def calibration_error(yes: Bools, prob: Floats) -> float:
    """Mean |share of yes - mean probability| over ten bins, each weighed by its items (Naeini et al. 2015)."""
    which = np.minimum((prob * 10).astype(np.int64), 9)
    return float(np.abs(np.bincount(which, weights=yes - prob)).sum() / len(yes))


def test_platt_undoes_a_known_slope_and_offset() -> None:
    true_logits = rng().normal(0, 2, 4000)
    yes = rng(1).random(4000) < 1 / (1 + np.exp(-true_logits))
    slope, offset = platt((4 * true_logits + 3).astype(np.float32), yes)
    assert slope == pytest.approx(1 / 4, rel=0.1) and offset == pytest.approx(-3 / 4, abs=0.15)


def test_platt_stays_short_of_certainty_on_a_clean_split() -> None:
    logits = np.array([-5, -4, 4, 5], np.float32)
    slope, offset = platt(logits, logits > 0)
    assert sigmoid(np.float32(slope) * logits + np.float32(offset)) == pytest.approx([0.25] * 2 + [0.75] * 2, abs=0.05)


def test_rows_near_in_time_share_a_group_and_timelines_never_do() -> None:
    pool = make_pool(6, seconds=[0, 1, 9, 9.5, 0, 1], timeline=[0, 0, 0, 0, 1, 1])
    groups = event_groups(pool, np.arange(6), apart_seconds=2)
    assert groups.tolist() == [0, 0, 1, 1, 2, 2]
    assert event_groups(pool, np.array([3, 0, 5]), apart_seconds=2).tolist() == [1, 0, 2]
    assert event_groups(pool, np.arange(0), apart_seconds=2).tolist() == []


def test_probabilities_hold_better_after_calibration_than_before() -> None:
    angles = rng().uniform(0, 90, 600)
    truth = rng(1).random(600) < 1 / (1 + np.exp((angles - 45) / 8))
    answers = {row: 1 if truth[row] else -1 for row in range(300)}
    pool = make_pool(turn(*angles), seconds=np.arange(600) * 10.0, answers=answers)
    head, calibration = train(pool, rng()) or pytest.fail("no head")
    logits = head.logits(pool.vectors.data[300:])
    after = sigmoid(np.float32(calibration.slope) * logits + np.float32(calibration.offset))
    before_error = calibration_error(truth[300:], sigmoid(logits))
    after_error = calibration_error(truth[300:], after)
    assert after_error < 0.08 and after_error < before_error
    assert calibration.answers == 300 and calibration.note == "" and 0.2 < calibration.threshold < 0.8


def test_too_few_separate_answers_leave_log_odds_as_they_are_and_say_so() -> None:
    answers = {row: 1 if row < 10 else -1 for row in range(40)}
    calibration = calibrate(make_pool(40, answers=answers), rng())
    assert (calibration.slope, calibration.offset, calibration.threshold) == (1, 0, 0.5)
    assert calibration.note == "not calibrated: yes or no in only 1 separate stretches of time; wanted 5"
    assert calibrate(make_pool(np.zeros((0, 2))), rng()).answers == 0


def test_nothing_is_trained_while_only_one_answer_is_known() -> None:
    assert train(make_pool(5), rng()) is None


def test_the_threshold_is_where_f1_is_best() -> None:
    yes = np.array([False, False, True, False, True, True])
    assert best_threshold(np.array([0.1, 0.2, 0.3, 0.4, 0.8, 0.9]), yes) == 0.3  # F1 6/7; from 0.8 on it is 4/5
    assert best_threshold(np.array([0.1, 0.4, 0.2, 0.5, 0.8, 0.9]), yes) == 0.8


def test_a_head_that_ranks_backwards_on_what_it_did_not_see_is_not_turned_round() -> None:
    # yes lies alone among no's in every stretch, so a head without the stretch has nothing to know it by
    angles = np.tile([0.0, 90.0], 20)
    answers = {row: 1 if (row // 2 + row) % 2 == 0 else -1 for row in range(40)}
    pool = make_pool(turn(*angles), seconds=np.repeat(np.arange(20) * 100.0, 2), answers=answers)
    calibration = calibrate(pool, rng())
    assert calibration.slope > 0
