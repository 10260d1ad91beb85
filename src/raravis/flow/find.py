"""find: the whole flow in one call."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from raravis import plugins
from raravis.errors import InputError
from raravis.flow import words
from raravis.flow.answers import Answerer, OracleAnswerer, answer_round
from raravis.flow.audits.until import find_until, refuse_still, terms_of
from raravis.flow.campaign import ENDS_ONLY, STRATEGY, Campaign
from raravis.flow.closer import begin_closer
from raravis.flow.embed import BUILTIN
from raravis.flow.encoder import absolute, loaded
from raravis.flow.examples import add_examples
from raravis.flow.export import FORMATS
from raravis.flow.found import Found, found_by, say_what_gaps_do
from raravis.flow.gather import gather, see
from raravis.flow.ingest import ingest
from raravis.flow.refine import OpenEnds, refine
from raravis.flow.search import LOOK
from raravis.flow.spaces import encoder_in_use
from raravis.flow.tell import Map, Say, Tell, quiet, silent
from raravis.flow.truth import read_oracle
from raravis.media.timelines import TimelineFrom
from raravis.pick.ends import Ends
from raravis.scale.processes import in_process
from raravis.store.project import Project
from raravis.types import Round

MakeCampaign = Callable[..., Campaign]  # from the store as it is then


def find(
    project: Project,
    inputs: Sequence[str | Path],
    concept: str,
    *,
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    text: Sequence[str] = (),
    text_not: Sequence[str] = (),
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
    encoder: str | None = None,
    closer: str | None = None,
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
    answered by the `auditor` or else the answerer, and stops when that is certified. The `encoder` (default: the one
    in use, else `builtin`) sees everything, a `closer` one candidates alone (`tiers`); texts are read by whichever can.
    Examples are free. A second call does only what is new, and goes on from the answers that are there.
    Raises RaravisError for what cannot be used; whatever was done until then is kept.
    """
    begun = time.monotonic()
    if (answerer is None) == (oracle is None):
        raise InputError("somebody must answer: give either an oracle file (--oracle) or an answerer")
    _refuse_unknown(formats, pick=strategy, sample=sample, detect=detect)
    _refuse_unfit(encoder or encoder_in_use(project) or BUILTIN, closer, [*text, *text_not], say)
    terms = None if until is None else terms_of(until, gap_seconds=gap_seconds)
    for answers in (path for path in (oracle, ezmode_labels) if path is not None and not Path(path).exists()):
        raise InputError(f"{answers}: cannot be read: No such file or directory")
    add_examples(project, concept, like=like, unlike=unlike, text=text, text_not=text_not)
    tally = ingest(project, inputs, timeline_from=timeline_from, frame_folders=frame_folders, map=map, tell=tell)
    say(str(tally))
    if terms is not None:
        refuse_still(project, terms)
    who = answerer or _from_file(project, oracle or "", concept, ezmode_labels)
    both: dict[str, Any] = {"retry_failed": retry_failed, "map": map, "say": say}
    space = see(project, sample=sample, detect=detect, encoder=encoder, tell=tell, **both)
    search: MakeCampaign = functools.partial(
        Campaign,
        project,
        concept,
        strategy=strategy,
        ends=Ends(gap_seconds=gap_seconds) if place_ends else None,
        budget=budget,
        seed=seed,
        encoder=space,
        closer=begin_closer(project, closer, space, retry_failed=retry_failed, say=say) if closer else None,
        map=map,
    )
    certificate = dict[str, Path]()
    if terms is not None:
        left = search().search.pool.budget_left or 0
        certificate = find_until(terms, search, who, auditor, look=look, budget=left, seed=seed, say=say, tell=tell)
        who.stopped = who.stopped or (auditor or who).stopped  # whoever stops at a sheet has stopped
        if place_ends and not who.stopped:  # of what the audit came across
            rounds_of_asking(search(strategy=ENDS_ONLY, closer=None), who, look=look, budget=budget, tell=tell)
    if precision is None:
        campaign = search()
        if terms is None:
            rounds_of_asking(campaign, who, look=look, budget=budget, tell=tell)
    else:
        spent: dict[str, Any] = {"look": look, "budget": budget, "also_search": terms is None}
        campaign = _precisely(search, who, precision, gap_seconds, **spent, tell=tell)
    found = found_by(campaign, gap_seconds, formats, begun, say)
    if precision is None:
        say_what_gaps_do(project, sample, gap_seconds, found, say)
    return replace(found, exports=found.exports | {f"certificate.{end}": str(at) for end, at in certificate.items()})


