from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis import plugins
from raravis.arrays import sigmoid
from raravis.errors import InputError
from raravis.flow.search import PART, Search, strategy_and_ends
from raravis.pick.ends import PROPAGATED, Ends
from raravis.pick.ezmode import Ezmode
from raravis.pick.hunt import Hunt
from raravis.pick.random import random
from raravis.pick.top import top
from raravis.train.linear import LinearFit, fit
from raravis.types import Bools, Pool


class Counting:
    """A fit that remembers how many answers it saw each time."""

    def __init__(self) -> None:
        self.saw: list[int] = []

    def __call__(self, pool: Pool, rng: np.random.Generator, chosen: Bools) -> LinearFit | None:
        self.saw.append(int(chosen.sum()))
        return fit(pool, rng, chosen)


def pool_of_angles(**settings: object) -> Pool:
    return make_pool(turn(*np.linspace(0, 90, 31)), **settings)  # type: ignore[arg-type]


def test_a_search_that_starts_from_an_example_walks_along_the_likeness() -> None:
    search = Search(pool_of_angles(examples=turn(-5)), top, fit=fit)
    rows, scores = search.next(3)
    assert rows.tolist() == [0, 1, 2] and np.all(np.diff(scores) <= 0)
    search.record(rows, [1, 1, -1])
    assert search.answers == 3 and search.pool.label[:4].tolist() == [1, 1, -1, 0]


@pytest.mark.parametrize(("refit_every", "saw"), [(1, [0, 2, 4, 6, 8]), (4, [0, 4, 8]), (100, [0])])
def test_a_head_is_fitted_again_after_so_many_answers(refit_every: int, saw: list[int]) -> None:
    counting = Counting()
    search = Search(pool_of_angles(examples=turn(-5)), top, fit=counting, refit_every=refit_every)
    for _ in range(5):
        rows, _ = search.next(2)
        search.record(rows, np.where(rows < 5, 1, -1))
    assert counting.saw == saw


def test_ezmode_keeps_a_head_for_its_round_and_the_others_fit_before_every_look() -> None:
    def cadence(spec: str) -> int:
        return Search(make_pool(3), plugins.strategy(spec), fit=fit).refit_every

    assert cadence("ezmode") == cadence("ezmode:prox_rad=3") == 100 and cadence("ezmode:select_per_round=20") == 20
    assert {cadence(name) for name in plugins.names("pick") if name != "ezmode"} == {1}


def test_ezmode_chooses_what_the_head_learns_from() -> None:
    counting = Counting()
    pool = make_pool(8, answers={0: 1, 1: 1, 2: 1, 7: -1}, prob=[0.9, 0.2, 0.1, 0, 0, 0, 0, 0])
    Search(pool, Ezmode(), fit=counting).next(1)
    assert counting.saw == [3]


def test_ezmode_chooses_so_in_a_search_made_again_from_its_answers_too() -> None:
    counting = Counting()
    search = Search(pool_of_angles(examples=turn(-5)), Ezmode(), fit=counting)
    search.record([0, 1, 2, 3, 30], [1, 1, 1, 1, -1], counted=False)
    search.next(1)
    assert counting.saw == [5, 3]  # of the four hits in a row the two that a head of all finds easier


def test_a_round_can_be_made_again_from_its_seed_number_and_the_answers_before_it() -> None:
    def answered(search: Search, looks: int) -> list[list[int]]:
        shown = []
        for _ in range(looks):
            rows, _ = search.next(4)
            search.record(rows, np.where(rows < 6, 1, -1))
            shown.append(rows.tolist())
        return shown

    for name in plugins.names("pick"):
        strategy = plugins.strategy(name)
        first = Search(pool_of_angles(examples=turn(-5)), strategy, fit=fit, refit_every=1, seed=7)
        before = answered(first, 2)
        again = Search(pool_of_angles(examples=turn(-5)), strategy, fit=fit, refit_every=1, seed=7, round_number=2)
        for rows in before:
            again.record(rows, np.where(np.array(rows) < 6, 1, -1), counted=False)
        assert again.next(4)[0].tolist() == first.next(4)[0].tolist(), name


