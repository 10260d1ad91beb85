"""find: the whole flow in one call."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from raravis import plugins
from raravis.errors import InputError
from raravis.flow.answers import Answerer, OracleAnswerer, answer_round
from raravis.flow.audits.until import find_until, terms_of
from raravis.flow.campaign import ENDS_ONLY, STRATEGY, Campaign
from raravis.flow.detect import detect as run_detect
from raravis.flow.embed import embed
from raravis.flow.examples import add_examples
from raravis.flow.export import FORMATS, export
from raravis.flow.ingest import ingest
from raravis.flow.refine import OpenEnds, refine
from raravis.flow.results import FoundEvent, found_events
from raravis.flow.sample import sample as run_sample
from raravis.flow.search import LOOK
from raravis.flow.status import coverage_of
from raravis.flow.tell import Map, Say, Tell, quiet, silent
from raravis.flow.train import train_on
from raravis.flow.truth import read_oracle
from raravis.media.timelines import TimelineFrom
from raravis.pick.ends import Ends
from raravis.scale.processes import in_process
from raravis.store import labels, rounds
from raravis.store.project import Project
from raravis.types import YES, Round


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
    place_ends: bool = True,
    precision: float | None = None,
    until: str | None = None,
    auditor: Answerer | None = None,
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

    Where known events begin and end is asked before others are looked for, unless `place_ends` is off. With a
    `precision` in seconds (0: to the frame) the search leaves as many answers as placing the ends so will take, by
    frames that the sampler passed over. With `until` (`recall=0.9,…`, see `terms_of`) it takes turns with an audit,
    answered by the `auditor` or else the answerer, and stops when that is certified. Examples are free. A second call
    does only what is new, and goes on from the answers that are there.
    Raises RaravisError for what cannot be used; whatever was done until then is kept.
    """
    begun = time.monotonic()
    if (answerer is None) == (oracle is None):
        raise InputError("somebody must answer: give either an oracle file (--oracle) or an answerer")
    _refuse_unknown(formats, pick=strategy, sample=sample, detect=detect, embed=encoder)
    terms = None if until is None else terms_of(until, gap_seconds=gap_seconds)
    for answers in (path for path in (oracle, ezmode_labels) if path is not None and not Path(path).exists()):
        raise InputError(f"{answers}: cannot be read: No such file or directory")
    add_examples(project, concept, like=like, unlike=unlike)
    tally = ingest(project, inputs, timeline_from=timeline_from, frame_folders=frame_folders, map=map, tell=tell)
    say(str(tally))
    who = answerer or _from_file(project, oracle or "", concept, ezmode_labels)
    run_sample(project, sample=sample, map=map, tell=tell)
    run_detect(project, detect=detect, sample=sample, map=map, tell=tell)
    space = embed(project, encoder=encoder, retry_failed=retry_failed, map=map, tell=tell, say=say)
    ends = Ends(gap_seconds=gap_seconds) if place_ends else None
    settings: dict[str, Any] = {"strategy": strategy, "ends": ends, "budget": budget, "seed": seed, "encoder": space}
    search = functools.partial(Campaign, project, concept, **settings)
    campaign, certificate = search(), dict[str, Path]()
    if terms is not None:
        left = campaign.search.pool.budget_left or 0
        certificate = find_until(terms, search, who, auditor, look=look, budget=left, seed=seed, say=say, tell=tell)
        who.stopped = who.stopped or (auditor or who).stopped  # whoever stops at a sheet has stopped
        if place_ends and not who.stopped:  # of what the audit came across
            rounds_of_asking(search(strategy=ENDS_ONLY), who, look=look, budget=budget, tell=tell)
        campaign = search()
    if precision is not None:
        campaign = _precisely(
            campaign, who, precision, gap_seconds, look=look, budget=budget, search=not terms, tell=tell
        )
    elif terms is None:
        rounds_of_asking(campaign, who, look=look, budget=budget, tell=tell)
    found = _result(campaign, gap_seconds, formats, begun, say)
    if precision is None:
        _say_what_gaps_do(project, sample, gap_seconds, found, say)
    return replace(found, exports=found.exports | {f"certificate.{end}": str(at) for end, at in certificate.items()})


