from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from pool_making import make_pool, turn

from raravis.pick.hunt import Hunt
from raravis.pick.part import Parts
from raravis.pick.shots import at_ends
from raravis.types import Pool

Worth = Callable[[np.ndarray], np.ndarray]
THREE_SHOTS = turn(*[0] * 20, *[90] * 10, *[0] * 20)  # cuts before rows 20 and 30


def worth_of(values: Mapping[int, float]) -> Worth:
    return lambda rows: np.array([values.get(row, 1.0) for row in rows.tolist()], np.float32)


SAME = worth_of({})


def moved(pool: Pool, *rows: int, worth: Worth = SAME) -> list[int]:
    return at_ends(pool, np.array(rows), worth).tolist()  # type: ignore[no-any-return]


def test_a_row_between_two_cuts_moves_to_the_end_of_its_shot_that_is_worth_more() -> None:
    pool = make_pool(THREE_SHOTS)
    assert moved(pool, 25, worth=worth_of({20: 0.8, 29: 0.9})) == [29]
    assert moved(pool, 25, worth=worth_of({20: 0.9, 29: 0.8})) == [20]


def test_a_row_stays_where_the_ends_are_worth_too_little() -> None:
    assert moved(make_pool(THREE_SHOTS), 25, worth=worth_of({20: 0.69, 29: 0.6})) == [25]


def test_where_time_begins_and_ends_a_shot_does() -> None:
    pool = make_pool(THREE_SHOTS)
    assert moved(pool, 5, worth=worth_of({19: 0.8})) == [0]
    assert moved(pool, 45, worth=worth_of({30: 0.8})) == [49]


def test_nothing_moves_past_what_was_asked() -> None:
    pool = make_pool(THREE_SHOTS, answers={22: -1})
    assert moved(pool, 25) == [29]
    assert moved(make_pool(THREE_SHOTS, answers={22: -1, 27: -1}), 25) == [25]


def test_two_rows_of_one_shot_move_to_its_two_ends() -> None:
    assert moved(make_pool(THREE_SHOTS), 27, 23, worth=worth_of({20: 2.0})) == [29, 20]


def test_a_shot_whose_ends_are_far_is_asked_about_where_it_was() -> None:
    pool = make_pool(turn(*[0] * 200, *[90] * 200))
    assert moved(pool, 100, 290) == [100, 290]
    assert moved(pool, 160, 240) == [199, 200]


def test_what_stands_alone_in_time_stays() -> None:
    assert moved(make_pool(THREE_SHOTS, timeline=range(50)), 25) == [25]


def test_in_a_part_of_a_collection_what_is_next_in_the_list_is_no_neighbour() -> None:
    parts = Parts(make_pool(THREE_SHOTS))
    parts.step = 3
    rows, part = parts.of(0)
    assert rows.tolist() == list(range(0, 50, 3))
    assert moved(part, 8) == [8]


def test_of_a_frame_with_several_items_the_one_worth_most_is_asked() -> None:
    pool = make_pool(np.repeat(THREE_SHOTS, 2, 0), frame=np.repeat(range(50), 2), seconds=np.repeat(range(50), 2))
    assert moved(pool, 50, worth=worth_of({41: 1.1})) == [41]


def test_hunt_asks_at_a_cut_though_the_middle_is_a_little_likelier() -> None:
    pool = make_pool(turn(*[0] * 2000, *[90] * 10, *[0] * 2000), prob=[0.01] * 2000 + [0.8] * 10 + [0.01] * 2000)
    pool.prob[2005] = 0.81  # type: ignore[index]
    assert Hunt()(pool, 1, np.random.default_rng(0))[0][0] in (2000, 2009)
