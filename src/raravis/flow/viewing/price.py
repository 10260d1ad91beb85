"""What a certificate would cost now, without beginning an audit: known before, and cheap to say."""

from __future__ import annotations

import math

from raravis.certify import census_is_the_price, draws_to_go
from raravis.errors import InputError
from raravis.flow.audits.asks import Asks
from raravis.flow.audits.begun import Terms, rounds_of
from raravis.flow.audits.given import given
from raravis.flow.audits.units import Unit, freeze
from raravis.flow.audits.values import UNSEEN
from raravis.flow.audits.words import ASSUMED_SECONDS, About, Price, cost, percent
from raravis.flow.certify import KNOWN_RATE, SHEET, pace
from raravis.flow.collection import Collection
from raravis.store.project import Project


def price_to_go(project: Project, collection: Collection, concept: str) -> str | None:
    """A sentence: about what it takes to certify 90 % if nothing more is found, in the words of `certify`.

    None where an audit goes on, which says so itself, and where nothing can be certified.
    """
    footage = any(source.duration for source in collection.sources.values())
    unit: Unit = "event" if footage else "item"
    terms = Terms(unit=unit)
    if rounds_of(project, concept, terms):
        return None
    try:
        units = freeze(project, collection, concept, unit, min_seconds=terms.min_seconds, gap_seconds=terms.gap_seconds)
    except InputError:
        return None
    answers = given(project, concept, units, collection.sources)
    judged = answers.judged(units)
    unseen = int((judged.value == UNSEEN).sum())
    about = About(concept, unit, terms.min_seconds, len(units), units.seconds / 3600, terms.confidence)
    if not judged.found:
        return f"with no {about.all} found, no share of them can be certified, only how many there can be at most"
    draws = draws_to_go(unseen, judged.found, terms.recall, terms.confidence)
    asks = len(Asks(project, units, collection.sources).frames(answers, judged)) if draws else 0
    told = f"about {cost(_price(project, concept, draws + asks))} certify {percent(terms.recall)} of all {about.all}"
    rare = census_is_the_price(judged.found, terms.recall)
    return f"{told} at {about.sure}, if nothing more is found" + (
        ": with so few found, nearly all is looked at" if rare else ""
    )


def _price(project: Project, concept: str, frames: int) -> Price:
    """Known ones are mixed in for a person."""
    answers, measured = math.ceil(frames / (1 - KNOWN_RATE)), pace(project, concept)
    seconds = round(answers * (measured or ASSUMED_SECONDS), 1)
    return Price(answers, math.ceil(answers / SHEET), seconds, measured is not None)
