"""What a certificate would cost now, without beginning an audit: known before, and cheap to say."""

from __future__ import annotations

import functools

import numpy as np

from raravis.certify import census_is_the_price, draws_to_go
from raravis.certify.ledger import START, Ledger
from raravis.certify.outlook import Outlook
from raravis.errors import InputError
from raravis.flow.audits.asks import Asks
from raravis.flow.audits.begun import Terms, rounds_of, worth_measuring
from raravis.flow.audits.given import given
from raravis.flow.audits.mixing import room_for
from raravis.flow.audits.telling import all_left
from raravis.flow.audits.units import Unit, freeze
from raravis.flow.audits.values import UNSEEN, Judged
from raravis.flow.audits.words import About, cost, percent, price_of
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
    asks = len(Asks(project, units, collection.sources).frames(answers, judged))
    share = min(KNOWN_RATE, room_for(answers, units, []) / SHEET)
    ahead = _outlook(judged, unseen, terms, share)
    wanted, draws = f"{percent(terms.recall)} of all {about.all}", ahead.draws_until(terms.recall)
    price = functools.partial(price_of, share=share, look=SHEET, pace=pace(project, concept))
    if draws is None:
        left = price(ahead.ledger.unseen + asks, certifies=ahead.best())
        return f"{wanted} are out of reach at {about.sure}: {all_left(left)}"
    told = f"about {cost(price(draws + asks if draws else 0))} certify {wanted}"
    rare = census_is_the_price(judged.found, terms.recall)
    return f"{told} at {about.sure}, if nothing more is found" + (
        ": with so few found, nearly all is looked at" if rare else ""
    )


def _outlook(judged: Judged, unseen: int, terms: Terms, share: float) -> Outlook:
    """Ahead of the audit that would begin."""
    draws = draws_to_go(unseen, judged.found, terms.recall, terms.confidence)
    misses = worth_measuring(draws, share, terms.recall, terms.confidence)
    known = np.flatnonzero(judged.value != UNSEEN)
    steps = [[START, row, 0.0, value] for row, value in zip(known.tolist(), judged.value[known].tolist(), strict=True)]
    ledger = Ledger(len(judged.value), terms.recall, terms.confidence, misses=misses)
    return Outlook(ledger.told(steps), share / (1 - share))
