"""Audits that measure what people overlook, and audits of events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from raravis import certify
from raravis.certify import Audit, recompute
from raravis.errors import InputError


def audit_of(n: int, found: Any, **options: Any) -> Audit:
    return Audit(np.zeros(n), np.arange(n), found, 0.9, 0.95, np.random.default_rng(1), **options)


def test_windows_cost_less_than_items_by_about_the_items_in_one() -> None:
    """An event's first window, or first item, is its one positive unit."""
    by_window = audit_of(2000, range(0, 2000, 20)).bound()[1]
    by_item = audit_of(2000 * 12, range(0, 24_000, 240)).bound()[1]
    assert 11 < by_item / by_window < 13


def test_without_known_positives_shown_nothing_bounds_what_is_overlooked() -> None:
    audit = audit_of(40, range(10), misses=True)
    rows, _ = audit.next(30)
    audit.record(rows, [-1] * 30)
    claim = audit.claim()
    assert claim.miss_rate_upper == 1.0 and claim.total_upper == np.inf
    assert audit.bound()[0] == 0.0 and not claim.holds


def test_known_positives_that_were_all_noticed_bound_the_miss_rate() -> None:
    audit = audit_of(2000, range(1000), misses=True)
    audit.shown(range(300), [1] * 300)
    rows, _ = audit.next(1000)
    audit.record(rows, [-1] * 1000)
    claim = audit.claim()
    assert claim.miss_rate_upper is not None and 0.02 < claim.miss_rate_upper < 0.05
    assert 1000 < claim.total_upper < 1000 / (1 - claim.miss_rate_upper) + 20
    assert claim.holds
    assert recompute(audit.to_json(), 2000, 0.9, 0.95, misses=True) == claim


def test_looking_at_the_claim_between_answers_changes_nothing() -> None:
    audit = audit_of(300, range(100), misses=True)
    rows, _ = audit.next(120)
    for at, row in enumerate(rows):
        audit.record([row], [1 if at == 40 else -1])
        audit.shown([at % 100], [-1 if at == 7 else 1])
        audit.claim()
    assert recompute(audit.to_json(), 300, 0.9, 0.95, misses=True) == audit.claim()
    assert (audit.claim().draws, audit.claim().found) == (120, 101)


def test_known_positives_do_not_count_where_the_error_was_not_split() -> None:
    with pytest.raises(InputError, match="misses=True"):
        audit_of(40, [0]).shown([0], [1])


def test_the_bound_on_the_miss_rate_is_wrong_at_any_look_in_at_most_alpha() -> None:
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(200):
        missed = np.cumsum(rng.random(60) < 0.2)
        wrong += any(certify.miss_rate_upper(n + 1, int(missed[n]), 0.1) < 0.2 for n in range(60))
    assert wrong <= 0.1 * 200


@pytest.mark.parametrize(
    ("shown", "missed", "low", "high"), [(0, 0, 1, 1), (10, 10, 1, 1), (100, 0, 0.04, 0.1), (100, 5, 0.09, 0.2)]
)
def test_the_miss_rate_is_bounded_from_above(shown: int, missed: int, low: float, high: float) -> None:
    assert low <= certify.miss_rate_upper(shown, missed, 0.05) <= high


def test_the_total_behind_what_is_visible_by_hand() -> None:
    assert certify.total_upper(0, 0.5, 0.1) == 3  # (1/2)^3 = 0.125 ≥ 0.1 > (1/2)^4
    assert certify.total_upper(7, 0.0, 0.1) == 7
    assert certify.total_upper(7, 1.0, 0.1) == np.inf


@pytest.mark.parametrize("total", [0, 3, 20, 111])
def test_the_visible_number_allowed_is_the_largest_whose_total_fits(total: int) -> None:
    allowed = certify.visible_allowed(total, 0.05, 0.01)
    assert allowed < 0 or certify.total_upper(allowed, 0.05, 0.01) <= total
    assert certify.total_upper(allowed + 1, 0.05, 0.01) > total
