"""replay: the rounds of the log, made again and compared with what was shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.flow.again import collection_then, other_versions, search_then
from raravis.flow.answers import AUDIT
from raravis.flow.audits.remade import Remade
from raravis.flow.begun import digest
from raravis.flow.campaign import strategy_of
from raravis.flow.closer import Closer, Turn
from raravis.flow.collection import Collection, answered, load
from raravis.flow.refine import asked_again
from raravis.flow.tell import Tell, silent
from raravis.store import concepts, items, labels, rounds
from raravis.store.project import Project
from raravis.types import WHOLE, Ints, Round

UNKNOWN = "made by a version that did not keep what a campaign began from"
Collections = dict[tuple[str, bool], Collection]  # by encoder, and whether what audits made is in it
Outcome = Literal["same", "same draws", "same items", "differs", "not remade"]


@dataclass(frozen=True)
class Replayed:
    """One round of the log: what it was, who answered how much of it, and whether it comes out the same again.

    "same": ids and scores, bit for bit; "same items": other scores; "same draws": what an audit drew by chance, in
    a look whose other frames are not made again; "not remade": `why` says what stands against it.
    """

    round: int
    concept: str
    strategy: str
    items: int
    answers: int
    by: tuple[str, ...]
    outcome: Outcome
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """The object that `replay --json` prints for it."""
        return asdict(self)


def replay(project: Project, concept: str | None = None, *, tell: Tell = silent) -> list[Replayed]:
    """Every round about the concept, or about all, oldest first; nothing is asked, and nothing in the project changes.

    Each campaign is begun again from what it began from, and told the log's answers as they came: so with the same
    versions on the same machine every round has the same ids and scores. Raises InputError for an unknown concept.
    """
    with project.read() as c:
        names = concepts.all(c) if concept is None else [concept]
        made = {name: rounds.all(c, name) for name in names}
        who = {name: _answers(labels.log(c, name)) for name in names}
    replayed: list[Replayed] = []
    collections: Collections = {}
    for name in names:
        for one, (outcome, why) in zip(made[name], _replayed(project, made[name], collections), strict=True):
            count, by = who[name].get(one.id, (0, ()))
            replayed.append(Replayed(one.id, name, one.strategy, len(one.ids), count, by, outcome, why))
            tell("replay", len(replayed), sum(map(len, made.values())))
    return replayed


def _answers(log: Iterable[Any]) -> dict[int, tuple[int, tuple[str, ...]]]:
    """By round: how many of its items were answered, and by whom."""
    given: dict[int, dict[int, str]] = {}
    for label in log:
        if label.round_id is not None and label.source not in labels.NOT_ANSWERS:
            given.setdefault(label.round_id, {})[label.item_id] = label.by
    return {number: (len(by), tuple(sorted(set(by.values())))) for number, by in given.items()}


def _replayed(project: Project, made: Iterable[Round], collections: Collections) -> Iterator[tuple[Outcome, str]]:
    """What each of a concept's rounds is made again as, and why."""
    made = list(made)
    last = {one.params.get("campaign", one.id): one.id for one in made}  # several campaigns may take turns
    sessions: dict[int, Session | str] = {}
    audits: dict[int, Remade | str] = {}
    newest = 0
    for one in made:
        if one.strategy == AUDIT:
            yield _remade(project, one, audits, collections)
            continue
        if "precision" in one.params:
            yield _asked_again(project, one)
            continue
        if "round_number" not in one.params:
            yield "not remade", f"made by {one.strategy}, not by a strategy"
            continue
        if "begun" in one.params:
            newest = one.id
            sessions = {number: begun for number, begun in sessions.items() if last[number] > one.id}
            sessions[newest] = _begin(project, one, collections)
        session = sessions.get(one.params.get("campaign", newest), UNKNOWN)
        yield ("not remade", session) if isinstance(session, str) else session.compare(one)


