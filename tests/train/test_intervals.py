"""Intervals by their definitions, and by how often they hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from raravis.train.intervals import CLUSTERED, EXACT, clopper_pearson, rate, resample, share, wilson


def test_the_exact_interval_is_where_the_tails_of_the_binomial_are_one_in_forty() -> None:
    low, high = clopper_pearson(3, 10)
    assert stats.binom.sf(2, 10, low) == pytest.approx(0.025)
    assert stats.binom.cdf(3, 10, high) == pytest.approx(0.025)


def test_of_nothing_everything_is_possible_and_of_all_or_none_one_end_is_sure() -> None:
    assert clopper_pearson(0, 0) == wilson(0, 0) == (0.0, 1.0)
    assert clopper_pearson(0, 10) == (0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert clopper_pearson(10, 10)[1] == 1.0 == pytest.approx(wilson(10, 10)[1])


def test_wilsons_interval_is_that_of_the_book() -> None:
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)  # Brown, Cai & DasGupta 2001


def test_no_event_in_ten_hours_is_at_most_one_in_three() -> None:
    told = rate(0, 10)
    assert (told.value, told.low) == (0, 0)
    assert told.high == pytest.approx(-np.log(0.025) / 10)


def test_a_share_of_items_that_stand_alone_is_exact_and_of_nothing_is_none() -> None:
    hit, of = np.array([True, False, True, True]), np.array([True, True, True, False])
    told = share(hit, of, np.arange(4))
    assert (told.value, told.how) == (2 / 3, EXACT)
    assert (told.low, told.high) == clopper_pearson(2, 3)
    assert share(hit, np.zeros(4, bool), np.arange(4)).value is None


def test_ten_equal_frames_of_each_event_say_as_much_as_the_events() -> None:
    hit = np.repeat([True, True, True, False, True], 10)
    told = share(hit, np.ones(50, bool), np.repeat(np.arange(5), 10))
    assert (told.value, told.how) == (0.8, CLUSTERED)
    low, high = clopper_pearson(4, 5)
    assert told.low is not None
    assert told.high is not None
    assert told.low <= low + 0.02
    assert told.high >= high - 0.02
    exact = share(hit, np.ones(50, bool), np.arange(50))
    assert exact.high is not None
    assert exact.high - (exact.low or 0) < (told.high - told.low) / 2


def test_where_all_are_hits_the_groups_count() -> None:
    told = share(np.ones(30, bool), np.ones(30, bool), np.repeat(np.arange(3), 10))
    assert (told.value, told.low) == (1.0, pytest.approx(clopper_pearson(3, 3)[0]))
    alone = share(np.array([True, False]), np.ones(2, bool), np.zeros(2, int))
    assert (alone.low, alone.high) == clopper_pearson(0.5, 1)


def test_the_interval_of_clustered_items_holds_nineteen_times_in_twenty() -> None:
    rng, held, true = np.random.default_rng(3), 0, 0.7
    for _ in range(400):
        of_event = rng.beta(true * 2, (1 - true) * 2, 25)  # frames of one event are much alike
        size = rng.integers(1, 12, 25)
        group = np.repeat(np.arange(25), size)
        told = share(rng.random(len(group)) < of_event[group], np.ones(len(group), bool), group)
        assert told.low is not None
        assert told.high is not None
        held += told.low <= true <= told.high
    assert held >= 0.92 * 400


def test_resampled_groups_come_and_go_as_a_whole() -> None:
    group = np.array([7, 7, 7, 2, 2, 9])
    seen: list[tuple[float, ...]] = []

    def measured(weight: np.ndarray) -> np.ndarray:
        seen.append(tuple(weight))
        return np.array([weight.sum()])

    whole, low, high = resample(measured, group, times=50, seed=1)
    assert whole == 6
    assert all(a == b == c and d == e for a, b, c, d, e, _ in seen)
    assert 3 <= low[0] < high[0] <= 9
    again = resample(measured, group, times=50, seed=1)
    assert again[1:] == (low, high)


def test_the_bootstrap_of_a_mean_has_the_width_of_the_textbook() -> None:
    values = np.random.default_rng(0).normal(size=400)
    mean = lambda weight: np.array([weight @ values / weight.sum()])  # noqa: E731
    _, low, high = resample(mean, np.arange(400), times=1000, seed=0)
    assert high[0] - low[0] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_one_group_alone_cannot_be_resampled_and_nan_stays_out() -> None:
    _, low, high = resample(lambda weight: np.array([weight.sum()]), np.zeros(3, int), times=10, seed=0)
    assert np.isnan([low, high]).all()
    first = lambda weight: np.array([np.nan if weight[0] == 0 else weight[0], np.nan])  # noqa: E731
    _, low, high = resample(first, np.arange(3), times=200, seed=0)
    assert low[0] == 1
    assert high[0] >= 2
    assert np.isnan([low[1], high[1]]).all()
