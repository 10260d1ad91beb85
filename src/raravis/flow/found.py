"""What a search came to: events, a classifier, files; the end of find, whoever answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from raravis.errors import InputError
from raravis.flow.campaign import STRATEGY, Campaign
from raravis.flow.export import FORMATS, export
from raravis.flow.results import FoundEvent, found_events
from raravis.flow.status import coverage_of
from raravis.flow.tell import Say, quiet, typed
from raravis.flow.train import train_on
from raravis.pick.ends import Ends
from raravis.store import labels, rounds
from raravis.store.project import Project
from raravis.types import YES


@dataclass(frozen=True)
class Found:
    """What a search came to: answers given, rounds (looks) shown, events found, files written."""

    concept: str
    answers: int
    positives: int
    rounds: int
    seconds: float
    events: list[FoundEvent]
    exports: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The object that `find --json` prints."""
        return asdict(self)


def conclude(
    project: Project,
    concept: str,
    *,
    strategy: str = STRATEGY,
    place_ends: bool = True,
    sample: str = "keyframes",
    gap_seconds: float = 1.0,
    formats: Sequence[str] = FORMATS,
    seed: int = 0,
    begun: float | None = None,
    say: Say = quiet,
) -> Found:
    """What the answers so far come to: a classifier trained, files written; `begun` (time.monotonic) counts seconds."""
    begun = time.monotonic() if begun is None else begun
    ends = Ends(gap_seconds=gap_seconds) if place_ends else None
    campaign = Campaign(project, concept, strategy=strategy, ends=ends, seed=seed)
    found = found_by(campaign, gap_seconds, formats, begun, say)
    say_what_gaps_do(project, sample, gap_seconds, found, say)
    return found


def found_by(campaign: Campaign, gap_seconds: float, formats: Sequence[str], begun: float, say: Say) -> Found:
    """What a campaign came to, with a classifier of all its answers and the files written; `begun`: time.monotonic."""
    project, concept, space = campaign.project, campaign.concept, campaign.collection.vectors.encoder
    with project.read() as c:
        answered = labels.latest(c, concept)
        looks = rounds.answered(c, concept)
    if campaign.closer is not None:
        say(f"{campaign.closer.encoder} looked at {campaign.closer.count} of {len(campaign.collection)} items")
    answered = answered.take(answered.given())
    positives = int((answered.value == YES).sum())
    files: dict[str, Path] = {}
    if len(answered):
        try:
            train_on(campaign)
        except InputError as error:  # no yes so far: there are results all the same
            say(str(error))
        files = export(project, concept, formats=formats, gap_seconds=gap_seconds, encoder=space)
    return Found(
        concept=concept,
        answers=len(answered),
        positives=positives,
        rounds=looks,
        seconds=round(time.monotonic() - begun, 3),
        events=found_events(project, concept, gap_seconds=gap_seconds, encoder=space),
        exports={name: str(path) for name, path in files.items()},
    )


def say_what_gaps_do(project: Project, sample: str, gap_seconds: float, found: Found, say: Say) -> None:
    """Looks wider apart than the gap tell nothing of shorter pauses: says so, and what looks between."""
    if not found.events:
        return
    with project.read() as c:
        median = coverage_of(c, sample)["median_gap_seconds"]
    if median > gap_seconds:
        refine = typed(project, "refine", "--for", found.concept)
        say(
            f"looks lie {median:g} s apart, more than the gap of {gap_seconds:g} s that an event bridges: two of them "
            f"side by side count as one event; {refine} looks between, and places the ends"
        )