def _remade(
    project: Project, one: Round, audits: dict[int, Remade | str], collections: Collections
) -> tuple[Outcome, str]:
    """What a look of an audit is made again as; `audits` are those begun again, or why not, by number."""
    number = one.params["audit"]["number"]
    if "stamp" in one.params["audit"]:
        try:
            audits[number] = Remade(project, _loaded(project, one.encoder, collections), one)
        except InputError as error:
            audits[number] = str(error)
    begun = audits[number]
    return ("not remade", begun) if isinstance(begun, str) else begun.compare(one)


def _asked_again(project: Project, one: Round) -> tuple[Outcome, str]:
    """What a round about open ends is made again as."""
    try:
        moments = asked_again(project, one)
    except InputError as error:
        return "not remade", str(error)
    with project.read() as c:
        there = items.of_sources(c, {moment.source_id for moment in moments})
    there = there.take(np.all(there.boxes == WHOLE, axis=1))
    spans = zip(there.source_id.tolist(), there.pts.tolist(), there.end.tolist(), strict=True)
    ids = dict(zip(spans, there.ids.tolist(), strict=True))
    wanted = np.array([ids.get(moment[:3], 0) for moment in moments], np.int64)
    return _compared(one, wanted, np.array([moment.seconds for moment in moments], np.float64))


def _loaded(project: Project, encoder: str, collections: Collections, *, audited: bool = False) -> Collection:
    if (encoder, audited) not in collections:
        collections[encoder, audited] = load(project, encoder, audited=audited)
    return collections[encoder, audited]


def _begin(project: Project, one: Round, collections: Collections) -> Session | str:
    """The campaign as it began, or why it cannot be begun again."""
    why = ""
    for audited in (False, True):  # older versions searched what audits had made, too
        try:
            return Session(project, one, _loaded(project, one.encoder, collections, audited=audited))
        except InputError as error:  # the strategy was a plugin that is not installed, or the items are gone
            why = why or str(error)
    return why


class Session:
    """A campaign begun again, told the log's answers up to each of its rounds."""

    def __init__(self, project: Project, first: Round, whole: Collection) -> None:
        self.project, self.concept, self.begun = project, first.concept, first.params["begun"]
        self.collection = collection_then(whole, self.begun)
        self.seen = self.begun["labels"]
        strategy = strategy_of(first.strategy)
        self.closer: Closer | None = None
        if "closer" in first.params:
            turn = Turn(**first.params["closer"])
            self.closer = Closer(project, self.collection, self.concept, turn.encoder, strategy, turn=turn)
            strategy = self.closer.tiers
        kept = {name: first.params[name] for name in ("ends", "round_number")}
        self.search = search_then(
            project, self.collection, self.concept, self.begun, strategy, **kept, seed=first.seed, before=first.id
        )

    def compare(self, one: Round) -> tuple[Outcome, str]:
        """What the round is made again as."""
        rows, values, _ = answered(self.project, self.collection, self.concept, after=self.seen, up_to=one.labels_up_to)
        self.search.record(rows, values)
        self.seen = one.labels_up_to
        self.search.pool.budget_left = one.params["budget_left"]
        self.search.round_number = one.params["round_number"]
        if self.closer:
            self.closer.at(Turn(**one.params["closer"]))
        held = self.collection.rows(np.array(one.params.get("withheld", ()), np.int64))
        how = {name: one.params.get(name, False) for name in ("fill", "short")}
        rows, scores = self.search.next(one.params["k"], withheld=held, **how)
        outcome, why = _compared(one, self.collection.vectors.ids[rows], scores)
        return (outcome, why) if outcome == "same" else (outcome, f"{why}; {self._because(one)}")

    def _because(self, one: Round) -> str:
        same = digest(self.search.newest) == one.params["head"]
        return f"{'the same' if same else 'another'} classifier, made with {other_versions(self.begun['versions'])}"


def _compared(one: Round, ids: Ints, scores: NDArray[np.floating]) -> tuple[Outcome, str]:
    for place, (then, now) in enumerate(zip_longest(one.ids, ids.tolist()), 1):
        if then != now:
            shown, made = ("nothing" if item is None else f"item {item}" for item in (then, now))
            return "differs", f"place {place} showed {shown}, now {made}"
    apart = np.abs(np.asarray(scores, float) - one.scores)
    return ("same items", f"scores are up to {apart.max():.2g} off") if apart.any() else ("same", "")
