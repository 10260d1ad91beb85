from __future__ import annotations

import inspect

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis import plugins
from raravis.pick.diverse import diverse
from raravis.pick.random import random
from raravis.pick.similar import likeness, similar
from raravis.pick.top import top
from raravis.pick.uncertain import entropy, margin
from raravis.types import Pool, Strategy

every_strategy = pytest.mark.parametrize("name", plugins.names("pick"))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def picked(strategy: Strategy, pool: Pool, k: int = 3, seed: int = 0) -> list[int]:
    return [int(row) for row in strategy(pool, k, rng(seed))[0]]


@every_strategy
@pytest.mark.parametrize("stage", ["nothing known", "an example", "answers", "a head"])
def test_rows_are_new_and_of_different_frames_and_scores_fall(name: str, stage: str) -> None:
    pool = make_pool(turn(*range(0, 90, 5)), frame=np.arange(18) // 3, seconds=np.arange(18) // 3 * 0.5)
    if stage == "an example":
        pool.examples, pool.example_sign = turn(20), np.array([1], np.int8)
    if stage in ("answers", "a head"):
        pool.asked[[0, 7]], pool.label[[0, 7]], pool.weight[[0, 7]] = True, [-1, 1], 1
    if stage == "a head":
        pool.prob = np.linspace(0, 1, 18, dtype=np.float32)
    rows, scores = plugins.strategy(name)(pool, 5, rng())
    assert rows.shape == scores.shape == (5,) and rows.dtype == np.int64 and scores.dtype == np.float32
    assert not pool.asked[rows].any() and len(set(pool.frame[rows])) == 5
    assert np.all(np.diff(scores) <= 0)


@every_strategy
def test_fewer_rows_come_when_fewer_frames_are_left(name: str) -> None:
    pool = make_pool(6, frame=[0, 0, 1, 1, 2, 2], answers={0: 1, 1: 1})
    rows, scores = plugins.strategy(name)(pool, 10, rng())
    assert len(rows) == len(scores) == 2


@every_strategy
@pytest.mark.parametrize("answers", [{}, {0: 1, 1: -1, 2: 0}])
def test_nothing_is_left_of_an_empty_pool_or_one_that_was_asked_whole(name: str, answers: dict[int, int]) -> None:
    pool = make_pool(len(answers), answers=answers) if answers else make_pool(np.zeros((0, 3)))
    rows, scores = plugins.strategy(name)(pool, 4, rng())
    assert len(rows) == len(scores) == 0


@every_strategy
def test_the_same_seed_picks_the_same_rows_and_ties_fall_differently_with_another(name: str) -> None:
    pool = make_pool(np.tile(turn(30), (40, 1)), prob=[0.5] * 40)
    strategy = plugins.strategy(name)
    assert picked(strategy, pool, 4, seed=1) == picked(strategy, pool, 4, seed=1)
    assert len({tuple(picked(strategy, pool, 4, seed=seed)) for seed in range(5)}) > 1


@every_strategy
def test_what_lies_in_the_label_of_an_unasked_row_changes_nothing(name: str) -> None:
    pools = [make_pool(turn(*range(0, 90, 3)), answers={4: 1, 20: -1}, prob=np.linspace(1, 0, 30)) for _ in range(2)]
    pools[1].label[~pools[1].asked] = 1
    assert picked(plugins.strategy(name), pools[0], 8) == picked(plugins.strategy(name), pools[1], 8)


@every_strategy
def test_k_of_zero_gives_nothing(name: str) -> None:
    assert picked(plugins.strategy(name), make_pool(5), 0) == []


def test_similar_orders_by_the_angle_to_examples_and_yes_answers() -> None:
    pool = make_pool(turn(0, 80, 20, 50), examples=turn(0))
    assert picked(similar, pool, 4) == [0, 2, 3, 1]
    pool = make_pool(turn(0, 80, 20, 50), answers={1: 1})
    assert picked(similar, pool) == [3, 2, 0]


def test_negatives_push_likeness_away() -> None:
    pool = make_pool(turn(-40, 40), examples=turn(0))
    assert np.allclose(*likeness(pool))
    pool.examples, pool.example_sign = turn(0, 60), np.array([1, -1], np.int8)
    assert picked(similar, pool, 1) == [0]
    assert likeness(make_pool(turn(0, 90), answers={0: -1})).tolist() == pytest.approx([-1, 0], abs=1e-6)


def test_likeness_is_zero_while_nothing_is_known() -> None:
    assert likeness(make_pool(3)).tolist() == [0, 0, 0]


def test_implied_answers_do_not_shift_likeness() -> None:
    pool = make_pool(turn(0, 45, 90), answers={0: 1, 2: 1})
    pool.weight[2] = 0
    assert likeness(pool)[0] == pytest.approx(1)


def test_top_takes_the_highest_probability_and_reports_it() -> None:
    rows, scores = top(make_pool(4, prob=[0.1, 0.9, 0.4, 0.8], answers={1: 1}), 2, rng())
    assert rows.tolist() == [3, 2] and scores.tolist() == pytest.approx([0.8, 0.4])


def test_top_goes_by_likeness_before_there_is_a_head() -> None:
    assert picked(top, make_pool(turn(0, 80, 20, 50), examples=turn(90)), 4) == [1, 3, 2, 0]


def test_margin_takes_the_nearest_to_one_half_first() -> None:
    rows, scores = margin(make_pool(4, prob=[0.1, 0.55, 0.4, 0.99]), 3, rng())
    assert rows.tolist() == [1, 2, 0] and scores.tolist() == pytest.approx([-0.1, -0.2, -0.8], abs=1e-6)


def test_entropy_is_one_bit_at_one_half_and_none_at_certainty() -> None:
    rows, scores = entropy(make_pool(3, prob=[1, 0.5, 0.89]), 3, rng())
    assert rows.tolist() == [1, 2, 0] and scores.tolist() == pytest.approx([1, 0.5, 0], abs=1e-3)


def test_diverse_goes_to_what_is_farthest_from_everything_asked_and_picked() -> None:
    pool = make_pool(turn(0, 10, 90, 180, 100), answers={0: -1})
    rows, scores = diverse(pool, 3, rng())
    assert rows.tolist() == [3, 2, 4] or rows.tolist() == [3, 4, 2]
    assert scores[0] == pytest.approx(2, abs=1e-6)
    assert picked(diverse, make_pool(turn(0, 90), examples=turn(90)), 1) == [0]


def test_diverse_begins_in_the_middle_when_there_is_nothing_to_be_far_from() -> None:
    rows, scores = diverse(make_pool(turn(0, 50, 90)), 2, rng())
    assert rows[0] == 1 and scores[0] == 2


def test_diverse_agrees_with_the_definition() -> None:
    data = rng().normal(size=(60, 5)).astype(np.float32)
    pool = make_pool(data / np.linalg.norm(data, axis=1, keepdims=True), answers={3: 1, 9: -1})
    centres, vectors = [3, 9], pool.vectors.data
    for row in diverse(pool, 6, rng())[0]:
        nearest = (vectors @ vectors[centres].T).max(1)
        assert nearest[row] == pytest.approx(nearest.min(), abs=1e-6)
        centres.append(int(row))


def test_random_draws_every_frame_alike_however_many_items_it_has() -> None:
    pool = make_pool(6, frame=[0, 0, 0, 0, 1, 2])
    first = [pool.frame[random(pool, 1, rng(seed))[0][0]] for seed in range(600)]
    assert np.all(np.abs(np.bincount(first) - 200) < 60)  # four standard deviations are 46


def test_settings_are_keyword_only_and_fit_a_plugin_argument() -> None:
    assert inspect.signature(similar).parameters["negative_weight"].kind is inspect.Parameter.KEYWORD_ONLY
    pool = make_pool(turn(-40, 40), examples=turn(0, 60), signs=[1, -1])
    rows, scores = plugins.strategy("similar:negative_weight=0")(pool, 2, rng())
    assert scores[0] == pytest.approx(scores[1]) and sorted(rows) == [0, 1]
