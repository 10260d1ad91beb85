"""The test of the total: by hand, step by step, and exactly by enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from raravis.certify import floor
from raravis.certify import total as total_module
from raravis.certify.counting import first, log_falling, log_sum
from raravis.certify.total import REMAINING, RENEWED, STAKES, Total


def arrangements(units: int, positives: int) -> list[tuple[int, ...]]:
    """Every order in which so many positives can come among the units; all are equally likely."""
    places = itertools.combinations(range(units), positives)
    return [tuple(int(at in chosen) for at in range(units)) for chosen in places]


def tell(total: Total, answer: int, limit: int = 1) -> None:
    if answer:
        total.hit(limit)
    else:
        total.no(1, limit)


def slow_log_wealth(answers: list[int], units: int, tau: int, limit: int) -> float:
    """The definition: each forecast's capital, bet by bet, pooled and split anew after a hit."""
    stakes, shares = np.array(STAKES), np.array(REMAINING)
    capital = stakes.copy()
    forecast, unseen, known = np.ceil(shares * limit), units, 0
    for answer in answers:
        q = (tau - known) / unseen
        a = np.minimum(forecast, unseen) / unseen
        if answer:
            capital = capital * a / q
            capital = (1 - RENEWED) * capital + RENEWED * capital.sum() * stakes
            known += 1
        else:
            capital = capital * (1 - a) / (1 - q)
        unseen -= 1
    return float(np.log(capital.sum()))


@pytest.fixture
def full_bet(monkeypatch: pytest.MonkeyPatch) -> None:
    """All capital on "no more hits", so that numbers can be checked by eye."""
    monkeypatch.setattr(total_module, "STAKES", (1 - 1e-13, *[1e-13 / 8] * 8))


def test_falling_factorials_are_products() -> None:
    assert math.exp(log_falling(7, 3)) == pytest.approx(7 * 6 * 5)
    assert log_falling(7, 0) == 0 and log_falling(-2, 0) == 0
    assert log_falling(2, 3) == -math.inf and log_falling(-2, 1) == -math.inf
    assert log_falling(10**7, 10) == pytest.approx(sum(math.log(10**7 - i) for i in range(10)), abs=1e-6)


def test_a_sum_of_logs_takes_zeros_and_what_would_underflow() -> None:
    assert log_sum([-math.inf, -2000.0, -2000.0]) == pytest.approx(-2000 + math.log(2))


def test_first_is_where_a_condition_begins_to_hold() -> None:
    assert first(lambda n: n >= 4, 0, 9) == 4
    assert first(lambda n: False, 0, 9) == 10
    assert first(lambda n: True, 3, 2) == 3


@pytest.mark.usefixtures("full_bet")
def test_by_hand_nine_noes_of_ten_leave_a_tenth_of_a_chance_for_one() -> None:
    total = Total(10, alpha=0.1)
    total.no(8, 1)
    assert math.exp(total.log_wealth(1)) == pytest.approx(5)  # 1 / ((9/10)(8/9)…(2/3)) = 10/2
    assert total.upper() == 1
    total.no(1, 1)
    assert math.exp(total.log_wealth(1)) == pytest.approx(10)
    assert total.upper() == 0


@pytest.mark.usefixtures("full_bet")
def test_by_hand_two_positives_among_ten_are_excluded_when_a_draw_of_both_would_be_as_rare() -> None:
    total = Total(10, alpha=0.1)
    total.no(6, 1)
    assert math.exp(total.log_wealth(2)) == pytest.approx(90 / 12)  # (10·9)/(4·3)
    assert total.upper() == 2
    total.no(1, 1)  # (10·9)/(3·2) = 15
    assert total.upper() == 1


@pytest.mark.parametrize(("units", "allowed"), [(20, 0), (100, 0), (100, 3), (5000, 11), (10, 20)])
@pytest.mark.usefixtures("full_bet")
def test_the_full_bet_attains_the_floor(units: int, allowed: int) -> None:
    assert Total(units, 0.05).no_draws_until(allowed + 1) == floor(units, allowed, 0.95)


@pytest.mark.parametrize("limit", [1, 4, 30, 300])
def test_the_hedge_costs_at_most_8_percent_of_the_floor(limit: int) -> None:
    assert Total(10_000, 0.05).no_draws_until(limit) <= 1.08 * floor(10_000, limit - 1, 0.95) + 1


def test_the_closed_form_is_the_product_of_the_bets() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        answers = (rng.random(25) < 0.15).astype(int).tolist()
        total = Total(60, 0.05)
        for answer in answers:
            tell(total, answer, limit=2)
        for tau in (sum(answers) + 1, 12, 30):
            assert total.log_wealth(tau) == pytest.approx(slow_log_wealth(answers, 60, tau, 2), abs=1e-9)