def begin_asking(
    project: Project,
    inputs: Sequence[str | Path],
    concept: str,
    *,
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    text: Sequence[str] = (),
    text_not: Sequence[str] = (),
    strategy: str = STRATEGY,
    sample: str = "keyframes",
    detect: str = "whole",
    encoder: str | None = None,
    formats: Sequence[str] = FORMATS,
    say: Say = quiet,
    **settings: Any,
) -> str:
    """The id of the encoder in use, once all is done that `find` does before its first question.

    For whoever answers elsewhere, and calls `conclude` after; `settings` are gather's. Raises what `find` raises.
    """
    _refuse_unknown(formats, pick=strategy, sample=sample, detect=detect)
    _refuse_unfit(encoder or encoder_in_use(project) or BUILTIN, None, [*text, *text_not], say)
    add_examples(project, concept, like=like, unlike=unlike, text=text, text_not=text_not)
    return gather(project, inputs, sample=sample, detect=detect, encoder=encoder, say=say, **settings)


def _precisely(
    search: MakeCampaign,
    who: Answerer,
    precision: float,
    gap_seconds: float,
    *,
    look: int,
    budget: int,
    also_search: bool,
    tell: Tell,
) -> Campaign:
    """The campaign once ends are placed, after a search, if one is wanted, that leaves answers for placing them.

    What was left for them and not needed goes into another search.
    """
    campaign, before = search(), None
    settings: dict[str, Any] = {"gap_seconds": gap_seconds, "precision": precision}
    while (left := campaign.search.pool.budget_left) != before and not who.stopped:
        before = left
        if also_search:
            space = campaign.collection.vectors.encoder
            fine = OpenEnds(campaign.project, campaign.concept, space, **settings)
            keep = functools.partial(_price, fine, campaign)
            rounds_of_asking(campaign, who, look=look, budget=budget, keep=keep, tell=tell)
        space, left = campaign.collection.vectors.encoder, campaign.search.pool.budget_left
        refine(campaign.project, campaign.concept, who, **settings, budget=left, look=look, encoder=space)
        campaign = search()
    return campaign


def _price(fine: OpenEnds, campaign: Campaign) -> int:
    return fine.price(campaign.collection.vectors.ids[campaign.search.open_ends()])


def _refuse_unknown(formats: Sequence[str], *, pick: str, **specs: str) -> None:
    """Raises what the stages would raise, before the hours of reading that come first."""
    plugins.strategy(pick)
    for kind, spec in specs.items():
        plugins.make(kind, spec)
    for name in formats:
        plugins.load("formats", name)


def _refuse_unfit(encoder: str, closer: str | None, texts: Sequence[str], say: Say) -> None:
    """Raises what encoders, and texts that none of them can read, would raise later; says what is made of the texts."""
    if closer and absolute(closer) == absolute(encoder):
        raise InputError(f"{closer} sees everything already; name another encoder for a closer look (--closer)")
    able = [loaded(absolute(spec)) for spec in (closer, encoder) if spec]
    cannot = list[InputError]()
    for one in able if texts else ():
        try:
            notes = words.read(one, texts).notes()
        except InputError as error:
            cannot.append(error)
        else:
            for line in notes:
                say(line)
    if len(cannot) == len(able):
        raise cannot[0]


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
    return campaign.ask(k, short=True) if k > 0 else None
