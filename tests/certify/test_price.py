"""Prices, before anything is asked."""

from __future__ import annotations

import numpy as np
import pytest

from raravis import certify


@pytest.mark.parametrize(
    ("unseen", "allowed", "draws"), [(20, 0, 19), (10_000, 0, 9500), (10_000, 11, 2209), (5, 9, 0)]
)
def test_the_floor_is_n_times_one_minus_a_root_of_alpha(unseen: int, allowed: int, draws: int) -> None:
    assert certify.floor(unseen, allowed, 0.95) == draws
    assert draws == 0 or draws == pytest.approx(unseen * (1 - 0.05 ** (1 / (allowed + 1))), abs=2)


def test_many_allowed_misses_cost_about_three_ns_over_their_number() -> None:
    assert certify.floor(1_000_000, 299, 0.95) == pytest.approx(1_000_000 * np.log(20) / 300, rel=0.01)


@pytest.mark.parametrize(
    ("found", "recall", "allowed"), [(0, 0.9, 0), (8, 0.9, 0), (9, 0.9, 1), (90, 0.9, 10), (19, 0.95, 1)]
)
def test_the_misses_allowed_are_whole(found: int, recall: float, allowed: int) -> None:
    assert certify.misses_allowed(found, recall) == allowed
    assert found >= recall * (found + allowed) - 1e-9 > found - recall - 1e-6


def test_with_fewer_than_about_ten_found_a_census_is_the_price() -> None:
    assert [certify.census_is_the_price(found, 0.9) for found in (0, 8, 9, 100)] == [True, True, False, False]


def test_the_price_of_a_claim_and_the_claim_of_a_price_agree() -> None:
    draws = certify.draws_to_go(5000, 90, 0.9, 0.95)
    assert certify.best_recall(5000, 90, draws, 0.95) == pytest.approx(0.9)
    assert certify.best_recall(5000, 90, draws - 1, 0.95) < 0.9
    assert certify.best_recall(5000, 90, 5000, 0.95) == 1.0
    assert certify.best_recall(5000, 0, 5000, 0.95) == 0.0
    assert certify.best_recall(0, 3, 0, 0.95) == 1.0


def test_more_found_and_fewer_units_are_cheaper() -> None:
    prices = [certify.draws_to_go(5000, found, 0.9, 0.95) for found in (5, 20, 80, 320)]
    assert prices == sorted(prices, reverse=True)
    assert certify.draws_to_go(2500, 80, 0.9, 0.95) == pytest.approx(prices[2] / 2, rel=0.02)


def test_nothing_found_says_how_often_it_can_happen_at_most() -> None:
    audit = certify.Audit(np.zeros(720), np.arange(720), [], 0.9, 0.95, np.random.default_rng(0))
    rows, _ = audit.next(200)
    audit.record(rows, [-1] * 200)
    unseen = audit.unseen_upper()
    assert certify.floor(720, unseen, 0.95) <= 200
    x = certify.rate_upper(unseen, hours=2.0)
    more = audit.draws_until(certify.halved(unseen))
    rows, _ = audit.next(more)
    audit.record(rows, [-1] * more)
    assert certify.rate_upper(audit.unseen_upper(), hours=2.0) <= x / 2
