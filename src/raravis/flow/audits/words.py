"""A claim and its price in words: what is printed before an audit and after it, and what a certificate says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from raravis.certify import Claim, census_is_the_price, draws_to_go, halved, rate_upper
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.units import added_since
from raravis.types import NO

ASSUMED_SECONDS = 1.0  # an answer, while none was measured


@dataclass(frozen=True)
class Price:
    """What is still to be asked; about, for it is what it takes if nothing more is found."""

    answers: int
    looks: int
    seconds: float
    measured: bool  # whether the seconds were, in this project


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


def first_line(claim: Claim, if_right: Claim, about: About) -> str:
    """The claim in a sentence; where nothing bounds what people overlook, what follows if they overlook nothing."""
    if claim.miss_rate_upper is None or math.isinf(claim.total_upper):
        return f"If every answer is right, {_sentence(if_right, about)}"
    text = _sentence(claim, about)
    return text[0].upper() + text[1:]


def _sentence(claim: Claim, about: About) -> str:
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


class Words:
    """Says what an audit supports and costs, at `look` frames a sheet and `pace` seconds an answer."""

    def __init__(self, auditing: Auditing, *, look: int, known_rate: float = 0.0, pace: float | None = None) -> None:
        self.auditing, self.look, self.known_rate, self.pace = auditing, look, known_rate, pace
        self.claim, self.if_right = auditing.claim(), auditing.claim_if_right()
        terms, units = auditing.terms, auditing.units
        hours, confidence = units.seconds / 3600, auditing.begun.confidence
        self.about = About(auditing.concept, terms.unit, terms.min_seconds, len(units), hours, confidence)

    def price(self, answers: int | None = None) -> Price:
        """Of so many answers; by default of those still needed for the claim."""
        draws = self.claim.answers_to_go if answers is None else answers
        total = draws + (self.auditing.questions() if draws else 0)
        shown = math.ceil(total / (1 - self.known_rate))
        seconds = shown * (self.pace or ASSUMED_SECONDS)
        return Price(shown, math.ceil(shown / self.look), round(seconds, 1), self.pace is not None)

    def cost(self, price: Price) -> str:
        """A price as people read it."""
        return cost(price)

    def before(self, budget: int | None) -> list[str]:
        """What is known before anything is asked, and what the claim costs."""
        claim, about = self.claim, self.about
        lines = [f"{about.things(claim.found)} found so far; {about.scope}, {claim.unseen:,} of them unseen"]
        lines += self._outside()
        if self.known_rate and claim.miss_rate_upper is None:
            lines.append("too few known positives can be mixed in to bound what people overlook, so it is left out")
        if not claim.holds and self._all_asked():
            return [*lines, "everything was looked at: there is nothing left to ask"]
        if claim.cant_tell and not claim.holds:
            lines.append(self._may_be())
        return lines + list(self._recalls(budget) if claim.found else self._rates())

    def so_far(self) -> str:
        """Where the audit stands between two looks."""
        claim = self.claim
        known = f"{self.about.things(claim.found)} found, {claim.unseen:,} {self.about.moments} unseen"
        if not claim.found:
            return f"{known}; {self.about.rate(self.auditing.audit.unseen_upper())}"
        return f"{known}; at least {percent(self.if_right.recall_low)} so far; about {self.cost(self.price())} to go"

    def statement(self) -> list[str]:
        """The claim first, then what stands beside it."""
        return [first_line(self.claim, self.if_right, self.about), *self._beside()]

    def assumptions(self) -> list[str]:
        """What must be so for the claim to be true."""
        terms, claim = self.auditing.terms, self.claim
        said = ["The collection is that of the first draw; what was added later is outside the claim."]
        if claim.miss_rate_upper is None or math.isinf(claim.total_upper):
            said.append("Every answer is right; how much people overlook was not measured.")
        else:
            said.append("What shows is overlooked as often as the known positives that were mixed in.")
        if terms.unit == "item" and self.about.hours:
            said.append("Counted are the frames that were sampled; what shows only between them is outside the claim.")
        if terms.unit == "event":
            said += [
                f"Counted are events that show for at least {terms.min_seconds:g} s on end. Less than "
                f"{terms.min_seconds:g} s lie unseen between the moments, so each such event shows at one of them.",
                f"Between two yes looks with at most {terms.min_seconds:g} s unseen between them, and no no, it shows "
                f"throughout. Showings at most {terms.gap_seconds:g} s apart are one event.",
                "A no clears its own frame only. Stills last no time, so they are outside the claim.",
            ]
        return said

    def _outside(self) -> Iterator[str]:
        """What came after the freeze."""
        later, frames = added_since(self.auditing.project, self.auditing.units)
        parts = [count(number, what) for number, what in ((later, "source"), (frames, "frame")) if number]
        if parts:
            anew = f"raravis certify {self.about.concept} --anew takes all in"
            yield f"{' and '.join(parts)} came after the audit began and are outside the claim; {anew}"

    def _all_asked(self) -> bool:
        """Whether no answer is left that could change the claim."""
        return not self.claim.unseen and not self.auditing.questions()

    def _may_be(self) -> str:
        """What known showings come to, should they last: whether they do is asked first."""
        claim, terms = self.claim, self.auditing.terms
        draws = draws_to_go(claim.unseen, claim.found + claim.cant_tell, terms.recall, claim.confidence)
        return (
            f"{claim.cant_tell:,} more may be among what was answered, which is asked first; if all are, about "
            f"{self.cost(self.price(draws))} certify {percent(terms.recall)}"
        )

    def _beside(self) -> Iterator[str]:
        claim, terms = self.claim, self.auditing.terms
        shown, missed = self.auditing.shown()
        if claim.miss_rate_upper is not None:
            yield from self._overlooked(claim.miss_rate_upper)
        elif shown:
            known = count(shown, "known positive")
            yield f"{missed:,} of {known} mixed in were missed; that is too few to bound what people overlook."
        other = self.auditing.audit.claim(cant_tell=NO)
        if claim.cant_tell and claim.found and not math.isinf(other.total_upper):
            yield (
                f"At {count(claim.cant_tell, self.about.moments[:-1])} one more may show that does not count as "
                f"found; if none does, at least {percent(other.recall_low)} are found."
            )
        if (number := self.auditing.begun.number) > 1:
            wrong = f"{100 * (1 - self.about.confidence):g} %"
            yield f"This is audit {number} of {self.about.concept!r}; each of them may be wrong by its own {wrong}."
        yield from self._outside()
        if not claim.holds and self._all_asked():
            yield "Everything was looked at: no further look can raise the claim."
        elif not claim.holds and claim.found:
            cost = self.cost(self.price())
            yield f"The {percent(terms.recall)} asked for take about {cost}, if nothing more is found."

    def _overlooked(self, rate: float) -> Iterator[str]:
        shown, missed = self.auditing.shown()
        known = f"{missed:,} of {count(shown, 'known positive')} mixed in were missed"
        yield f"People overlook at most {percent(rate, up=True)} of what shows: {known}."
        if not math.isinf(self.claim.total_upper):
            yield f"If every answer is right, {_sentence(self.if_right, self.about)}"
        if self.if_right.holds and not self.claim.holds:
            yield "That is what holds the claim back: more known positives (--known-rate) lower it, if few are missed."

    def _recalls(self, budget: int | None) -> Iterator[str]:
        claim, terms, about = self.claim, self.auditing.terms, self.about
        if claim.holds:
            yield f"{percent(terms.recall)} are certified already: at least {percent(claim.recall_low)} are found"
            return
        higher = 1 - (1 - terms.recall) / 2
        more = self.price(self.auditing.claim(higher).answers_to_go)
        yield (
            f"about {self.cost(self.price())} certify {percent(terms.recall)} of all {about.all} at {about.sure}, if "
            f"nothing more is found; {percent(higher)} take about {count(more.looks, 'look')}"
        )
        if census_is_the_price(claim.found, terms.recall):
            yield (
                f"with {claim.found:,} found not one may be missing, so that is a census: --census looks at all "
                f"{claim.unseen:,} {about.moments} that are left, in order of time"
            )
        if budget and budget < claim.answers_to_go:
            best = percent(self.auditing.audit.recall_after(budget))
            yield f"{count(budget, 'answer')} certify about {best}, if nothing more is found"

    def _rates(self) -> Iterator[str]:
        """What it costs to show that there is little: a hundredth, a thousandth of the units, or half of the bound."""
        audit, units = self.auditing.audit, self.about.units
        yield "with nothing found no share of it can be certified, only how much there can be at most"
        limits = {math.ceil(units / 100), math.ceil(units / 1000)}
        limits |= {halved(audit.unseen_upper())} if self.auditing.drawn else set()
        for limit in sorted((limit for limit in limits if 1 <= limit <= audit.unseen_upper()), reverse=True):
            yield f"{self.about.rate(limit - 1)}: about {self.cost(self.price(audit.draws_until(limit)))}"


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
