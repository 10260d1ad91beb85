from __future__ import annotations

import numpy as np
from pool_making import make_pool, turn

from raravis.pick.hunt import Hunt
from raravis.pick.kernel import GAMMA, RIDGE, opinion


def test_what_is_like_a_yes_is_likelier_than_what_is_like_a_no() -> None:
    pool = make_pool(turn(0, 90, 10, 80, 45), answers={0: 1, 1: -1})
    near_yes, near_no, between = opinion(pool, np.array([2, 3, 4]), np.random.default_rng(0))
    assert near_yes > between > near_no


def test_two_separate_kinds_of_yes_are_both_likely() -> None:
    pool = make_pool(turn(0, 60, 120, 1, 61, 119), answers={0: 1, 1: -1, 2: 1})
    one, middle, other = opinion(pool, np.array([3, 4, 5]), np.random.default_rng(0))
    assert min(one, other) > middle  # no line through these three tells them apart


def test_it_is_the_ridge_regression_it_says_it_is_and_the_nearest_yes_and_no() -> None:
    pool = make_pool(turn(0, 90), answers={0: 1, 1: -1})
    kernel = np.exp(GAMMA * (np.array([[1, -1], [-1, 1]]) - 1))  # less their mean, the two are opposites
    by_hand = kernel @ np.linalg.solve(kernel + RIDGE * np.eye(2), [1, -1])  # nothing is unasked, each side weighs 1
    near = [0.5 - -0.25, -0.5 - 0.25]  # half of the cosine to the yes, less a quarter of that to the no
    assert np.allclose(opinion(pool, np.arange(2), np.random.default_rng(0)), by_hand + near, atol=1e-6)


def test_while_only_yes_or_only_no_is_known_it_has_none() -> None:
    for answers in ({}, {0: -1}):
        assert opinion(make_pool(3, answers=answers), np.arange(3), np.random.default_rng(0)).tolist() == [0, 0, 0]


def test_no_rows_no_opinion() -> None:
    pool = make_pool(turn(0, 90), answers={0: 1, 1: -1})
    assert opinion(pool, np.zeros(0, np.int64), np.random.default_rng(0)).shape == (0,)


def test_hunt_listens_to_it_on_photographs_and_not_on_video() -> None:
    known = {
        "prob": [0.5, 0.5, 0.5, 0.6, 0.55, 0.1],
        "answers": {1: -1, 2: 1, 5: -1},
    }  # the head, believed, prefers row 3
    scene, first = turn(0, 60, 120, 40, 119, 90), lambda pool: Hunt(window=1)(pool, 1, np.random.default_rng(0))[0][0]
    assert first(make_pool(scene, timeline=range(6), **known)) == 4  # all but the same as row 2, a yes
    assert first(make_pool(scene, **known)) == 3
