"""An audit that somebody else's program drives: what it hands over is refused in one line, or means what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from raravis import certify
from raravis.certify import Audit, Step, draw_order, out_of_order, recompute
from raravis.certify.ledger import parse
from raravis.errors import InputError


def audit(**other: Any) -> Audit:
    start: dict[str, Any] = {"scores": np.zeros(4), "groups": np.arange(4), "found": [], "recall": 0.9}
    start |= {"confidence": 0.95, "rng": np.random.default_rng(0)}
    return Audit(**(start | other))


@pytest.mark.parametrize(
    ("other", "line"),
    [
        ({"scores": [0, np.nan, 1, 2]}, "audit: scores holds nan at 1; wanted finite numbers"),
        ({"scores": [0, 1, 2, -np.inf]}, "audit: scores holds -inf at 3; wanted finite numbers"),
        ({"scores": np.zeros((4, 2))}, "audit: scores has shape (4, 2); wanted one number a unit, (N,)"),
        ({"scores": ["a", "b", "c", "d"]}, "audit: scores holds <U1; wanted numbers"),
        ({"groups": ["a", "b", "c", "d"]}, "audit: groups holds <U1; wanted numbers"),
        ({"groups": [0, 0.5, 1, 1]}, "audit: groups holds 0.5 at 1; wanted whole numbers"),
        ({"rng": 5}, "audit: rng is 5; wanted a generator, as numpy.random.default_rng(0)"),
        ({"found": [0.5]}, "audit: units holds 0.5 at 0; wanted whole numbers"),
        ({"found": ["first"]}, "audit: units holds <U5; wanted numbers"),
    ],
)
def test_what_cannot_be_a_start_is_refused_in_one_line(other: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as refused:
        audit(**other)
    assert str(refused.value) == line


@pytest.mark.parametrize("known", ["record", "shown"])
def test_as_many_answers_as_units_are_wanted_and_otherwise_none_is_taken(known: str) -> None:
    made = audit(misses=True)
    with pytest.raises(InputError, match="got 2 units and 1 answers; wanted an answer for each"):
        getattr(made, known)([0, 1], [1])
    with pytest.raises(InputError, match="unit 1 is answered 'no'; wanted 1, -1 or 0"):
        getattr(made, known)([0, 1], np.array([1, "no"], object))
    assert len(made.to_json()) == 0


def test_whole_numbers_may_come_as_floats_and_flags_as_scores() -> None:
    made = audit(scores=[True, False, True, False], groups=np.zeros(4), found=np.array([2.0]))
    assert made.claim().found == 1


@pytest.mark.parametrize(
    "price",
    [
        lambda: certify.floor(10, 1, 1.5),
        lambda: certify.draws_to_go(10, 5, 0, 0.95),
        lambda: certify.draws_to_go(10, 5, 0.9, 1),
        lambda: certify.best_recall(10, 5, 3, float("nan")),
        lambda: certify.most_for(5, 1.0),
    ],
)
def test_a_price_at_rates_outside_zero_and_one_is_refused(price: Any) -> None:
    with pytest.raises(InputError, match=r"certify: (recall|confidence) is .*; wanted a number between 0 and 1"):
        price()


@pytest.mark.parametrize("chance", [float("nan"), float("inf")])
@pytest.mark.parametrize("kind", ["draw", "search", "start"])
def test_a_probability_that_is_no_number_proves_nothing(kind: str, chance: float) -> None:
    with pytest.raises(InputError, match="cannot read step"):
        recompute([[kind, 0, chance, -1]], 1, 0.9, 0.95)


def test_units_are_drawn_in_one_order_whatever_is_found_between() -> None:
    made = audit(scores=np.arange(50), groups=np.arange(50), found=[3, 7])
    order = draw_order(50, np.random.default_rng(0))
    for look in range(4):
        rows, _ = made.next(6)
        made.record(rows, np.where(rows % 5 == look, 1, -1))
        made.record([int(order[-1 - look])], [1])
    steps = parse(made.to_json())
    draws = [at for at, step in enumerate(steps) if step.kind == "draw"]
    assert len(draws) > 5 and out_of_order(steps, order) is None
    steps[draws[0]], steps[draws[1]] = steps[draws[1]], steps[draws[0]]
    assert out_of_order(steps, order) == steps[draws[0]]


def test_the_order_of_a_seed_is_that_of_certificates_written_before() -> None:
    """Were it another with a newer NumPy, none of them could be verified any more."""
    assert draw_order(6, np.random.default_rng([0, 1])).tolist() == [5, 1, 3, 2, 4, 0]


def test_a_draw_after_everything_was_taken_is_out_of_order() -> None:
    last = Step("draw", 0, 1.0, 1)
    assert out_of_order([Step("start", 0, 0.0, 1), last], np.array([0])) == last
