"""The audit as it runs, and the claim recomputed from its steps."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest

from raravis import certify
from raravis.certify import Audit, recompute
from raravis.errors import InputError


class Permutations:
    """A generator whose second permutation, the order of the draws, is the one given."""

    def __init__(self, draws: tuple[int, ...]) -> None:
        self._orders = [np.arange(len(draws)), np.array(draws)]

    def permutation(self, n: int) -> Any:
        return self._orders.pop(0)


def audit_of(
    n: int, found: Any = (), *, seed: int = 0, recall: float = 0.9, scores: Any = None, **options: Any
) -> Audit:
    scores = np.zeros(n) if scores is None else scores
    return Audit(scores, np.arange(n), found, recall, 0.95, np.random.default_rng(seed), **options)


def truth_of(n: int, positives: Any) -> np.ndarray:
    return np.where(np.isin(np.arange(n), positives), 1, -1)


def again(audit: Audit, n: int, **options: Any) -> certify.Claim:
    """The claim from what a file would hold."""
    return recompute(json.loads(json.dumps(audit.to_json())), n, 0.9, 0.95, **options)


def test_draws_are_uniform_over_the_unseen_just_before_each() -> None:
    audit = audit_of(10, found=[0, 1], seen=[2])
    rows, probs = audit.next(3)
    assert probs == pytest.approx([1 / 7, 1 / 6, 1 / 5])
    assert len(set(rows.tolist()) | {0, 1, 2}) == 6


def test_each_unseen_unit_is_drawn_equally_often_whatever_was_searched() -> None:
    counts = np.zeros(6, int)
    for seed in range(1000):
        audit = audit_of(6, seed=seed, found=[0])
        audit.record([1], [-1])
        counts[audit.next(1)[0][0]] += 1
    assert counts[:2].tolist() == [0, 0]
    assert np.all(np.abs(counts[2:] - 250) < 5 * np.sqrt(250 * 0.75))


def test_a_searched_unit_has_probability_zero_and_comes_first() -> None:
    audit = audit_of(1000, found=range(100), scores=np.arange(1000))
    rows, probs = audit.next(3)
    assert rows.tolist() == [999, 998, 997]
    assert probs.tolist() == [certify.SEARCHED] * 3


def test_scores_that_are_all_equal_are_not_searched() -> None:
    assert np.all(audit_of(50, found=[3]).next(20)[1] > 0)


def test_everything_comes_once_and_then_nothing() -> None:
    audit = audit_of(40, found=[7], scores=np.arange(40))
    rows = [row for _ in range(10) for row in audit.next(9)[0].tolist()]
    assert sorted(rows) == [row for row in range(40) if row != 7]
    assert len(audit.next(5)[0]) == 0


def test_after_a_hit_its_group_is_looked_at_first() -> None:
    audit = Audit(np.zeros(30), np.arange(30) // 5, [], 0.9, 0.95, np.random.default_rng(0))
    row = int(audit.next(1)[0][0])
    audit.record([row], [1])
    mates, probs = audit.next(10)
    assert set(mates[:4].tolist()) | {row} == set(range(row // 5 * 5, row // 5 * 5 + 5))
    assert (probs > 0).tolist() == [False] * 4 + [True] * 6


def test_neighbours_that_are_never_hits_are_soon_left_alone() -> None:
    audit = Audit(np.zeros(1000), np.zeros(1000), [], 0.9, 0.95, np.random.default_rng(0))
    searched = 0
    for _ in range(30):
        rows, probs = audit.next(20)
        audit.record(rows, np.where(probs > 0, 1, -1))
        searched += int(np.sum(probs == 0))
    assert searched == 20


def test_answers_are_counted_in_the_order_of_the_draws() -> None:
    audit = audit_of(20, found=[0])
    rows, _ = audit.next(3)
    audit.record(rows[1:], [-1, -1])
    assert audit.claim().draws == 0  # the first is still open
    assert audit.pending().tolist() == [rows[0]]
    audit.record(rows[:1], [1])
    claim = audit.claim()
    assert (claim.draws, claim.hits, claim.found, claim.unseen) == (3, 1, 2, 16)


def test_answers_in_any_order_lead_to_the_same_claim() -> None:
    claims = []
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        audit = audit_of(20, found=[0, 1])
        rows, _ = audit.next(4)
        for at in order:
            audit.record(rows[at : at + 1], [1 if at == 2 else -1])
        claims.append(audit.claim())
    assert claims[0] == claims[1]


def test_a_find_from_elsewhere_waits_for_the_draws_before_it() -> None:
    audit = audit_of(20)
    rows, _ = audit.next(2)
    other = next(row for row in range(20) if row not in rows)
    audit.record([other], [1])
    assert audit.claim().found == 0
    audit.record(rows, [-1, -1])
    assert (audit.claim().found, audit.claim().searched, audit.claim().unseen) == (1, 1, 17)


def test_another_answer_replaces_the_first_and_all_is_counted_again() -> None:
    audit, straight = audit_of(100, found=range(20)), audit_of(100, found=range(20))
    rows, _ = audit.next(30)
    straight.next(30)
    audit.record(rows, [1] * 5 + [-1] * 25)
    audit.record(rows[:5], [-1] * 5)
    straight.record(rows, [-1] * 30)
    assert audit.claim() == straight.claim()


def test_all_but_a_twentieth_must_be_seen_where_nothing_may_be_missing() -> None:
    audit = audit_of(101, found=[0])
    assert 95 <= audit.bound()[1] <= 97  # 100 · (1 − 0.05), and the hedge
    rows, _ = audit.next(97)
    audit.record(rows, [-1] * 97)
    assert audit.bound() == (1.0, 0)
    assert audit.claim().holds


def test_the_price_is_paid_exactly_when_all_answers_are_no() -> None:
    audit = audit_of(1000, found=range(100))
    price = audit.bound()[1]
    assert certify.floor(900, 11, 0.95) <= price <= 1.08 * certify.floor(900, 11, 0.95)
    assert price == audit.next(price)[0].size
    rows = audit.pending()
    audit.record(rows[:-1], [-1] * (price - 1))
    assert not audit.claim().holds and audit.bound()[1] == 1
    audit.record(rows[-1:], [-1])
    assert audit.claim().holds and audit.bound()[1] == 0


def test_the_recall_promised_for_a_budget_is_what_it_brings() -> None:
    audit = audit_of(1000, found=range(50))
    promised = audit.recall_after(200)
    rows, _ = audit.next(200)
    audit.record(rows, [-1] * 200)
    assert audit.bound()[0] == promised
    assert 0 < promised < 0.9


def test_cant_tell_is_a_hit_that_is_not_found_and_both_extremes_are_told() -> None:
    audit = audit_of(40, found=range(10), unsure=[10], seen=[10, 11])
    rows, _ = audit.next(28)
    audit.record(rows, [0, 0] + [-1] * 26)
    worst, best = audit.claim(), audit.claim(cant_tell=-1)
    assert (worst.found, worst.cant_tell, worst.hits, worst.total_upper) == (10, 3, 2, 13)
    assert (best.found, best.cant_tell, best.hits, best.total_upper) == (10, 0, 0, 10)
    assert worst.recall_low == pytest.approx(10 / 13)
    assert best.recall_low == 1.0 and best.holds and not worst.holds


def test_too_many_cant_tells_leave_only_what_more_finds_would_bring() -> None:
    audit = audit_of(40, found=range(10), unsure=range(10, 13))
    assert audit.bound() == (10 / 40, 27)  # 10 of 13 is below 0.9 whatever the 27 unseen are


def test_recompute_equals_the_live_claim() -> None:
    rng = np.random.default_rng(5)
    truth = truth_of(400, rng.choice(400, 40, replace=False))
    truth[rng.choice(400, 6, replace=False)] = 0
    audit = audit_of(400, found=np.flatnonzero(truth == 1)[:30], scores=truth + rng.normal(0, 1, 400))
    for _ in range(12):
        rows, _ = audit.next(17)
        audit.record(rows, truth[rows])
        assert again(audit, 400) == audit.claim()
        assert again(audit, 400, cant_tell=-1) == audit.claim(cant_tell=-1)


def test_an_audit_taken_up_again_goes_on_with_the_same_claim_and_the_open_answers() -> None:
    audit, later = audit_of(60, found=[1, 2]), audit_of(60, found=[1, 2])
    rows, _ = audit.next(10)
    audit.record(rows[:7], [-1, -1, 1, -1, -1, 0, -1])
    later.resume(json.loads(json.dumps(audit.to_json()[audit.begun :])))
    assert later.claim() == audit.claim()
    assert later.pending().tolist() == rows[7:].tolist()
    assert not set(later.next(100)[0].tolist()) & {1, 2, *rows.tolist()}


@pytest.mark.parametrize(
    ("at", "step", "words"),
    [
        (3, ["draw", 3, 0.5, -1], "was drawn at 0.5"),
        (3, ["draw", 0, 1 / 8, -1], "answered twice"),
        (3, ["draw", 99, 1 / 8, -1], "beyond"),
        (3, ["draw", 3, 1 / 8, 7], "cannot read"),
        (3, ["wish", 3, 0.0, 1], "cannot read"),
        (3, ["draw", 3, "x", 1], "cannot read"),
        (3, ["draw", 3], "is not"),
    ],
)
def test_a_step_that_cannot_have_happened_is_named(at: int, step: list[Any], words: str) -> None:
    steps = [["start", 0, 0.0, 1], ["draw", 1, 1 / 10, -1], ["search", 2, 0.0, -1]]
    with pytest.raises(InputError, match=words):
        recompute([*steps[:at], step], 11, 0.9, 0.95)


def test_a_step_left_out_or_put_in_is_found_by_its_probabilities() -> None:
    audit = audit_of(50, found=range(20))
    rows, _ = audit.next(10)
    audit.record(rows, [1] + [-1] * 9)
    steps = audit.to_json()
    with pytest.raises(InputError, match="was drawn at"):
        recompute(steps[:20] + steps[21:], 50, 0.9, 0.95)


@pytest.mark.parametrize(
    "rates", [(0, 0.95), (1, 0.95), (0.9, 0), (0.9, 1), (1.5, 0.95), (0.9, -1), (float("nan"), 0.9)]
)
def test_rates_outside_zero_and_one_are_refused(rates: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="wanted a number between 0 and 1"):
        Audit(np.zeros(3), np.zeros(3), [], *rates, np.random.default_rng(0))


def test_units_and_answers_that_cannot_be_are_refused() -> None:
    audit = audit_of(5)
    with pytest.raises(InputError, match=r"beyond 0\.\.4"):
        audit.record([5], [1])
    with pytest.raises(InputError, match="wanted 1, -1 or 0"):
        audit.record([1], [2])
    with pytest.raises(InputError, match="a mask has shape"):
        audit_of(5, found=np.array([True, False]))
    with pytest.raises(InputError, match="groups has shape"):
        Audit(np.zeros(3), np.zeros(2), [], 0.9, 0.95, np.random.default_rng(0))


def test_an_empty_collection_misses_nothing() -> None:
    audit = audit_of(0)
    assert audit.bound() == (1.0, 0)
    assert [len(part) for part in audit.next(5)] == [0, 0]
    assert audit.claim().holds


def test_a_mask_of_units_is_as_good_as_their_rows() -> None:
    mask = np.arange(8) < 3
    assert audit_of(8, found=mask, seen=~mask).claim() == audit_of(8, found=[0, 1, 2], seen=[3, 4, 5, 6, 7]).claim()


def test_nothing_found_in_a_census_is_a_recall_of_all_of_none() -> None:
    audit = audit_of(5)
    assert audit.bound() == (0.0, 5)
    rows, _ = audit.next(5)
    audit.record(rows, [-1] * 5)
    assert audit.bound() == (1.0, 0)


@pytest.mark.parametrize(("searched", "errs"), [([0, 1, 2, 3, 4, 5], False), ([5, 4, 3, 2, 1, 0], True)])
def test_searching_between_draws_keeps_the_error_exactly_below_alpha(searched: list[int], errs: bool) -> None:
    """Every order of draws from six units, two of them positive; one unit is searched after each no."""
    truth = truth_of(6, [0, 1])
    wrong, orders = 0, list(itertools.permutations(range(6)))
    for order in orders:
        rng: Any = Permutations(order)
        audit = Audit(np.zeros(6), np.arange(6), [], 0.5, 0.6, rng)
        lowest = 6.0
        while len(row := audit.next(1)[0]):
            audit.record(row, truth[row])
            unseen = [other for other in searched if not audit.taken()[other]]
            if truth[row] == -1 and unseen:
                audit.record(unseen[:1], truth[unseen[:1]])
            lowest = min(lowest, audit.claim().total_upper)
        wrong += lowest < 2
    assert (wrong > 0) is errs
    assert wrong <= 0.4 * len(orders)
