"""What is being asked already is kept from the next look, and from nothing after it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis.flow.aside import passed_over, set_aside
from raravis.flow.search import Search
from raravis.pick.ends import Ends
from raravis.pick.top import top
from raravis.train.linear import fit
from raravis.types import NO, YES, Pool


def rows(*numbers: int) -> Any:
    return np.array(numbers, np.int64)


def columns(pool: Pool) -> list[list[float]]:
    return [column.tolist() for column in (pool.asked, pool.label, pool.weight)]


def test_rows_stand_as_cant_tell_and_their_frames_as_asked_until_it_is_over() -> None:
    pool = make_pool(5, frame=[0, 0, 1, 1, 2], answers={4: YES})
    before = columns(pool)
    with set_aside(pool, rows(0, 4)):
        assert columns(pool) == [[1, 1, 0, 0, 1], [0, 0, 0, 0, YES], [1, 0, 0, 0, 1]]
    assert columns(pool) == before


def test_after_an_error_all_is_as_it_was() -> None:
    pool = make_pool(3, answers={0: NO})
    before = columns(pool)
    with pytest.raises(ZeroDivisionError), set_aside(pool, rows(1, 2)):
        raise ZeroDivisionError
    assert columns(pool) == before


def test_nothing_set_aside_changes_nothing() -> None:
    pool = make_pool(2)
    with set_aside(pool, rows()):
        assert not pool.asked.any()


def search(pool: Pool, **settings: Any) -> Search:
    return Search(pool, top, fit=fit, **settings)


def test_a_look_passes_over_what_is_withheld_and_the_rest_of_its_frame() -> None:
    pool = make_pool(turn(0, 1, 2, 3, 4, 5), frame=[0, 0, 1, 1, 2, 3], examples=turn(0))
    assert search(pool).next(4)[0].tolist() == [0, 2, 4, 5]
    assert search(pool).next(4, withheld=rows(0, 4))[0].tolist() == [2, 5] and not pool.asked.any()


def test_when_all_is_withheld_a_look_is_empty_and_no_other_head_is_fitted() -> None:
    pool = make_pool(turn(0, 90, 10), answers={0: YES, 1: NO})
    looking = search(pool)
    assert [len(part) for part in looking.next(4, withheld=rows(2))] == [0, 0] and looking.newest is None
    assert looking.next(4)[0].tolist() == [2] and looking.newest is not None


def test_a_look_with_open_ends_is_filled_up_if_wanted_and_says_why_each_is_asked() -> None:
    pool = make_pool(turn(*range(0, 180, 10)), answers={8: YES}, examples=turn(0))
    looking = search(pool, ends=Ends())
    assert sorted(looking.next(5)[0].tolist()) == [7, 9]
    filled, scores = looking.next(5, fill=True)
    assert sorted(filled[:2].tolist()) == [7, 9] and len(set(filled.tolist())) == len(filled) == len(scores) == 5
    assert looking.reasons == ("end", "end", "", "", "")


def test_an_end_that_somebody_is_asked_about_is_not_asked_twice() -> None:
    pool = make_pool(turn(*range(0, 180, 10)), answers={8: YES}, examples=turn(0))
    asked, _ = search(pool, ends=Ends()).next(5, withheld=rows(7))
    assert asked.tolist() == [9]


def test_rows_passed_over_tell_a_strategy_nothing_and_are_open_again_afterwards() -> None:
    pool = make_pool(3, answers={0: YES})
    before = columns(pool)
    with passed_over(pool, rows(0, 1)):
        assert columns(pool) == [[1, 1, 0], [YES, 0, 0], [1, 0, 0]]
    assert columns(pool) == before


def waiting_end() -> Pool:
    return make_pool(turn(*[0] * 5, *[90] * 5), answers=dict.fromkeys(range(5), YES))  # row 5 looks unlike them


def test_while_an_end_waits_the_strategy_asks_elsewhere() -> None:
    search = Search(waiting_end(), top, fit=fit, ends=Ends())
    assert sorted(search.next(10)[0].tolist()) == [6, 7, 8, 9]


def test_an_end_that_waited_is_asked_about_when_nothing_else_is_left() -> None:
    search = Search(waiting_end(), lambda pool, k, rng: (rows(), np.zeros(0, np.float32)), fit=fit, ends=Ends())
    assert search.next(10)[0].tolist() == [5] and search.reasons == ("end",)
