"""Which answers are doubted, small enough to check by eye."""

from __future__ import annotations

import numpy as np

from raravis.train.doubt import confident, doubts, margins


def of_two(*yes: float) -> np.ndarray:
    prob = np.array(yes, np.float32)
    return np.stack([1 - prob, prob], axis=1)


def test_an_answer_that_is_confidently_contradicted_is_doubted() -> None:
    prob, given = of_two(0.9, 0.8, 0.1, 0.2, 0.95), np.array([1, 1, 0, 0, 0])
    found = doubts(prob, given)
    assert found.rows.tolist() == [4]  # 0.95 is above 0.85, the mean of the yes's; its no is far below that of the no's
    assert found.suggested.tolist() == [1]
    np.testing.assert_allclose(found.margin, [0.9], atol=1e-6)


def test_a_class_of_which_all_are_unsure_has_a_low_threshold() -> None:
    prob, given = of_two(0.4, 0.3, 0.05, 0.1, 0.45), np.array([1, 1, 0, 0, 0])
    assert doubts(prob, given).rows.tolist() == [4]  # below one half, and yet above 0.35


def test_the_worst_come_first_and_ties_as_they_came() -> None:
    prob = of_two(0.9, 0.9, 0.95, 0.99, 0.95, 0.05, 0.01)
    given = np.array([1, 1, 0, 0, 0, 0, 0])
    found = doubts(prob, given)
    assert found.rows.tolist() == [3, 2, 4]
    assert np.all(np.diff(found.margin) <= 0)


def test_of_several_classes_the_likeliest_of_the_reached_is_suggested() -> None:
    prob = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.05, 0.05, 0.9]], np.float32)
    found = doubts(prob, np.array([0, 1, 2, 0]))
    assert (found.rows.tolist(), found.suggested.tolist()) == ([3], [2])


def test_what_reaches_no_threshold_is_of_no_class() -> None:
    prob = np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.0, 0.1, 0.9], [0.34, 0.33, 0.33]], np.float32)
    assert confident(prob, np.array([0, 1, 2, 0])).tolist() == [0, 1, 2, -1]


def test_margins_are_minus_one_for_a_sure_answer_and_one_for_a_sure_mistake() -> None:
    assert margins(of_two(1, 1, 0.5), np.array([1, 0, 1])).tolist() == [-1, 1, 0]


def test_no_answers_are_no_doubts() -> None:
    found = doubts(of_two(), np.zeros(0, int))
    assert len(found.rows) == len(found.suggested) == len(found.margin) == 0


def test_a_perfect_separation_leaves_nothing_to_doubt() -> None:
    given = np.array([0] * 50 + [1] * 50)
    assert len(doubts(of_two(*given * 0.9), given).rows) == 0
