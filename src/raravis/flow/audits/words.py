"""A claim in a sentence, a price in words, and the numbers in them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from raravis.certify import Claim, rate_upper

ASSUMED_SECONDS = 1.0  # an answer, while none was measured


@dataclass(frozen=True)
class Price:
    """What is still to be asked; about, for it is what it takes if nothing more is found."""

    answers: int
    looks: int
    seconds: float
    measured: bool  # whether the seconds were, in this project
    certifies: float | None = None  # the recall that can be claimed then, which may be less than was asked for


class Mixed(NamedTuple):
    """Known positives that were mixed in so far."""

    shown: int
    missed: int

    def __str__(self) -> str:
        return f"{self.missed:,} of {count(self.shown, 'known positive')} mixed in"


@dataclass(frozen=True)
class About:
    """What a claim is about, as words need it."""

    concept: str
    unit: str
    min_seconds: float
    units: int
    hours: float
    confidence: float

    def things(self, number: int) -> str:
        """What is counted: `1 event of 5 s or more`, `1,300 frames`."""
        if self.unit == "event":
            return f"{count(number, 'event')} of {self.min_seconds:g} s or more"
        return count(number, "sampled frame" if self.hours else "frame")

    @property
    def all(self) -> str:
        """The same, without a number."""
        return f"events of {self.min_seconds:g} s or more" if self.unit == "event" else self.things(0)[2:]

    @property
    def moments(self) -> str:
        """What a unit is called."""
        return "moments" if self.unit == "event" else "frames"

    @property
    def sure(self) -> str:
        """The confidence."""
        return f"{100 * self.confidence:g} %"

    @property
    def scope(self) -> str:
        """How many units, in how much footage."""
        units = f"{self.units:,} moments" if self.unit == "event" else self.things(self.units)
        return units + (f" in {digits(self.hours)} hours of footage" if self.hours else "")

    def rate(self, missing: float) -> str:
        """An upper bound on what was not found, by the hour where there are hours."""
        if not self.hours:
            return f"at most {missing:,.0f} of {self.units:,} {self.moments} show it"
        return f"there are fewer than {digits(rate_upper(int(missing), self.hours))} {self.all} an hour"


def first_line(claim: Claim, if_right: Claim, about: About, mixed: Mixed) -> str:
    """The claim in a sentence, and how much people overlook where that was measured, or what follows if nothing is."""
    if claim.miss_rate_upper is None:
        though = f", though people missed {mixed}," if mixed.missed else ","
        return f"If every answer is right{though} {sentence(if_right, about)}"
    if vacuous(claim):
        return f"Nothing can be claimed: {_why_nothing(claim.miss_rate_upper, mixed)}."
    text = sentence(claim, about)
    return f"{text[0].upper()}{text[1:-1]}, though {_overlooked(claim.miss_rate_upper, mixed)}."


def vacuous(claim: Claim) -> bool:
    """Whether the claim says no more than that there are no more than there are units."""
    return claim.found < claim.units <= claim.total_upper


def _why_nothing(rate: float, mixed: Mixed) -> str:
    if not mixed.shown:
        return "no known positive was mixed in so far, so how much people overlook is not known"
    return _overlooked(rate, mixed)


def _overlooked(rate: float, mixed: Mixed) -> str:
    return f"people may overlook up to {percent(rate, up=True)} of what shows, for they missed {mixed}"


def first_line_of_format_1(claim: Claim, if_right: Claim, about: About) -> str:
    """As certificates said it that are older."""
    if claim.miss_rate_upper is None or math.isinf(claim.total_upper):
        return f"If every answer is right, {sentence(if_right, about)}"
    text = sentence(claim, about)
    return text[0].upper() + text[1:]


def sentence(claim: Claim, about: About) -> str:
    """The claim, should people overlook as much as it assumes."""
    of = f"of {about.concept!r}"
    if claim.unseen == 0 and claim.total_upper == claim.found:
        none = f"there are no {about.all} {of}" if not claim.found else f"all {about.all} {of} are found"
        return f"{none}: {claim.found:,} in {about.scope}, every one looked at."
    if not claim.found:
        return f"{about.rate(claim.total_upper)} {of}, at {about.sure} confidence."
    return (
        f"at least {percent(claim.recall_low)} of all {about.all} {of} are found: {claim.found:,} of at most "
        f"{claim.total_upper:,.0f}, at {about.sure} confidence."
    )


def price_of(frames: int, *, share: float, look: int, pace: float | None, certifies: float | None = None) -> Price:
    """Of so many frames asked about, when a `share` of each look of `look` is known, at `pace` seconds an answer."""
    answers = math.ceil(frames / (1 - share))
    seconds = round(answers * (pace or ASSUMED_SECONDS), 1)
    return Price(answers, math.ceil(answers / look), seconds, pace is not None, certifies)


def cost(price: Price) -> str:
    """A price as people read it."""
    how = "as measured" if price.measured else f"at {ASSUMED_SECONDS:g} s an answer, none measured yet"
    return f"{count(price.answers, 'answer')} in {count(price.looks, 'look')} ({lasting(price.seconds)}, {how})"


def percent(share: float, *, up: bool = False) -> str:
    """Rounded the way that claims no more than is so."""
    tenths = (math.ceil if up else math.floor)(1000 * share + (-1e-9 if up else 1e-9))
    return f"{tenths / 10:g} %"


def count(number: int, thing: str) -> str:
    """`1 look`, `1,300 looks`."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def digits(value: float) -> str:
    """Three digits that count, and no exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def lasting(seconds: float) -> str:
    """About how long, in the unit people would use."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
