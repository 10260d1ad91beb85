"""What a claim costs before it is bought: pure counts, no answers needed."""

from __future__ import annotations

import math

from raravis.certify.counting import first, log_falling
from raravis.certify.total import ROUNDING, Total
from raravis.errors import InputError


def check_rates(**rates: float) -> None:
    """Raises InputError unless each lies inside (0, 1)."""
    for name, value in rates.items():
        if not 0 < value < 1:
            raise InputError(f"certify: {name} is {value}; wanted a number between 0 and 1, as in 0.9")


def most_for(found: int, recall: float) -> int:
    """The largest total of which `found` is still the share `recall`. Raises InputError for a recall beyond (0, 1)."""
    check_rates(recall=recall)
    return math.floor(found / recall + 1e-9)


def misses_allowed(found: int, recall: float) -> int:
    """m = ⌊F(1 − R)/R⌋: how many may be missing when `found` is to be the share `recall` of all."""
    return most_for(found, recall) - found


def floor(unseen: int, allowed: int, confidence: float) -> int:
    """The fewest uniform draws, all of them no, that can exclude `allowed` + 1 positives among the unseen.

    About unseen · (1 − α^(1/(allowed + 1))). No scores, strata or clever draws go below it: the smallest inclusion
    probability decides.
    """
    check_rates(confidence=confidence)
    target = math.log(1 - confidence) + ROUNDING

    def excluded(draws: int) -> bool:
        return log_falling(unseen - allowed - 1, draws) - log_falling(unseen, draws) <= target

    if allowed < 0:
        return unseen
    return 0 if allowed >= unseen else first(excluded, 0, unseen)


def draws_to_go(unseen: int, found: int, recall: float, confidence: float) -> int:
    """Draws to certify the recall when nothing more turns up, the hedge of the live test included."""
    check_rates(confidence=confidence)
    return Total(unseen, 1 - confidence).no_draws_until(misses_allowed(found, recall) + 1)


def best_recall(unseen: int, found: int, draws: int, confidence: float) -> float:
    """The recall that so many draws would certify when nothing more turns up; 0 with nothing found."""
    check_rates(confidence=confidence)
    allowed = first(lambda m: Total(unseen, 1 - confidence).no_draws_until(m + 1) <= draws, 0, unseen - 1)
    return found / (found + allowed) if found else 0.0


def census_is_the_price(found: int, recall: float) -> bool:
    """Whether not one may be missing, so that nearly every unit must be seen: fewer than about ten found, at 0.9."""
    return misses_allowed(found, recall) < 1


def rate_upper(unseen_upper: int, hours: float) -> float:
    """x of "fewer than x an hour", when at most so many units can hold what was not found."""
    return (unseen_upper + 1) / hours


def halved(unseen_upper: int) -> int:
    """How many unseen positives are too many for half of `rate_upper`'s x."""
    return max(1, math.ceil((unseen_upper + 1) / 2))
