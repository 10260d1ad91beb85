from __future__ import annotations

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis.errors import InputError
from raravis.pick.ends import Ends
from raravis.types import Pool


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def answer(pool: Pool, row: int, value: int) -> None:
    pool.asked[row], pool.label[row], pool.weight[row] = True, value, 1


def follow(pool: Pool, truth: np.ndarray, ends: Ends, k: int = 10) -> int:
    """Answers every question until none is left; how many answers that took."""
    taken = 0
    while len(rows := ends.ask(pool, k, rng())[0]):
        for row in rows.tolist():
            answer(pool, row, int(truth[row]))
        taken += len(rows)
    return taken


def event(n: int, first: int, last: int) -> np.ndarray:
    return np.where((np.arange(n) >= first) & (np.arange(n) <= last), 1, -1)


ALIKE = np.ones((1000, 2)) / np.sqrt(2)
GALLOP = Ends(gap_seconds=0)


def test_it_gallops_away_from_a_hit_by_1_then_as_far_as_the_event_is_known_to_be_long() -> None:
    pool = make_pool(ALIKE[:40], answers={20: 1})
    assert sorted(GALLOP.ask(pool, 10, rng())[0].tolist()) == [19, 21]
    answer(pool, 19, 1)
    answer(pool, 21, 1)
    assert sorted(GALLOP.ask(pool, 10, rng())[0].tolist()) == [17, 23]


def test_between_the_last_yes_and_the_first_no_it_halves() -> None:
    pool = make_pool(ALIKE[:40], answers={0: 1, 8: -1})
    assert GALLOP.ask(pool, 10, rng())[0].tolist() == [1]
    answer(pool, 1, 1)
    answer(pool, 2, 1)
    answer(pool, 4, 1)
    assert GALLOP.ask(pool, 10, rng())[0].tolist() == [6]


@pytest.mark.parametrize(("first", "last"), [(0, 39), (100, 100), (300, 420), (512, 999), (0, 999)])
@pytest.mark.parametrize("seed", range(3))
def test_ends_are_placed_exactly_with_about_two_logarithms_of_answers(first: int, last: int, seed: int) -> None:
    truth = event(1000, first, last)
    hit = int(np.random.default_rng(seed).integers(first, last + 1))
    pool = make_pool(ALIKE, answers={hit: 1})
    taken = follow(pool, truth, Ends(gap_seconds=0, spot_check=0))
    yes = np.union1d(Ends(gap_seconds=0).between(pool), np.flatnonzero(pool.asked & (pool.label == 1)))
    assert yes.tolist() == list(range(first, last + 1))
    assert taken <= 2 * (2 * np.log2(last - first + 1) + 2)


def test_what_lies_between_two_answers_of_one_event_follows() -> None:
    pool = make_pool(ALIKE[:20], answers={5: 1, 6: 1, 7: 1, 9: 1, 12: 1})
    assert GALLOP.between(pool).tolist() == [8, 10, 11]


def test_two_hits_farther_apart_than_either_event_is_long_are_not_one() -> None:
    pool = make_pool(ALIKE[:40], answers={5: 1, 30: 1})
    assert GALLOP.between(pool).tolist() == []


def test_hits_within_the_gap_are_one_event_at_once() -> None:
    assert Ends(gap_seconds=3).between(make_pool(ALIKE[:9], answers={2: 1, 6: 1})).tolist() == [3, 4, 5]
    assert Ends(gap_seconds=2).between(make_pool(ALIKE[:9], answers={2: 1, 6: 1})).tolist() == []


def test_a_no_inside_splits_the_event() -> None:
    pool = make_pool(ALIKE[:40], answers={4: 1, 5: 1, 6: 1, 8: 1, 12: 1, 20: 1})
    assert GALLOP.between(pool).tolist() == [7, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19]
    answer(pool, 16, -1)
    assert GALLOP.between(pool).tolist() == [7, 9, 10, 11]


