from __future__ import annotations

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis.errors import InputError
from raravis.pick.seals import Seals


def seals(neighbours: int, prob: list[float], answers: dict[int, int]) -> list[int]:
    pool = make_pool(turn(0, 10, 20, 30, 90), prob=prob, answers=answers)
    return Seals(neighbours)(pool, 5, np.random.default_rng(0))[0].tolist()  # type: ignore[no-any-return]


def test_what_is_near_a_hit_comes_by_confidence_before_the_rest() -> None:
    assert seals(3, [0, 0.2, 0.3, 0.8, 0.9], {0: 1}) == [2, 1, 4, 3]


def test_a_no_draws_nothing_near() -> None:
    assert seals(3, [0, 0.2, 0.3, 0.8, 0.9], {0: -1}) == [4, 3, 2, 1]


def test_an_example_counts_as_a_hit_and_more_neighbours_than_items_are_all() -> None:
    pool = make_pool(turn(0, 45, 90), examples=turn(80))
    assert Seals(1)(pool, 3, np.random.default_rng(0))[0].tolist()[0] == 2
    assert len(Seals(100)(pool, 3, np.random.default_rng(0))[0]) == 3


def test_no_neighbours_are_refused() -> None:
    with pytest.raises(InputError, match="1 neighbour or more"):
        Seals(0)