def test_the_pool_is_scored_by_the_newest_head_through_its_scan() -> None:
    pool = pool_of_angles(examples=turn(0))
    pool.scan = lambda queries: np.asarray(queries @ pool.vectors.data.T, np.float32)
    search = Search(pool, top, fit=fit)
    search.next(1)
    assert search.newest is not None and pool.prob is not None
    assert np.allclose(pool.prob, sigmoid(search.newest.logits(pool.vectors.data)), rtol=1e-4)


def sure(pool: Pool, **settings: Any) -> Search:
    """A search by hunt, whose head says 0.99 of what lies at 0 degrees and less than 0.1 of what is beyond 50."""
    return Search(
        pool, Hunt(window=1), fit=lambda *_, **__: LinearFit(np.array([16, 0], np.float32), -11.0), **settings
    )


def test_a_short_look_ends_behind_a_likely_hit_where_ends_are_placed_and_another_one_does_not() -> None:
    angles = turn(80, 85, 0, 75, 70, 65, 60, 55)
    assert sure(make_pool(angles), ends=Ends()).next(4, short=True)[0].tolist() == [2]
    assert len(sure(make_pool(angles), ends=Ends()).next(4)[0]) == 4
    assert len(sure(make_pool(angles)).next(4, short=True)[0]) == 4, "no ends, so no end to ask for next"
    asked = sure(make_pool(np.delete(angles, 2, axis=0)), ends=Ends())
    assert len(asked.next(4, short=True)[0]) == len(asked.reasons) == 4, "none is likely"


def test_a_short_look_of_a_strategy_that_draws_evenly_has_all_its_rows() -> None:
    search = Search(
        make_pool(turn(*range(20))), random, fit=lambda *_: LinearFit(np.ones(2, np.float32), 9.0), ends=Ends()
    )
    assert len(search.next(6, short=True)[0]) == 6, "or what is drawn would depend on what is likely"


def test_an_example_weighs_as_much_as_the_strategy_says() -> None:
    def head(strategy: Any) -> LinearFit:
        pool = make_pool(turn(*np.linspace(0, 180, 60)), examples=turn(90), answers={0: 1, 59: -1})
        search = Search(pool, strategy, fit=fit)
        search.next(1)
        assert search.newest is not None
        return search.newest

    at = turn(0, 90)
    plain, heavy, light = (head(one).logits(at) for one in (top, Hunt(), Hunt(example_weight=1.0)))
    assert heavy[1] - heavy[0] > plain[1] - plain[0] + 1
    assert np.allclose(light[1] - light[0], plain[1] - plain[0], rtol=0.1)


def test_rank_is_kept_far_below_one_half() -> None:
    pool = make_pool(turn(0, 90, 45, 30))
    steep = LinearFit(np.array([40, -40], np.float32), 0.0)
    search = Search(pool, top, fit=lambda *_: steep)
    assert search.next(4)[0].tolist() == [0, 3, 2, 1]
    assert pool.prob is not None and 0 < pool.prob[1] < 1e-15


def test_there_is_no_head_while_only_no_is_known() -> None:
    search = Search(pool_of_angles(), top, fit=fit)
    rows, _ = search.next(5)
    search.record(rows, [-1] * 5)
    search.next(5)
    assert search.newest is None and search.pool.prob is None


def test_the_budget_ends_the_search_and_what_is_given_free_does_not_count() -> None:
    search = Search(pool_of_angles(), top, fit=fit)
    search.pool.budget_left = 5
    search.record([30], [1], counted=False)
    shown = []
    while len(rows := search.next(2)[0]):
        search.record(rows, [-1] * len(rows))
        shown.append(len(rows))
    assert shown == [2, 2, 1] and search.answers == 5 and search.pool.budget_left == 0


def test_an_exhausted_pool_ends_the_search() -> None:
    search = Search(make_pool(3), top, fit=fit)
    search.record([0, 1, 2], [1, -1, 0])
    assert len(search.next(4)[0]) == 0


