from __future__ import annotations

import numpy as np
from pool_making import make_pool, turn

from raravis.pick.hunt import Hunt
from raravis.pick.novel import new_modes
from raravis.types import NO, YES, Pool

ROWS = np.arange(3, 6)


def pool_of(*, answers: dict[int, int], prob: list[float] | None = None) -> Pool:
    """Rows 0 and 2 are 10 degrees apart, 1 lies between them in time; 3 to 5 are 5, 40 and 90 degrees from row 2."""
    prob = prob or [0.9, 0.1, 0.8, 0.9, 0.5, 0.3]
    return make_pool(turn(0, 180, 10, 15, 50, 100), answers=answers, prob=prob)


def test_new_is_what_is_likely_and_less_like_any_event_found_than_these_are_like_each_other() -> None:
    pool = pool_of(answers={0: YES, 1: NO, 2: YES})
    assert new_modes(pool, ROWS).tolist() == [False, True, False]  # the last is likely by less than half of 0.8
    assert Hunt().reason(pool, ROWS) == ["", "new mode", ""]


def test_nothing_is_new_before_two_events_were_found_or_without_a_head() -> None:
    assert not new_modes(pool_of(answers={0: YES, 2: YES}), ROWS).any()  # side by side: one event
    assert not new_modes(pool_of(answers={1: NO}), ROWS).any()
    pool = pool_of(answers={0: YES, 1: NO, 2: YES})
    pool.prob = None
    assert not new_modes(pool, ROWS).any() and new_modes(pool, ROWS[:0]).shape == (0,)


def test_what_only_follows_from_answers_is_no_event() -> None:
    pool = pool_of(answers={0: YES, 1: NO, 2: YES})
    pool.weight[2] = 0.5
    assert not new_modes(pool, ROWS).any()
