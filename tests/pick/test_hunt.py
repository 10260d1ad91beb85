from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis.errors import InputError
from raravis.pick import hunt as module
from raravis.pick.hunt import Hunt
from raravis.pick.hunt import surprise as levels
from raravis.types import Pool


def hunt(pool: Pool, k: int, **settings: int) -> list[int]:
    return Hunt(**settings)(pool, k, np.random.default_rng(0))[0].tolist()  # type: ignore[no-any-return]


def surprise(pool: Pool) -> np.ndarray:
    level, worth = levels(pool)
    return worth[level]


def test_worth_is_the_logarithm_of_how_few_are_likelier() -> None:
    worth = surprise(make_pool(8, prob=[0.9, 0.5, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01]))
    assert np.allclose(np.exp(worth[:2] - 0.01), [8, 4], rtol=1e-3)  # the best of 8, one of the best 2
    assert worth[2] == worth[3] > worth[4] == worth[7] > 0


def test_probabilities_far_below_one_half_and_at_one_are_still_told_apart() -> None:
    worth = surprise(make_pool(5, prob=[1.0, 1e-20, 1e-30, 0.0, 0.5]))
    assert np.argsort(-worth).tolist() == [0, 4, 1, 2, 3]


def test_before_anything_is_known_all_is_worth_the_same() -> None:
    assert surprise(make_pool(3)).tolist() == [1, 1, 1] and len(surprise(make_pool(np.zeros((0, 2))))) == 0


def test_of_a_window_the_likeliest_is_asked() -> None:
    pool = make_pool(np.eye(20, dtype=np.float32), prob=np.where(np.isin(np.arange(20), [3, 17]), 0.9, 0.2).tolist())
    assert sorted(hunt(pool, 2)) == [3, 17]
    assert sorted(hunt(pool, 2, window=20))[0] == 3  # one window: what comes second is no window's best


def test_of_a_window_with_none_of_the_likeliest_any_frame_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ENDS", 0)  # here time begins and ends, where a shot would
    prob = np.where(np.arange(600) // 30 == 10, 0.9, 0.1) + np.arange(600) % 10 / 1000  # the last of a window is best
    pool = make_pool(np.zeros((600, 2), np.float32), prob=prob.tolist())
    rows = np.array(hunt(pool, 60, window=10))
    assert sorted(rows // 10) == list(range(60))
    likely, others = rows[rows // 30 == 10], rows[rows // 30 != 10]
    assert set(likely % 10) == {9} and set(others % 10) == set(range(10))


def test_of_the_equally_likely_any_is_among_the_likeliest() -> None:
    prob = np.where(np.arange(1000) % 10 == 3, 0.9, 0.1)  # one a window, in a hundred windows
    pool = make_pool(np.zeros((1000, 2), np.float32), prob=prob.tolist())
    picked = np.concatenate([Hunt()(pool, 6, np.random.default_rng(seed))[0] // 10 for seed in range(100)])
    assert np.histogram(picked, 5, (0, 100))[0].min() > 60  # of 120 each, were all alike


def test_when_windows_run_out_the_likeliest_left_follow() -> None:
    pool = make_pool(6, prob=[0.1, 0.9, 0.8, 0.2, 0.3, 0.7])
    assert hunt(pool, 4) == [1, 2, 5, 4]


def test_what_is_like_a_no_waits() -> None:
    pool = make_pool(turn(0, 1, 90), prob=[0.5, 0.6, 0.55], answers={0: -1})
    assert hunt(pool, 1, window=1) == [2]
    assert hunt(replace(pool, label=np.array([1, 0, 0], np.int8)), 1, window=1) == [1]  # a yes speaks against nothing


def test_a_look_goes_to_different_scenes() -> None:
    scenes = turn(*[0] * 30, *[45] * 30, *[90] * 30)
    assert {row // 30 for row in hunt(make_pool(scenes), 3)} == {0, 1, 2}


def test_counter_examples_count_as_no() -> None:
    pool = make_pool(turn(0, 90), timeline=[0, 1], examples=turn(44, 1), signs=[1, -1])
    assert hunt(pool, 1) == [1]


def test_an_event_teaches_by_a_few_of_its_frames_and_a_no_always() -> None:
    pool = make_pool(30, answers={row: 1 if 5 <= row < 25 else -1 for row in range(30)})
    chosen = Hunt(rows_an_event=3).train_rows(pool)
    assert np.flatnonzero(chosen & (pool.label == 1)).tolist() == [5, 14, 24]
    assert chosen[pool.label == -1].all()


def test_two_events_and_two_timelines_teach_each_by_their_own_frames() -> None:
    pool = make_pool(9, timeline=[0] * 6 + [1] * 3, answers=dict.fromkeys(range(9), 1))
    pool.label[2] = -1
    assert np.flatnonzero(Hunt(rows_an_event=1).train_rows(pool)).tolist() == [0, 2, 3, 6]


def test_what_cannot_be_told_teaches_nothing_and_is_not_asked_again_by_likeness() -> None:
    pool = make_pool(turn(0, 1, 90), prob=[0.5, 0.6, 0.55], answers={0: 0})
    assert not Hunt().train_rows(pool).any() and hunt(pool, 1, window=1) == [2]


def test_of_photographs_as_many_alike_are_asked_as_there_are() -> None:
    angles, prob = turn(0, 0.1, 0.2, 60, 90), [0.9, 0.8, 0.7, 0.3, 0.2]
    assert sorted(hunt(make_pool(angles, timeline=range(5), prob=prob), 2, window=1)) == [0, 1]
    assert sorted(hunt(make_pool(angles, prob=prob), 2, window=1)) == [0, 3]


@pytest.mark.parametrize("setting", ["window", "rows_an_event", "example_weight"])
def test_settings_below_one_are_refused(setting: str) -> None:
    with pytest.raises(InputError, match="wanted a window of 1 frame"):
        Hunt(**{setting: 0})


def test_nothing_is_asked_behind_what_is_rather_a_hit_than_not() -> None:
    rows, pool = np.arange(4), make_pool(4)
    assert Hunt().enough(pool, rows, np.array([0.4, 0.6, 0.9, 0.1], np.float32)) == 2
    assert Hunt().enough(pool, rows, np.array([0.4, 0.5, 0.3, 0.1], np.float32)) == 4
    assert Hunt().enough(pool, rows[:0], np.zeros(0, np.float32)) == 0


def test_photographs_have_no_ends_so_that_a_look_at_them_may_have_many_likely_ones() -> None:
    photographs = make_pool(4, timeline=[0, 1, 2, 3])
    assert Hunt().enough(photographs, np.arange(4), np.full(4, 0.9, np.float32)) == 4


def test_where_vectors_are_missing_nothing_is_made_of_how_all_of_them_differ() -> None:
    photographs = make_pool(np.zeros((5, 2)), timeline=range(5), prob=[0.9, 0.8, 0.1, 0.2, 0.3])
    photographs.vectors.data[:3] = turn(0, 1, 90)
    photographs.asked[3:] = True
    assert hunt(replace(photographs, complete=False), 2, window=1) == [0, 1]


def test_where_vectors_are_missing_no_end_of_a_shot_is_asked_in_place_of_a_pick() -> None:
    vectors = turn(*[0] * 20, *[90] * 20, *[0] * 20)  # the middle is a shot
    prob = np.where(np.arange(60) == 30, 0.9, np.where(np.arange(60) == 20, 0.89, 0.1))
    film = make_pool(vectors, prob=prob.tolist())
    assert hunt(film, 1) == [20], "nearly as likely, and an end of the shot"
    assert hunt(replace(film, complete=False), 1) == [30]
