"""A price is what makes the claim hold when it is paid, or None where nothing does."""

from __future__ import annotations

import pytest

from raravis.certify import most_for
from raravis.certify.ledger import CONTROL, DRAW, START, Ledger, Step
from raravis.certify.outlook import Outlook


def ledger(
    units: int, found: int, *, cant_tell: int = 0, shown: int = 0, missed: int = 0, misses: bool = False
) -> Ledger:
    made = Ledger(units, 0.9, 0.95, misses=misses)
    for row in range(found + cant_tell):
        made.add(Step(START, row, 0.0, 1 if row < found else 0))
    for number in range(shown):
        made.add(Step(CONTROL, 0, 0.0, -1 if number < missed else 1))
    return made


def drawn(made: Ledger, noes: int, *, known_every: int = 0) -> Ledger:
    """After so many no's, and a known positive seen after each so many of them."""
    first = len(made._answered)
    for number in range(noes):
        made.add(Step(DRAW, first + number, 1 / made.unseen, -1))
        if known_every and number % known_every == known_every - 1:
            made.add(Step(CONTROL, 0, 0.0, 1))
    return made


@pytest.mark.parametrize(("found", "cant_tell"), [(20, 0), (100, 0), (100, 5)])
def test_the_draws_named_are_just_enough(found: int, cant_tell: int) -> None:
    draws = Outlook(ledger(1000, found, cant_tell=cant_tell)).draws_until(0.9)
    assert draws is not None and 0 < draws < 1000 - found - cant_tell
    assert drawn(ledger(1000, found, cant_tell=cant_tell), draws).claim().holds
    assert not drawn(ledger(1000, found, cant_tell=cant_tell), draws - 1).claim().holds
    assert draws == ledger(1000, found, cant_tell=cant_tell).answers_to_go()


def test_nothing_is_to_be_drawn_where_the_claim_holds() -> None:
    assert Outlook(ledger(20, 20)).draws_until(0.9) == 0
    assert Outlook(ledger(0, 0)).draws_until(0.9) == 0


def test_where_too_many_may_be_there_no_number_of_draws_is_a_price() -> None:
    ahead = Outlook(ledger(1000, 10, cant_tell=2))
    assert most_for(10, 0.9) == 11 and ahead.draws_until(0.9) is None
    assert ahead.best() == 10 / 12 == ahead.recall_after(5000)


def test_without_known_positives_the_miss_rate_stays_and_may_put_the_claim_out_of_reach() -> None:
    ahead = Outlook(ledger(1000, 100, shown=10, misses=True))
    assert ahead.draws_until(0.9) is None
    assert ahead.best() == drawn(ledger(1000, 100, shown=10, misses=True), 900).recall_low() < 0.7


def test_known_positives_that_come_with_the_looks_are_in_the_price() -> None:
    ahead = Outlook(ledger(2000, 300, misses=True), known=0.2)
    draws = ahead.draws_until(0.9)
    assert draws is not None and 0 < draws < 1700
    paid = drawn(ledger(2000, 300, misses=True), draws, known_every=5)
    assert paid.claim().holds and paid.claim().miss_rate_upper == pytest.approx(0.05, abs=0.02)


def test_what_people_missed_so_far_they_are_taken_to_go_on_missing() -> None:
    careful, careless = (Outlook(ledger(2000, 300, shown=40, missed=m, misses=True), known=0.2) for m in (0, 20))
    assert careful.draws_until(0.9) is not None and careless.draws_until(0.9) is None
    assert careless.best() < 0.65, "half of what was shown was missed"


def test_looks_that_are_no_draws_bring_known_positives_too() -> None:
    made = ledger(300, 290, shown=1, misses=True)
    assert Outlook(made, known=1.0).best() < Outlook(made, known=1.0, beside=300).best()
    assert Outlook(made, known=1.0, beside=300).recall_after(0) == made.recall_low(), "none of them was asked yet"