def test_a_search_over_nothing_asks_nothing() -> None:
    assert len(Search(make_pool(np.zeros((0, 4))), top, fit=fit).next(4)[0]) == 0


BOXES = np.array([[0, 0, 1, 1], [0, 0, 0.5, 1], [0, 0, 0.4, 0.4], [0.5, 0, 1, 1], [0, 0, 1, 1]], float)


def with_boxes() -> Search:
    return Search(make_pool(5, frame=[0, 0, 0, 0, 1]), top, fit=fit, boxes=BOXES)


def test_a_yes_is_a_yes_for_every_box_around_it_and_settles_the_frame() -> None:
    search = with_boxes()
    search.record([1], [1])
    assert search.pool.asked.tolist() == [True, True, True, True, False]
    assert search.pool.label.tolist() == [1, 1, 0, 0, 0]
    assert search.pool.weight.tolist() == [0, 1, 0, 0, 0] and search.answers == 1


def test_a_no_is_a_no_for_every_box_inside_it() -> None:
    search = with_boxes()
    search.record([1], [-1])
    assert search.pool.label.tolist() == [0, -1, -1, 0, 0]
    assert search.pool.asked.tolist() == [False, True, True, False, False]
    search.record([0], [-1])
    assert search.pool.label.tolist() == [-1, -1, -1, -1, 0]
    assert search.pool.weight.tolist() == [1, 1, 0, 0, 0]


def test_can_t_tell_implies_nothing() -> None:
    search = with_boxes()
    search.record([0], [0])
    assert search.pool.asked.tolist() == [True, False, False, False, False]


def test_what_was_answered_is_never_overruled_by_what_is_implied() -> None:
    search = with_boxes()
    search.record([2], [1])
    search.record([0], [-1])
    assert search.pool.label.tolist() == [-1, -1, 1, -1, 0]
    assert search.pool.weight.tolist() == [1, 0, 1, 0, 0]


def test_items_of_a_frame_without_boxes_imply_nothing() -> None:
    search = Search(make_pool(2, frame=[0, 0]), top, fit=fit)
    search.record([0], [1])
    assert search.pool.asked.tolist() == [True, False]


TILED = np.tile([[0, 0, 1, 1], [0, 0, 0.6, 1], [0.4, 0, 1, 1]], (3, 1))
TILE = np.tile([False, True, True], 3)
ANGLES = turn(40, 10, 80, 30, 60, 70, 88, 89, 85)  # of the whole and two tiles of three frames; wanted is what is at 0


def with_tiles(*, blind: Bools = TILE, boxes: object = TILED, ends: Ends | None = None) -> Search:
    pool = make_pool(ANGLES, frame=[0, 0, 0, 1, 1, 1, 2, 2, 2], examples=turn(0), seconds=[0, 0, 0, 1, 1, 1, 2, 2, 2])
    return Search(pool, top, fit=lambda *_: None, ends=ends, boxes=np.array(boxes), blind=blind)


def test_a_frame_is_as_good_as_its_best_tile_and_the_frame_is_asked_about() -> None:
    search = with_tiles()
    rows, scores = search.next(9)
    assert rows.tolist() == [0, 3, 6] and search.because == {0: 1, 3: 3, 6: 8}
    np.testing.assert_allclose(scores, np.cos(np.deg2rad([10, 30, 85])), atol=1e-5)


@pytest.mark.parametrize("value", [1, 0, -1])
def test_one_answer_settles_a_frame_whatever_it_is(value: int) -> None:
    search = with_tiles()
    search.next(1)
    search.record([0], [value])
    assert search.pool.asked.tolist() == [True] * 3 + [False] * 6 and search.answers == 1
    assert search.next(9)[0].tolist() == [3, 6]


def test_a_no_to_the_frame_is_one_to_its_tiles_and_teaches_of_the_tile_that_made_it_worth_asking() -> None:
    search = with_tiles()
    search.next(1)
    search.record([0], [-1])
    assert search.pool.label[:3].tolist() == [-1, -1, -1]
    np.testing.assert_allclose(search.pool.weight[:3], [1, PART, 0])
    assert search.next(2)[0].tolist() == [3, 6]