def test_a_gap_within_the_tolerance_is_left_open_and_a_longer_one_is_placed() -> None:
    answers = {3: -1, 4: 1, 5: 1, 6: 1, 7: 1, 10: -1, 12: 1, 13: 1, 14: 1, 15: 1, 16: -1}
    assert Ends(gap_seconds=4).ask(make_pool(ALIKE[:30], answers=answers), 10, rng())[0].tolist() == []
    assert sorted(Ends(gap_seconds=3).ask(make_pool(ALIKE[:30], answers=answers), 10, rng())[0].tolist()) == [8, 11]


def test_can_t_tell_ends_an_event_as_a_no_does() -> None:
    pool = make_pool(ALIKE[:9], answers={3: 1, 4: 0, 2: 0})
    assert len(GALLOP.ask(pool, 10, rng())[0]) == 0 and len(GALLOP.between(pool)) == 0


def test_a_cut_is_asked_about_first_and_never_taken_for_an_answer() -> None:
    pool = make_pool(turn(*[0] * 50, *[90] * 50), answers={20: 1})
    taken = follow(pool, event(100, 0, 49), Ends())
    straight = make_pool(turn(*[0] * 50, *[90] * 50), answers={20: 1})
    assert pool.asked[[49, 50]].all() and taken < follow(straight, event(100, 0, 49), Ends(jumps=0))
    across = make_pool(turn(*[0] * 50, *[90] * 50), answers={20: 1})
    follow(across, event(100, 10, 80), Ends())
    assert {int(row) for row in Ends().between(across)} <= set(range(10, 81)) and across.label[80] == 1


def test_it_stops_at_the_end_of_the_timeline_and_at_a_pause() -> None:
    lines = make_pool(ALIKE[:10], timeline=[0] * 5 + [1] * 5, answers={4: 1})
    assert GALLOP.ask(lines, 10, rng())[0].tolist() == [3]
    paused = make_pool(ALIKE[:10], seconds=[0, 1, 2, 3, 4, 3600, 3601, 3602, 3603, 3604], answers={4: 1})
    assert GALLOP.ask(paused, 10, rng())[0].tolist() == [3]


def test_photographs_have_no_ends() -> None:
    pool = make_pool(ALIKE[:5], timeline=range(5), answers={2: 1})
    assert len(Ends().ask(pool, 10, rng())[0]) == len(Ends().between(pool)) == 0


def test_nothing_known_asks_nothing() -> None:
    for pool in (make_pool(np.zeros((0, 2))), make_pool(5), make_pool(5, answers={2: -1})):
        assert len(Ends().ask(pool, 10, rng())[0]) == len(Ends().between(pool)) == 0


def test_a_share_of_the_inside_is_asked_where_it_is_least_likely() -> None:
    answers = {0: 1, 1: 1, 2: 1, 4: 1, 8: 1, 16: 1, 32: 1, 39: 1}
    prob = np.where(np.arange(40) == 20, 0.1, 0.9).tolist()
    pool = make_pool(ALIKE[:40], answers=answers, prob=prob)
    assert Ends(spot_check=0.2).ask(pool, 10, rng())[0].tolist() == []
    assert Ends(spot_check=0.25).ask(pool, 10, rng())[0].tolist() == [20]


def test_of_a_frame_with_several_items_the_one_like_the_hit_is_meant() -> None:
    boxes = turn(0, 90, 0, 90, 0, 90, 0, 90)
    pool = make_pool(boxes, frame=[0, 0, 1, 1, 2, 2, 3, 3], seconds=[0, 0, 1, 1, 2, 2, 3, 3], answers={3: 1})
    assert sorted(GALLOP.ask(pool, 10, rng())[0].tolist()) == [1, 5]
    answer(pool, 7, 1)
    assert Ends(gap_seconds=1).between(pool).tolist() == [5]


