"""What is to be claimed, what was settled when an audit began, and which rounds are its."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from raravis.certify import miss_rate_upper
from raravis.certify.misses import SHARES
from raravis.certify.price import check_rates
from raravis.errors import InputError
from raravis.flow.answers import AUDIT
from raravis.flow.audits.units import Stamp, Unit
from raravis.flow.tell import typed
from raravis.store import encoders, rounds
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
        check_rates(recall=self.recall, confidence=self.confidence)
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
    sources: Sequence[str] = ()  # names of the files that were frozen; none in audits of older versions


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
    mine = [one.params["audit"]["number"] for one in live(made) if _kind(_stamp(one)) == _kind(terms)]
    return [one for one in made if one.params["audit"]["number"] in mine]


def live(made: Iterable[Round]) -> list[Round]:
    """Of a concept's rounds, oldest first, the first of each audit that would go on: the newest about its units."""
    firsts = [one for one in made if one.strategy == AUDIT and "stamp" in one.params["audit"]]
    return list({_kind(_stamp(one)): one for one in firsts}.values())


def _stamp(first: Round) -> Stamp:
    return Stamp(**first.params["audit"]["stamp"])


def _kind(about: Stamp | Terms) -> tuple[Unit, float, float]:
    """Audits of one kind are about the same units."""
    return (about.unit, about.min_seconds, about.gap_seconds) if about.unit == "event" else ("item", 0.0, 0.0)


def again(project: Project, first: Round, *, anew: bool = False) -> str:
    """The command that goes on with the audit of this first round, or begins one like it anew."""
    unit, min_seconds, gap_seconds = _kind(_stamp(first))
    words = ["certify", first.concept, *(["--anew"] if anew else [])]
    if unit == "item":
        words += ["--unit", "item"]
    elif (min_seconds, gap_seconds) != (Terms.min_seconds, Terms.gap_seconds):
        words += ["--min-seconds", str(min_seconds), "--gap", str(gap_seconds)]  # all digits: others are another audit
    return typed(project, *words)


def space_begun_in(project: Project, first: Round) -> str:
    """The id of the space in which an audit began and goes on. Raises InputError where that was removed."""
    with project.read() as c:
        if first.encoder in [each.id for each in encoders.all(c)]:
            return first.encoder
    raise InputError(
        f"the audit of {first.concept!r} began over the vectors of {first.encoder}, which were removed since; a "
        f"certificate written before still holds; begin again: {again(project, first, anew=True)}"
    )


def kept_by(first: Round) -> Begun:
    """What the audit's first round kept."""
    kept = first.params["audit"]
    return Begun(**{**kept, "stamp": Stamp(**kept["stamp"])})


def begun_of(first: Round, terms: Terms, seed: int | None = None) -> Begun:
    """What the audit's first round kept. Raises InputError for a confidence, or a seed, that is another by now."""
    made = kept_by(first)
    if made.confidence != terms.confidence:
        raise InputError(
            f"certify: this audit of {first.concept!r} began at confidence {made.confidence:g}, got "
            f"{terms.confidence:g}; a confidence chosen after looking is none: keep it, or begin again with --anew"
        )
    if seed not in (None, made.seed):
        raise InputError(
            f"certify: this audit of {first.concept!r} began with the seed {made.seed}, got {seed}; its draws are "
            "made already: leave --seed out, or begin again with --anew"
        )
    return made


def next_number(project: Project, concept: str) -> int:
    """One more than there are audits of the concept."""
    with project.read() as c:
        return 1 + sum(one.strategy == AUDIT and "stamp" in one.params["audit"] for one in rounds.all(c, concept))