def test_a_yes_to_the_frame_teaches_of_the_tile_that_made_it_worth_asking_and_of_no_other() -> None:
    search = with_tiles()
    search.next(1)
    search.record([0], [1])
    assert search.pool.label[:3].tolist() == [1, 1, 0]
    np.testing.assert_allclose(search.pool.weight[:3], [1, PART, 0])


def test_a_no_to_a_frame_that_no_search_asked_about_teaches_of_the_whole_alone() -> None:
    search = with_tiles()
    search.record([3], [-1])
    assert search.pool.weight[3:6].tolist() == [1, 0, 0]


def test_another_answer_about_a_frame_replaces_all_that_the_first_implied() -> None:
    search = with_tiles()
    search.next(1)
    for value, labels, weights in (
        (-1, [-1, -1, -1], [1, PART, 0]),
        (1, [1, 1, 0], [1, PART, 0]),
        (0, [0] * 3, [1, 0, 0]),
    ):
        search.record([0], [value])
        assert search.pool.label[:3].tolist() == labels
        np.testing.assert_allclose(search.pool.weight[:3], weights)


def test_an_answer_about_a_tile_stands_and_a_no_leaves_its_frame_to_be_asked_about_once() -> None:
    search = with_tiles()
    search.record([1], [-1])
    assert search.pool.asked[:3].tolist() == [False, True, False] and 0 in search.next(9)[0]
    search.record([0], [1])
    assert search.pool.label[:3].tolist() == [1, -1, 0] and search.pool.weight[:3].tolist() == [1, 1, 0]


def test_boxes_that_were_found_are_questions_of_their_own() -> None:
    search = with_tiles(blind=np.array([False, True, False] * 3))
    assert search.next(9)[0].tolist() == [0, 3, 8]
    search.record([8], [-1])
    assert search.pool.asked[6:].tolist() == [False, False, True]


def test_tiles_without_the_whole_of_their_frame_are_questions_of_their_own() -> None:
    halves = np.where((TILED == (0, 0, 1, 1)).all(1)[:, None], (0, 0, 0.2, 0.2), TILED)
    assert with_tiles(boxes=halves).next(9)[0].tolist() == [1, 3, 8]


def test_tiles_beside_nothing_at_all_are_no_trouble() -> None:
    search = Search(make_pool(np.zeros((0, 4))), top, fit=fit, boxes=np.zeros((0, 4)), blind=np.zeros(0, bool))
    assert search.next(3)[0].tolist() == []


def test_what_follows_of_a_frame_is_a_yes_for_the_whole_that_settles_its_tiles_until_it_no_longer_follows() -> None:
    search = with_tiles(ends=Ends(gap_seconds=1))
    search.record([0, 6], [1, 1])
    assert search.propagated.tolist() == [3]
    assert search.pool.label[3:6].tolist() == [1, 0, 0] and search.pool.asked[3:6].all()
    np.testing.assert_allclose(search.pool.weight[3:6], [PROPAGATED, 0, 0])
    search.record([6], [-1])
    assert search.propagated.tolist() == [] and not search.pool.asked[3:6].any()


def test_a_search_from_the_middle_of_an_event_finds_all_of_it_in_a_look_a_neighbour() -> None:
    truth = np.where((np.arange(31) > 9) & (np.arange(31) < 16), 1, -1)
    search = Search(pool_of_angles(), Ezmode(prox_rad=2), fit=fit, refit_every=100)
    search.record([12], [1], counted=False)
    for _ in range(9):
        rows, _ = search.next(1)
        search.record(rows, truth[rows])
    assert search.pool.label[10:16].tolist() == [1] * 6


ENDS = Ends(gap_seconds=0)
EVENT = np.where((np.arange(31) > 9) & (np.arange(31) < 16), 1, -1)


def with_ends(**settings: object) -> Search:
    return Search(pool_of_angles(), random, fit=fit, ends=ENDS, **settings)  # type: ignore[arg-type]