def test_only_what_people_answered_counts() -> None:
    pool = make_pool(ALIKE[:20], answers={5: 1, 6: 1, 8: 1})
    before = Ends().between(pool).tolist()
    pool.asked[7], pool.label[7], pool.weight[7] = True, 1, 0.5
    assert Ends().between(pool).tolist() == before == [7]


def test_the_order_of_rows_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(30)
    truth = event(30, 4, 17)
    straight, mixed = make_pool(ALIKE[:30], answers={9: 1}), make_pool(ALIKE[:30], seconds=order.tolist())
    answer(mixed, int(np.flatnonzero(order == 9)[0]), 1)
    follow(straight, truth, Ends())
    follow(mixed, truth[order], Ends())
    assert sorted(order[Ends().between(mixed)].tolist()) == Ends().between(straight).tolist()


@pytest.mark.parametrize("settings", [{"gap_seconds": -1.0}, {"jumps": 1.0}, {"spot_check": 2.0}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match="wanted a gap"):
        Ends(**settings)


CUT = turn(*[0] * 50, *[90] * 50)  # nothing like what is before row 50 comes after it


def patiently(pool: Pool) -> tuple[list[int], list[int]]:
    rows, _, beside = Ends().ask_what_pays(pool, 10, rng())
    return sorted(rows.tolist()), beside.tolist()


def test_an_end_at_which_a_no_is_expected_waits_and_nothing_else_asks_there() -> None:
    pool = make_pool(CUT, answers={45: 1, 46: 1, 47: 1, 48: 1, 49: 1})
    assert sorted(Ends().ask(pool, 10, rng())[0].tolist()) == [25, 50]
    assert patiently(pool) == ([25], [50])


def test_where_nothing_tells_that_an_event_ends_no_end_waits() -> None:
    pool = make_pool(ALIKE[:40], answers={20: 1})
    assert patiently(pool) == (sorted(Ends().ask(pool, 10, rng())[0].tolist()), [])


def test_when_the_search_finds_little_no_end_waits() -> None:
    noes = dict.fromkeys(range(52, 100), -1)  # 48 of them for one event of five frames: an answer finds 5 / 47 frames
    pool = make_pool(CUT, answers={45: 1, 46: 1, 47: 1, 48: 1, 49: 1} | noes)
    assert patiently(pool) == ([25, 50], [])


def test_the_last_answers_of_a_budget_are_for_the_ends_that_waited() -> None:
    pool = make_pool(CUT, answers={45: 1, 46: 1, 47: 1, 48: 1, 49: 1})
    pool.budget_left = 2
    assert patiently(pool) == ([25], [50])
    pool.budget_left = 1
    assert patiently(pool) == ([25, 50], [])


def test_an_event_that_can_wait_does_not_keep_the_one_beyond_the_gap_from_asking() -> None:
    pool = make_pool(turn(*[0] * 15, *[90] * 45), answers=dict.fromkeys(range(5, 15), 1) | {45: 1, 46: -1})
    rows, beside = patiently(pool)
    assert beside == [] and any(15 < row < 45 for row in rows)


def test_an_end_at_a_cut_waits_though_the_event_crossed_one_as_large() -> None:
    pool = make_pool(turn(*[0] * 20, *[60] * 10, *[120] * 30), answers=dict.fromkeys(range(10, 30), 1))
    rows, beside = patiently(pool)
    assert 30 not in rows and 30 in beside
    assert 30 in Ends().ask(pool, 10, rng())[0]


def test_an_event_known_by_one_frame_between_two_cuts_waits_no_longer_than_a_usual_one() -> None:
    glimpse = turn(*[0] * 50, 90, *[180] * 49)
    usual = dict.fromkeys(range(60, 90), 1) | {59: -1, 90: -1}
    pool = make_pool(glimpse, answers={50: 1} | usual)
    assert not {49, 51} & set(patiently(pool)[0])
    pool = make_pool(glimpse, answers={50: 1} | usual | dict.fromkeys(range(20, 44), -1))  # 13 no's for each event
    assert set(patiently(pool)[0]) >= {49, 51}