def _precisely(
    campaign: Campaign,
    who: Answerer,
    precision: float,
    gap_seconds: float,
    *,
    look: int,
    budget: int,
    search: bool,
    tell: Tell,
) -> Campaign:
    """The campaign once ends are placed, after a search, if one is wanted, that leaves answers for placing them.

    What was left for them and not needed goes into another search.
    """
    project, concept, space = campaign.project, campaign.concept, campaign.collection.vectors.encoder
    settings: dict[str, Any] = {"gap_seconds": gap_seconds, "precision": precision}
    same: dict[str, Any] = {"strategy": campaign.strategy, "ends": campaign.search.ends, "seed": campaign.seed}
    before = None
    while (left := campaign.search.pool.budget_left) != before and not who.stopped:
        before = left
        if search:
            keep = OpenEnds(campaign, **settings).price
            rounds_of_asking(campaign, who, look=look, budget=budget, keep=keep, tell=tell)
        refine(project, concept, who, **settings, budget=campaign.search.pool.budget_left, look=look, encoder=space)
        campaign = Campaign(project, concept, **same, budget=budget, encoder=space)
    return campaign


def _refuse_unknown(formats: Sequence[str], *, pick: str, **specs: str) -> None:
    """Raises what the stages would raise, before the hours of reading that come first."""
    plugins.strategy(pick)
    for kind, spec in specs.items():
        plugins.make(kind, spec)
    for name in formats:
        plugins.load("formats", name)


def _from_file(project: Project, oracle: str | Path, concept: str, ezmode_labels: str | Path | None) -> Answerer:
    return OracleAnswerer(read_oracle(project, oracle, concept, ezmode_labels=ezmode_labels), concept)


def rounds_of_asking(
    campaign: Campaign,
    answerer: Answerer,
    *,
    look: int,
    budget: int,
    keep: Callable[[], int] = lambda: 0,
    tell: Tell = silent,
) -> None:
    """Looks, one after the other, until the budget is spent but for `keep`, all is asked, or the answerer stops.

    A look that was cut off comes first.
    """
    asked = campaign.waiting() or _next(campaign, look, keep)
    while asked is not None and not answerer.stopped:
        campaign.record(answer_round(campaign.project, asked, answerer))
        if answerer.source == "oracle":  # a person is shown the questions, not a bar over them
            tell("answers", budget - (campaign.search.pool.budget_left or 0), budget)
        asked = None if answerer.stopped else _next(campaign, look, keep)


def _next(campaign: Campaign, look: int, keep: Callable[[], int]) -> Round | None:
    left = campaign.search.pool.budget_left
    k = look if left is None else min(look, left - keep())
    return campaign.ask(k) if k > 0 else None


def _result(campaign: Campaign, gap_seconds: float, formats: Sequence[str], begun: float, say: Say) -> Found:
    project, concept, space = campaign.project, campaign.concept, campaign.collection.vectors.encoder
    with project.read() as c:
        answered = labels.latest(c, concept)
        looks = rounds.count(c, concept)
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


def _say_what_gaps_do(project: Project, sample: str, gap_seconds: float, found: Found, say: Say) -> None:
    """Looks wider apart than the gap tell nothing of shorter pauses."""
    if not found.events:
        return
    with project.read() as c:
        median = coverage_of(c, sample)["median_gap_seconds"]
    if median > gap_seconds:
        say(
            f"looks lie {median:g} s apart, more than the gap of {gap_seconds:g} s that an event bridges: two of them "
            f"side by side count as one event; raravis refine --for {found.concept} looks between, and places the ends"
        )