def test_while_an_end_is_open_nothing_else_is_asked() -> None:
    search = with_ends()
    search.record([12], [1], counted=False)
    shown: list[int] = []
    while (rows := search.next(10)[0]).size < 10:
        assert set(search.reasons) <= {"end", "inside"} and len(search.reasons) == len(rows)
        search.record(rows, EVENT[rows])
        shown += rows.tolist()
    assert {9, 10, 15, 16} <= set(shown) and set(search.reasons) == {""}


def of_tiles(answers: dict[int, int]) -> Search:
    """Five frames of two tiles and the whole, one after the other."""
    pool = make_pool(15, frame=np.repeat(range(5), 3), seconds=np.repeat(np.arange(5.0), 3))  # type: ignore[arg-type]
    boxes = np.tile([[0, 0, 0.5, 1], [0.5, 0, 1, 1], [0, 0, 1, 1]], (5, 1))
    search = Search(pool, random, fit=fit, ends=ENDS, boxes=boxes)
    search.record(list(answers), list(answers.values()))
    return search


def test_at_an_end_the_whole_frame_is_asked_for_and_not_a_tile() -> None:
    assert sorted(of_tiles({6: 1}).next(10)[0].tolist()) == [5, 11]


def test_a_no_to_a_tile_clears_no_frame() -> None:
    assert sorted(of_tiles({6: 1, 9: -1}).next(10)[0].tolist()) == [5, 11]
    assert sorted(of_tiles({6: 1, 11: -1}).next(10)[0].tolist()) == [5]


def test_what_follows_from_the_answers_stands_in_the_pool_as_a_yes_of_its_own_weight() -> None:
    search = with_ends()
    search.record([10, 11, 12, 14, 15], [1, 1, 1, 1, 1])
    assert search.propagated.tolist() == [13] and search.answers == 5
    pool = search.pool
    assert (pool.asked[13], pool.label[13], pool.weight[13]) == (True, 1, PROPAGATED)


def test_what_no_longer_follows_is_open_again_and_an_answer_stands_above_it() -> None:
    search = with_ends()
    search.record([8, 9, 10, 12, 16], [1, 1, 1, 1, 1])
    assert search.propagated.tolist() == [11, 13, 14, 15]
    search.record([14], [-1])
    assert search.propagated.tolist() == [11]
    pool = search.pool
    assert pool.asked[[13, 14, 15]].tolist() == [False, True, False] and pool.label[[13, 14, 15]].tolist() == [0, -1, 0]
    assert pool.weight[[13, 14, 15]].tolist() == [0, 1, 0]


def test_an_answer_about_a_propagated_row_is_an_answer() -> None:
    search = with_ends()
    search.record([10, 11, 12, 14, 15], [1] * 5)
    search.record([13], [1])
    assert search.propagated.tolist() == [] and search.pool.weight[13] == 1


def test_a_search_with_ends_made_again_from_its_answers_goes_on_the_same() -> None:
    first = Search(pool_of_angles(examples=turn(-5)), Hunt(), fit=fit, ends=ENDS, seed=3)
    asked: list[int] = []
    for _ in range(4):
        rows, _ = first.next(3)
        first.record(rows, EVENT[rows])
        asked += rows.tolist()
    again = Search(pool_of_angles(examples=turn(-5)), Hunt(), fit=fit, ends=ENDS, seed=3, round_number=4)
    again.record(asked, EVENT[asked], counted=False)
    assert again.propagated.tolist() == first.propagated.tolist()
    assert again.next(3)[0].tolist() == first.next(3)[0].tolist()


def test_a_suffix_says_whether_ends_are_placed_and_without_one_the_strategy_does() -> None:
    assert strategy_and_ends("top")[1] is None and strategy_and_ends("hunt")[1] == Ends()
    assert strategy_and_ends("hunt-ends")[1] is None
    strategy, ends = strategy_and_ends("ezmode:prox_rad=3+ends", gap_seconds=2)
    assert strategy == Ezmode(prox_rad=3) and ends == Ends(gap_seconds=2)
    with pytest.raises(InputError, match="unknown strategy"):
        strategy_and_ends("nothing+ends")