def test_a_run_told_at_once_or_one_by_one_is_the_same() -> None:
    at_once, singly = Total(100, 0.05), Total(100, 0.05)
    for count in (30, 12, 5):
        at_once.no(count, 3)
        for _ in range(count):
            singly.no(1, 3)
        for total in (at_once, singly):
            total.hit(3)
            total.known_otherwise(0, 1)
    assert at_once.upper() == singly.upper()
    assert at_once.log_wealth(9) == pytest.approx(singly.log_wealth(9), abs=1e-12)


@pytest.mark.parametrize("positives", range(9))
def test_wealth_under_the_true_total_never_has_a_mean_above_one(positives: int) -> None:
    orders = arrangements(8, positives)
    means = np.zeros(9)
    for order in orders:
        total = Total(8, 0.05)
        for at, answer in enumerate(order, 1):
            tell(total, answer)
            means[at] += math.exp(total.log_wealth(positives)) / len(orders)
    assert means.max() <= 1 + 1e-9
    if 0 < positives < 8:
        assert means[1] == pytest.approx(1)


@pytest.mark.parametrize("alpha", [0.1, 0.4])
@pytest.mark.parametrize("positives", range(9))
def test_the_bound_is_below_the_truth_at_any_look_in_at_most_alpha_of_all_orders(alpha: float, positives: int) -> None:
    wrong = 0
    orders = arrangements(8, positives)
    for order in orders:
        total = Total(8, alpha)
        lowest = 8
        for answer in order:
            tell(total, answer)
            lowest = min(lowest, total.upper())
        wrong += lowest < positives
    assert wrong <= alpha * len(orders)


def test_some_orders_are_wrong_so_the_bound_is_not_idle() -> None:
    wrong = 0
    for order in arrangements(8, 3):
        total = Total(8, 0.4)
        uppers = []
        for answer in order:
            tell(total, answer)
            uppers.append(total.upper())
        wrong += min(uppers) < 3
    assert wrong > 0


def test_every_total_above_the_bound_is_excluded_and_none_below_it() -> None:
    total = Total(200, 0.05)
    total.no(60, 2)
    before = [tau for tau in range(1, 201) if total.log_wealth(tau) >= math.log(20) - 1e-9]
    assert before == list(range(total.upper() + 1, 201))
    total.hit(2)
    total.no(25, 2)
    after = [tau for tau in range(2, 201) if total.log_wealth(tau) >= math.log(20) - 1e-9]
    assert sorted({*before, *after}) == list(range(total.upper() + 1, 201))


def test_many_hits_exclude_no_larger_total_from_below() -> None:
    total = Total(1000, 0.05)
    for _ in range(30):
        total.hit(1)
    assert total.log_wealth(31) > math.log(20)  # 31 is too few to explain 30 hits of 30
    assert total.upper() == 1000
    assert total.no_draws_until(1) > 900


def test_the_bound_at_the_end_is_the_lowest_of_those_after_each_answer() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        n, found = int(rng.integers(20, 200)), int(rng.integers(1, 60))
        answers = rng.random(n) < rng.random() / 2
        singly, in_runs, lowest, waiting = Total(n, 0.05), Total(n, 0.05), n, 0
        for answer in answers[: n // 2]:
            limit = (found + singly.known) // 9 + 1
            tell(singly, int(answer), limit)
            lowest = min(lowest, singly.upper())
            waiting += not answer
            if answer:
                in_runs.no(waiting, limit) if waiting else None
                in_runs.hit(limit)
                waiting = 0
        in_runs.no(waiting, (found + in_runs.known) // 9 + 1)
        assert in_runs.upper() == singly.upper() == lowest


def test_the_bound_never_rises_and_ends_at_the_truth_when_all_is_seen() -> None:
    rng = np.random.default_rng(0)
    answers = (rng.random(300) < 0.1).astype(int)
    total, uppers = Total(300, 0.05), [300]
    for answer in answers:
        tell(total, int(answer))
        uppers.append(total.upper())
    assert np.all(np.diff(uppers) <= 0)
    assert uppers[-1] == answers.sum()


def test_what_is_known_otherwise_is_no_evidence() -> None:
    total = Total(10, 0.05)
    total.known_otherwise(1, 2)
    assert (total.unseen, total.known, total.upper()) == (7, 1, 8)
    assert total.log_wealth(3) == pytest.approx(0)


def test_no_units_are_a_total_of_none() -> None:
    assert Total(0, 0.05).upper() == 0
    assert Total(0, 0.05).no_draws_until(1) == 0
