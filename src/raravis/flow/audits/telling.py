"""What is printed before an audit and after it, and what its certificate says."""

from __future__ import annotations

import math
from collections.abc import Iterator

from raravis.certify import census_is_the_price, halved, misses_allowed
from raravis.flow.audits.ahead import Ahead
from raravis.flow.audits.auditing import Auditing
from raravis.flow.audits.mixing import AWAY_SECONDS
from raravis.flow.audits.units import added_since
from raravis.flow.audits.words import About, Mixed, Price, cost, count, first_line, percent, sentence, vacuous
from raravis.types import NO


class Words:
    """Says what an audit supports and costs, at `look` frames a sheet and `pace` seconds an answer."""

    def __init__(self, auditing: Auditing, *, look: int, known_rate: float = 0.0, pace: float | None = None) -> None:
        self.auditing, self.known_rate = auditing, known_rate
        self.claim, self.if_right, self.mixed = auditing.claim(), auditing.claim_if_right(), Mixed(*auditing.shown())
        self.ahead = Ahead(auditing, look=look, known_rate=known_rate, pace=pace)
        terms, units = auditing.terms, auditing.units
        hours, confidence = units.seconds / 3600, auditing.begun.confidence
        self.about = About(auditing.concept, terms.unit, terms.min_seconds, len(units), hours, confidence)

    def price(self) -> Price:
        """Of the claim asked for; where that is out of reach, of all that is left to ask."""
        return self.ahead.price(self.auditing.terms.recall)

    def before(self, budget: int | None) -> list[str]:
        """What is known before anything is asked, and what the claim costs."""
        claim, about = self.claim, self.about
        lines = [f"{about.things(claim.found)} found so far; {about.scope}, {claim.unseen:,} of them unseen"]
        lines += self._outside()
        if self.known_rate and claim.miss_rate_upper is None:
            lines.append("too few known positives can be mixed in to bound what people overlook, so it is left out")
        if not claim.holds and self._all_asked():
            return [*lines, "everything was looked at: there is nothing left to ask"]
        if claim.cant_tell and not claim.holds and self.ahead.questions:
            lines.append(self._may_be())
        return lines + list(self._recalls(budget) if claim.found else self._rates(budget))

    def so_far(self) -> str:
        """Where the audit stands between two looks."""
        claim, about = self.claim, self.about
        known = f"{about.things(claim.found)} found, {claim.unseen:,} {about.moments} unseen"
        if not claim.found:
            return f"{known}; {about.rate(self.ahead.missing_upper())}{self._missed()}"
        return f"{known}; {self._share_so_far()}{self._missed()}; {self._to_go()}"

    def statement(self) -> list[str]:
        """The claim first, then what stands beside it."""
        return [first_line(self.claim, self.if_right, self.about, self.mixed), *self._beside()]

    def assumptions(self) -> list[str]:
        """What must be so for the claim to be true."""
        terms = self.auditing.terms
        said = ["The collection is that of the first draw; what was added later is outside the claim.", self._eyes()]
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

    def _eyes(self) -> str:
        measured = f"people missed {self.mixed}" if self.mixed.shown else "none was mixed in so far"
        if self.claim.miss_rate_upper is None and self.mixed.shown:
            return f"Every answer is right, though {measured}; that is not in the claim."
        if self.claim.miss_rate_upper is None:
            return "Every answer is right; how much people overlook was not measured."
        return (
            "What shows and was not found is overlooked as often as the known positives that were mixed in: frames of "
            f"events drawn by chance, one of each, none within {AWAY_SECONDS:g} s of another frame of its sheet; "
            f"{measured}."
        )

    def _outside(self) -> Iterator[str]:
        """What came after the freeze."""
        later, frames = added_since(self.auditing.project, self.auditing.units)
        parts = [count(number, what) for number, what in ((later, "source"), (frames, "frame")) if number]
        if parts:
            anew = f"raravis certify {self.about.concept} --anew takes all in"
            yield f"{' and '.join(parts)} came after the audit began and are outside the claim; {anew}"

    def _all_asked(self) -> bool:
        """Whether no answer is left that could change the claim."""
        return not self.claim.unseen and not self.ahead.questions

    def _missed(self) -> str:
        return f"; people missed {self.mixed}" if self.mixed.shown else ""

    def _share_so_far(self) -> str:
        if vacuous(self.claim) and self.claim.miss_rate_upper is not None:
            return "nothing can be claimed so far"
        condition = "if every answer is right, " if self.claim.miss_rate_upper is None else ""
        return f"{condition}at least {percent(self.claim.recall_low)} so far"

    def _to_go(self) -> str:
        price, wanted = self.price(), self.auditing.terms.recall
        if self.claim.holds:
            return f"{percent(wanted)} are certified"
        if _certifies(price, wanted):
            return f"about {cost(price)} to go"
        return f"{percent(wanted)} are out of reach: {all_left(price)}"

    def _may_be(self) -> str:
        """What known showings come to, should they last: whether they do is asked first."""
        wanted = self.auditing.terms.recall
        price = self.ahead.if_all_count(wanted)
        more = f"{self.claim.cant_tell:,} more may be among what was answered, which is asked first; if all are"
        if _certifies(price, wanted):
            return f"{more}, about {cost(price)} certify {percent(wanted)}"
        return f"{more}, {percent(wanted)} are out of reach: {all_left(price)}"

    def _beside(self) -> Iterator[str]:
        claim = self.claim
        yield from self._overlooked()
        other = self.auditing.audit.claim(cant_tell=NO)
        if claim.cant_tell and claim.found and not vacuous(claim if claim.miss_rate_upper is not None else other):
            yield (
                f"At {count(claim.cant_tell, self.about.moments[:-1])} one more may show that does not count as "
                f"found; if none does, at least {percent(other.recall_low)} are found."
            )
        if (number := self.auditing.begun.number) > 1:
            wrong = f"{100 * (1 - self.about.confidence):g} %"
            yield f"This is audit {number} of {self.about.concept!r}; each of them may be wrong by its own {wrong}."
        yield from self._outside()
        if not claim.holds:
            yield from self._left()

    def _left(self) -> Iterator[str]:
        """What the claim asked for would still take."""
        wanted, price = self.auditing.terms.recall, self.price()
        if self._all_asked():
            yield "Everything was looked at: no further look can raise the claim."
        elif not self.claim.found:
            for rate, half in self._halved():
                yield f"Half of that takes about {cost(half)}, if nothing is found: {rate}."
        elif _certifies(price, wanted):
            yield f"The {percent(wanted)} asked for take about {cost(price)}, if nothing more is found."
        else:
            yield f"{self._out_of_reach(price)}."

    def _overlooked(self) -> Iterator[str]:
        claim = self.claim
        if claim.miss_rate_upper is None:
            if self.mixed.shown:
                yield f"People missed {self.mixed}; that is not in the claim, for it was too few to bound how many."
            return
        if not vacuous(claim) or not self.mixed.missed:
            yield f"If every answer is right, {sentence(self.if_right, self.about)}"
        if self.if_right.holds and not claim.holds:
            yield f"What people may overlook holds the claim back: {self._what_lowers_it()}."

    def _what_lowers_it(self) -> str:
        if self._all_asked():
            return "only more known positives lower it, and no look is left to mix them into"
        return "more known positives among the looks that are left (--known-rate) lower it, if few are missed"

    def _recalls(self, budget: int | None) -> Iterator[str]:
        claim, terms, about = self.claim, self.auditing.terms, self.about
        if claim.holds:
            yield f"{percent(terms.recall)} are certified already: at least {percent(claim.recall_low)} are found"
            return
        price = self.price()
        if _certifies(price, terms.recall):
            yield (
                f"about {cost(price)} certify {percent(terms.recall)} of all {about.all} at {about.sure}, if nothing "
                f"more is found; {self._higher()}"
            )
        else:
            yield self._out_of_reach(price)
        yield from self._on_top()
        if census_is_the_price(claim.found, terms.recall) and claim.unseen:
            yield (
                f"with {claim.found:,} found not one may be missing, so that is a census: --census looks at all "
                f"{claim.unseen:,} {about.moments} that are left, in order of time"
            )
        if budget and budget < price.answers:
            best = percent(self.ahead.recall_for(budget))
            yield f"{count(budget, 'answer')} certify about {best}, if nothing more is found"

    def _higher(self) -> str:
        """What half of what may be missing would take."""
        higher = 1 - (1 - self.auditing.terms.recall) / 2
        price = self.ahead.price(higher)
        reached = _certifies(price, higher)
        return f"{percent(higher)} " + (f"take about {count(price.looks, 'look')}" if reached else "are out of reach")

    def _out_of_reach(self, price: Price) -> str:
        wanted = percent(self.auditing.terms.recall)
        why = f"{wanted} of all {self.about.all} are out of reach at {self.about.sure}, {self._why_not()}"
        return f"{why}: {all_left(price)}"

    def _why_not(self) -> str:
        claim = self.claim
        if claim.cant_tell > misses_allowed(claim.found, self.auditing.terms.recall):
            return f"for at {count(claim.cant_tell, self.about.moments[:-1])} one more may show that is not found"
        return "for what people may overlook"

    def _on_top(self) -> Iterator[str]:
        """What is asked about events that are found on the way, which no price has in it."""
        each = self.ahead.asked_per_find()
        if each is None:
            yield "how long an event lasts that is found on the way is asked on top of that"
        elif each:
            more = count(max(round(each), 1), "answer")
            yield f"each event that is found on the way takes about {more} more, which tell how long it lasts"

    def _rates(self, budget: int | None) -> Iterator[str]:
        """What it costs to show that there is little: a hundredth, a thousandth of the units, or half of the bound."""
        most, units = self.ahead.missing_upper(), self.about.units
        yield "with nothing found no share of it can be certified, only how much there can be at most"
        limits = {math.ceil(units / 100) - 1, math.ceil(units / 1000) - 1}
        wanted = sorted((limit for limit in limits if 0 <= limit < most), reverse=True)
        told = [(self.about.rate(limit), price) for limit in wanted if (price := self.ahead.price_of_missing(limit))]
        if self.auditing.drawn or not told:
            told += self._halved()
        yield from (f"{rate}: about {cost(price)}" for rate, price in told)
        if budget:
            less = self.about.rate(self.ahead.missing_for(budget))
            yield f"{count(budget, 'answer')}: {less}, if nothing is found"

    def _halved(self) -> Iterator[tuple[str, Price]]:
        """Half of what can be missing, and its price, where looks can show that."""
        limit = halved(self.ahead.missing_upper()) - 1
        if price := self.ahead.price_of_missing(limit):
            yield self.about.rate(limit), price


def _certifies(price: Price, recall: float) -> bool:
    return price.certifies is not None and price.certifies >= recall


def all_left(price: Price) -> str:
    """What is the most that can be had."""
    best = percent(price.certifies or 0.0)
    return f"all that is left, about {cost(price)}, certifies {best} if nothing more is found"
