from __future__ import annotations

import numpy as np
import pytest
from pool_making import make_pool

from raravis import plugins
from raravis.errors import InputError
from raravis.pick.ezmode import Ezmode
from raravis.types import Pool


def picked(strategy: Ezmode, pool: Pool, k: int) -> list[int]:
    return [int(row) for row in strategy(pool, k, np.random.default_rng(0))[0]]


def test_the_best_of_each_window_comes_in_order_of_confidence() -> None:
    pool = make_pool(6, prob=[0.1, 0.9, 0.8, 0.2, 0.3, 0.4])
    assert picked(Ezmode(agg_every_n=2), pool, 3) == [1, 2, 5]


def test_a_window_whose_best_was_asked_waits_until_the_others_have_been_asked() -> None:
    pool = make_pool(6, prob=[0.1, 0.9, 0.8, 0.2, 0.3, 0.4], answers={1: -1, 2: -1})
    assert picked(Ezmode(agg_every_n=2), pool, 4) == [5, 4, 3, 0]
    pool.prob[0] = 0.95  # type: ignore[index]
    assert picked(Ezmode(agg_every_n=2), pool, 2) == [0, 5]


def test_windows_do_not_cross_timelines() -> None:
    pool = make_pool(4, timeline=[0, 1, 1, 1], prob=[0.1, 0.9, 0.8, 0.2])
    assert picked(Ezmode(agg_every_n=10), pool, 2) == [1, 0]


def test_the_neighbours_of_a_hit_come_first_and_the_nearest_before_the_others() -> None:
    pool = make_pool(12, prob=np.linspace(0, 1, 12), answers={4: 1})
    assert picked(Ezmode(prox_rad=2), pool, 5) == [5, 3, 6, 2, 11]


def test_flood_fill_goes_on_from_every_new_hit_and_ends_at_the_edges_of_the_event() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    pool, strategy = make_pool(16, prob=[0.5] * 16, answers={6: 1}), Ezmode(prox_rad=2)
    for step in range(9):
        row = picked(strategy, pool, 1)[0]
        assert row in range(2, 12), f"step {step} leaves the reach of the hits"
        pool.asked[row], pool.label[row], pool.weight[row] = True, 1 if truth[row] else -1, 1
    assert set(np.flatnonzero(pool.label == 1)) == set(np.flatnonzero(truth))
    assert set(np.flatnonzero(pool.label == -1)) == {2, 3, 10, 11}


def test_flood_fill_stays_on_the_timeline_of_the_hit() -> None:
    pool = make_pool(6, timeline=[0, 0, 0, 1, 1, 1], seconds=[0, 1, 2, 3, 4, 5], answers={2: 1}, prob=[0.5] * 6)
    rows, scores = Ezmode(prox_rad=3)(pool, 6, np.random.default_rng(0))
    assert rows[:2].tolist() == [1, 0] and np.all(scores[:2] > 1) and np.all(scores[2:] < 1)


def test_a_radius_in_seconds_reaches_what_lies_within_it_the_end_included() -> None:
    pool = make_pool(5, seconds=[0, 0.3, 0.5, 1.0, 1.5], answers={3: 1}, prob=[0.5] * 5)
    rows, scores = Ezmode(radius_seconds=0.5)(pool, 5, np.random.default_rng(0))
    assert sorted(rows[scores > 1].tolist()) == [2, 4]


def test_frames_of_the_same_second_count_as_steps_of_one() -> None:
    pool = make_pool(4, seconds=[0, 0, 0, 0], answers={0: 1}, prob=[0.5] * 4)
    rows, scores = Ezmode(prox_rad=2)(pool, 4, np.random.default_rng(0))
    assert rows[scores > 1].tolist() == [1, 2]


def test_distances_count_frames_and_of_a_frame_the_likeliest_item_is_asked() -> None:
    pool = make_pool(8, frame=[0, 0, 1, 1, 2, 2, 3, 3], seconds=[0, 0, 1, 1, 2, 2, 3, 3], answers={0: 1})
    pool.prob = np.array([0.9, 0.9, 0.1, 0.2, 0.4, 0.3, 0.5, 0.8], np.float32)
    rows, scores = Ezmode(prox_rad=2)(pool, 8, np.random.default_rng(0))
    assert rows[scores > 1].tolist() == [3, 4]


def test_without_prox_nothing_is_drawn_to_hits() -> None:
    pool = make_pool(12, prob=np.linspace(0, 1, 12), answers={4: 1})
    assert picked(Ezmode(prox=False), pool, 2) == [11, 9]


def test_can_t_tell_and_no_attract_nothing() -> None:
    pool = make_pool(12, prob=np.linspace(0, 1, 12), answers={4: 0, 8: -1})
    assert picked(Ezmode(), pool, 1) == [11]


def test_training_keeps_the_easier_half_of_each_cluster_and_every_no() -> None:
    answers = {0: 1, 1: 1, 2: 1, 3: 1, 20: 1, 9: -1, 10: 0}
    pool = make_pool(24, answers=answers, prob=[0.9, 0.1, 0.7, 0.2] + [0.01] * 20)
    assert np.flatnonzero(Ezmode().train_rows(pool)).tolist() == [0, 2, 9, 20]
    assert np.flatnonzero(Ezmode(cluster_p=0).train_rows(pool)).tolist() == [0, 1, 2, 3, 9, 20]
    assert np.flatnonzero(Ezmode(cluster_p=1).train_rows(pool)).tolist() == [0, 9, 20]
    assert np.flatnonzero(Ezmode(cluster=False).train_rows(pool)).tolist() == [0, 1, 2, 3, 9, 20]


def test_training_takes_every_answer_before_there_is_a_head() -> None:
    assert np.flatnonzero(Ezmode().train_rows(make_pool(5, answers={1: 1, 2: 1, 4: -1}))).tolist() == [1, 2, 4]


def test_training_rows_of_nothing_are_nothing() -> None:
    pool = make_pool(np.zeros((0, 3)))
    pool.prob = np.zeros(0, np.float32)
    assert Ezmode().train_rows(pool).shape == (0,)


@pytest.mark.parametrize(
    "setting", ["agg_every_n=0", "select_per_round=0", "prox_rad=-1", "cluster_p=1.5", "radius_seconds=-1s"]
)
def test_settings_that_mean_nothing_are_refused(setting: str) -> None:
    with pytest.raises(InputError, match=setting.partition("=")[0].partition("_")[0].replace("prox", "radius")):
        plugins.strategy(f"ezmode:{setting}")


def test_every_setting_can_be_given_by_name() -> None:
    spec = "ezmode:agg_every_n=4,prox=no,prox_rad=2,cluster=no,cluster_p=0.25,select_per_round=7,radius_seconds=2s"
    assert plugins.strategy(spec) == Ezmode(4, False, 2, False, 0.25, 7, 2.0)
