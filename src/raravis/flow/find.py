"""find: the whole flow in one call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from raravis import plugins
from raravis.errors import InputError
from raravis.flow.answers import Answerer, OracleAnswerer, answer_round
from raravis.flow.campaign import STRATEGY, Campaign
from raravis.flow.detect import detect as run_detect
from raravis.flow.embed import embed
from raravis.flow.examples import add_examples
from raravis.flow.export import FORMATS, export
from raravis.flow.ingest import ingest
from raravis.flow.results import FoundEvent, found_events
from raravis.flow.sample import sample as run_sample
from raravis.flow.search import LOOK
from raravis.flow.status import coverage_of
from raravis.flow.tell import Map, Say, Tell, quiet, silent
from raravis.flow.train import train_on
from raravis.flow.truth import read_oracle
from raravis.media.timelines import TimelineFrom
from raravis.scale.processes import in_process
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


def find(
    project: Project,
    inputs: Sequence[str | Path],
    concept: str,
    *,
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    oracle: str | Path | None = None,
    ezmode_labels: str | Path | None = None,
    answerer: Answerer | None = None,
    budget: int = 300,
    look: int = LOOK,
    strategy: str = STRATEGY,
    sample: str = "keyframes",
    detect: str = "whole",
    encoder: str = "builtin",
    timeline_from: TimelineFrom = "file",
    frame_folders: Literal["auto", "always", "never"] = "auto",
    gap_seconds: float = 1.0,
    formats: Sequence[str] = FORMATS,
    retry_failed: bool = False,
    seed: int = 0,
    map: Map = in_process,
    tell: Tell = silent,
    say: Say = quiet,
) -> Found:
    """Events of `concept` in the inputs, after at most `budget` answers in all by the answerer or the oracle file.

    Examples are free. A second call does only what is new, and goes on from the answers that are there.
    Raises RaravisError for what cannot be used; whatever was done until then is kept.
    """
    begun = time.monotonic()
    if (answerer is None) == (oracle is None):
        raise InputError("somebody must answer: give either an oracle file (--oracle) or an answerer")
    _refuse_unknown(formats, pick=strategy, sample=sample, detect=detect, embed=encoder)
    for answers in (path for path in (oracle, ezmode_labels) if path is not None and not Path(path).exists()):
        raise InputError(f"{answers}: cannot be read: No such file or directory")
    add_examples(project, concept, like=like, unlike=unlike)
    tally = ingest(project, inputs, timeline_from=timeline_from, frame_folders=frame_folders, map=map, tell=tell)
    say(str(tally))
    who = answerer or _from_file(project, oracle or "", concept, ezmode_labels)
    run_sample(project, sample=sample, map=map, tell=tell)
    run_detect(project, detect=detect, sample=sample, map=map, tell=tell)
    space = embed(project, encoder=encoder, retry_failed=retry_failed, map=map, tell=tell, say=say)
    campaign = Campaign(project, concept, strategy=strategy, budget=budget, seed=seed, encoder=space)
    rounds_of_asking(campaign, who, look=look, budget=budget, tell=tell)
    found = _result(campaign, gap_seconds, formats, begun, say)
    _say_what_gaps_do(project, sample, gap_seconds, found, say)
    return found


def _refuse_unknown(formats: Sequence[str], *, pick: str, **specs: str) -> None:
    """Raises what the stages would raise, before the hours of reading that come first."""
    plugins.strategy(pick)
    for kind, spec in specs.items():
        plugins.make(kind, spec)
    for name in formats:
        plugins.load("formats", name)


def _from_file(project: Project, oracle: str | Path, concept: str, ezmode_labels: str | Path | None) -> Answerer:
    return OracleAnswerer(read_oracle(project, oracle, concept, ezmode_labels=ezmode_labels), concept)


def rounds_of_asking(campaign: Campaign, answerer: Answerer, *, look: int, budget: int, tell: Tell = silent) -> None:
    """Looks, one after the other, until the budget is spent, everything was asked, or the answerer stops.

    A look that was cut off comes first.
    """
    asked = campaign.waiting() or campaign.ask(look)
    while asked is not None and not answerer.stopped:
        campaign.record(answer_round(campaign.project, asked, answerer))
        if answerer.source == "oracle":  # a person is shown the questions, not a bar over them
            tell("answers", budget - (campaign.search.pool.budget_left or 0), budget)
        asked = None if answerer.stopped else campaign.ask(look)


def _result(campaign: Campaign, gap_seconds: float, formats: Sequence[str], begun: float, say: Say) -> Found:
    project, concept, space = campaign.project, campaign.concept, campaign.collection.vectors.encoder
    with project.read() as c:
        answered = labels.latest(c, concept)
        looks = rounds.count(c, concept)
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


def _say_what_gaps_do(project: Project, sample: str, gap_seconds: float, found: Found, say: Say) -> None:
    """Looks wider apart than the gap make two events of one that was seen twice."""
    if len(found.events) < 2:
        return
    with project.read() as c:
        median = coverage_of(c, sample)["median_gap_seconds"]
    if median > gap_seconds:
        say(
            f"looks lie {median:g} s apart, more than the gap of {gap_seconds:g} s that an event bridges: one event "
            f"seen twice counts as two; raravis export --gap {median * 1.5:.2g} joins them, a finer --sample sees more"
        )
