"""What is to be claimed, what was settled when an audit began, and which rounds are its."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from raravis.certify import miss_rate_upper
from raravis.certify.ledger import check_rates
from raravis.certify.misses import SHARES
from raravis.errors import InputError
from raravis.flow.audits.asking import AUDIT
from raravis.flow.audits.units import Stamp, Unit
from raravis.store import rounds
from raravis.store.project import Project
from raravis.types import Round


@dataclass(frozen=True)
class Terms:
    """What is to be claimed."""

    recall: float = 0.9
    confidence: float = 0.95
    unit: Unit = "event"
    min_seconds: float = 5.0
    gap_seconds: float = 1.0

    def __post_init__(self) -> None:
        check_rates(self.recall, self.confidence)
        if self.unit == "event" and not self.min_seconds > 0:
            raise InputError(f"certify: events of at least {self.min_seconds:g} s; wanted more than 0 s")


@dataclass(frozen=True)
class Begun:
    """What was settled when the audit began; it holds for all of it, or the claim would not."""

    number: int
    recall: float  # what the bets aim at; other recalls can be read off all the same
    confidence: float
    misses: bool  # known positives are mixed in, and what people overlook is in the claim
    seed: int
    stamp: Stamp
    start: Sequence[int]  # units settled before it


def worth_measuring(draws: int, rate: float, recall: float, confidence: float) -> bool:
    """Whether so many draws bring enough known positives to say how much people overlook.

    It is settled before the first draw: measuring costs a fifth of the error, which is lost where it comes to nothing.
    """
    shown = int(draws * rate / (1 - rate))
    return miss_rate_upper(shown, 0, SHARES[2] * (1 - confidence)) < (1 - recall) / 2


def rounds_of(project: Project, concept: str, terms: Terms) -> list[Round]:
    """The rounds of the newest audit about the same units, oldest first."""
    with project.read() as c:
        made = [one for one in rounds.all(c, concept) if one.strategy == AUDIT]
    begun = [one.params["audit"] for one in made if "stamp" in one.params["audit"]]
    mine = [audit["number"] for audit in begun if _about(Stamp(**audit["stamp"]), terms)]
    return [one for one in made if mine and one.params["audit"]["number"] == mine[-1]]


def _about(stamp: Stamp, terms: Terms) -> bool:
    shortest = terms.min_seconds if terms.unit == "event" else 0.0
    return (stamp.unit, stamp.min_seconds) == (terms.unit, shortest) and (
        stamp.unit == "item" or stamp.gap_seconds == terms.gap_seconds
    )


def begun_of(first: Round, terms: Terms) -> Begun:
    """What the audit's first round kept. Raises InputError for a confidence that is another by now."""
    kept = dict(first.params["audit"])
    made = Begun(**{**kept, "stamp": Stamp(**kept["stamp"])})
    if made.confidence != terms.confidence:
        raise InputError(
            f"certify: this audit of {first.concept!r} began at confidence {made.confidence:g}, got "
            f"{terms.confidence:g}; a confidence chosen after looking is none: keep it, or begin again with --anew"
        )
    return made


def next_number(project: Project, concept: str) -> int:
    """One more than there are audits of the concept."""
    with project.read() as c:
        return 1 + sum(one.strategy == AUDIT and "stamp" in one.params["audit"] for one in rounds.all(c, concept))
