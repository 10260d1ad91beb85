"""refine: event ends → right to within so many seconds, by asking about frames that the sampler passed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from raravis.errors import InputError
from raravis.flow.answers import Answerer, answer_round
from raravis.flow.campaign import ENDS_ONLY, Campaign, ends_in_use
from raravis.flow.embed import embed_these
from raravis.flow.events import GAP_SECONDS
from raravis.flow.gaps import Frames, Gap, Moment, crossing, frames_in, gaps, halving, price
from raravis.flow.looks import FOR_AN_END, ON_DEMAND, lines_with
from raravis.flow.search import NOTHING, ROUND
from raravis.store import items, labels, progress, rounds, sources
from raravis.store.project import Project
from raravis.types import NO, Ints, Packets, Round

FOLLOWS = {"sources": "sources", "sampled": "items sampled", "dead": "frames that do not decode"}


def refine(
    project: Project,
    concept: str,
    answerer: Answerer,
    *,
    precision: float = 0.0,
    gap_seconds: float = GAP_SECONDS,
    budget: int | None = None,
    look: int = ROUND,
    encoder: str | None = None,
) -> int:
    """Answers given, `budget` at most, until events begin and end within `precision` seconds; 0: right to the frame.

    First known events are followed to their ends among the items there are. Then frames between what shows it and
    what does not become items and are asked about, all ends side by side, so that one look serves many events; and
    where two looks side by side were answered yes, further apart than `gap_seconds`, one frame between them: a no
    parts them. Stopped at any moment, it goes on from there. Raises InputError for an unknown concept or encoder.
    """
    if precision < 0:
        raise InputError(f"got a precision of {precision:g} s; wanted 0 s, which is to the frame, or more")
    given = 0
    while True:  # an answer about a new frame may change which events there are
        campaign = Campaign(project, concept, strategy=ENDS_ONLY, ends=ends_in_use(project, concept), encoder=encoder)
        if answerer.stopped or given == budget:
            return given
        space = campaign.collection.vectors.encoder
        fine = OpenEnds(project, concept, space, precision=precision, gap_seconds=gap_seconds)
        before = given
        for asking in (campaign, fine):
            given += _answers(asking, project, answerer, look, None if budget is None else budget - given)
        if given == before:
            return given


class OpenEnds:
    """The ends of events that are not placed within `precision` seconds, and what to ask about them.

    It keeps nothing but what was read of files: each round follows from the store, as the log was up to an entry.
    """

    def __init__(
        self,
        project: Project,
        concept: str,
        encoder: str,
        *,
        precision: float,
        gap_seconds: float,
        up_to: int | None = None,
    ) -> None:
        self.project, self.concept, self.encoder, self.up_to = project, concept, encoder, up_to
        self.precision, self.gap_seconds = precision, gap_seconds
        self._packets: dict[int, Packets] = {}

    def price(self, not_asked: Ints) -> int:
        """About how many answers it takes to place them, and those beyond which items (n,) are not asked about yet.

        Each of these is an answer too, and taken for a no.
        """
        found = self._open(not_asked)
        return len(not_asked) + sum(price(gap, frames, precision=self.precision) for gap, frames in found)

    def ask(self, k: int) -> Round | None:
        """A Round of at most k frames, widest gaps first, made into items; None where all ends are placed."""
        while True:
            begun = self.begun()
            if not (moments := self.moments()[:k]):
                return None
            if found := self._items(moments):  # those that cannot be decoded are not wanted a second time
                return self._remember(found, k, begun)

    def record(self, answers: dict[int, int]) -> None:
        """Nothing to do: the answers are in the store."""

    def begun(self) -> dict[str, int]:
        """What a round follows from beside the log: how many sources there are, items sampled, frames that are dead."""
        with self.project.read() as c:
            sampled = items.count(c) - len(items.unsampled(c, *ON_DEMAND))
            return {"sources": len(sources.all(c)), "sampled": sampled, "dead": len(_dead(c, self.encoder))}

    def _open(self, noes: Ints = NOTHING) -> Iterator[tuple[Gap, Frames]]:
        with self.project.read() as c:
            latest = _with_noes(labels.latest(c, self.concept, up_to=self.up_to), noes)
            lines = lines_with(c, latest, gap_seconds=self.gap_seconds)
            dead = _dead(c, self.encoder)
            found = [g for line in lines for g in gaps(line, precision=self.precision, gap_seconds=self.gap_seconds)]
            wanted = {source.id for gap in found for _, source in crossing(gap)}
            self._packets |= sources.packets_of(c, wanted - self._packets.keys())
        return ((gap, frames_in(gap, self._packets, dead)) for gap in found)

    def moments(self) -> list[Moment]:
        """The next frame of each gap, the widest first, a frame of a source in several places once."""
        halves = [moment for gap, frames in self._open() if (moment := halving(gap, frames))]
        widest: dict[tuple[int, int], Moment] = {}
        for moment in sorted(halves, key=lambda moment: (-moment.seconds, moment.source_id, moment.pts)):
            widest.setdefault((moment.source_id, moment.pts), moment)
        return list(widest.values())

    def _items(self, moments: list[Moment]) -> list[tuple[int, Moment]]:
        """The moments as items with a vector and a small picture, by id; without those that cannot be decoded."""
        with self.project.begin() as c:
            source_id, pts, end = (np.array(column, np.int64) for column in zip(*(m[:3] for m in moments), strict=True))
            ids = items.add_frames(c, source_id, pts, end, FOR_AN_END)
        embed_these(self.project, self.encoder, ids)
        with self.project.read() as c:
            failed = progress.states(c, "embed", self.encoder)
        return [(item, moment) for item, moment in zip(ids, moments, strict=True) if str(item) not in failed]

    def _remember(self, found: list[tuple[int, Moment]], k: int, begun: dict[str, int]) -> Round:
        with self.project.begin() as c:
            return rounds.keep(
                c,
                self.concept,
                [item for item, _ in found],
                [moment.seconds for _, moment in found],
                strategy=ENDS_ONLY,
                params={"k": k, "precision": self.precision, "gap_seconds": self.gap_seconds, "follows": begun},
                reason=[moment.why for _, moment in found],
                encoder=self.encoder,
                labels_up_to=labels.last_id(c),
            )


def asked_again(project: Project, one: Round) -> list[Moment]:
    """The frames that a round about open ends asks about, in its order, as the log was then.

    Raises InputError where what it followed from beside the log is another now, or was not kept.
    """
    kept, settings = one.params, {name: one.params[name] for name in ("precision", "gap_seconds")}
    ends = OpenEnds(project, one.concept, one.encoder, **settings, up_to=one.labels_up_to)
    if "follows" not in kept:
        raise InputError("made by a version that did not keep what a round about open ends follows from")
    now = ends.begun()
    if other := [name for name, then in kept["follows"].items() if now[name] != then]:
        changed = ", ".join(f"{FOLLOWS[name]} {kept['follows'][name]:,} then, {now[name]:,} now" for name in other)
        raise InputError(f"open ends are others since: {changed}")
    return ends.moments()[: kept["k"]]


def _answers(asking: Campaign | OpenEnds, project: Project, answerer: Answerer, look: int, left: int | None) -> int:
    """Answers given to rounds, one after the other, until none comes, `left` are given, or the answerer stops."""
    given = 0
    while not answerer.stopped and given != left:
        asked = asking.ask(look if left is None else min(look, left - given))
        answers = answer_round(project, asked, answerer) if asked else {}
        if not answers:
            break
        asking.record(answers)
        given += len(answers)
    return given


def _dead(c: Any, encoder: str) -> set[tuple[int, int]]:
    """Frames, by source and pts, that do not decode."""
    failed = items.some(c, map(int, progress.states(c, "embed", encoder)))
    return set(zip(failed.source_id.tolist(), failed.pts.tolist(), strict=True))


def _with_noes(latest: labels.Latest, item_id: Ints) -> labels.Latest:
    """As if these items had been answered no, those of which nothing is known."""
    fresh = np.setdiff1d(item_id, latest.item_id)
    given = {"item_id": fresh, "value": NO, "weight": 1, "source": "human", "label_id": 0, "round_id": 0}
    both = {name: np.append(getattr(latest, name), np.full(len(fresh), of)) for name, of in given.items()}
    return labels.Latest(**both).take(np.argsort(both["item_id"]))
