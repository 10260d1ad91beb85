"""ask: one concept's search in a project, picking what to look at next; made from the store, so it survives kills."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from raravis import plugins
from raravis.flow.begun import begun, digest
from raravis.flow.closer import Closer
from raravis.flow.collection import Collection, answered, load, pool_of
from raravis.flow.events import GAP_SECONDS
from raravis.flow.examples import embed_examples
from raravis.flow.search import ROUND, Search
from raravis.flow.tell import Map
from raravis.pick.ends import PROPAGATED, Ends
from raravis.scale.processes import in_process
from raravis.store import concepts, labels, rounds
from raravis.store.project import Project
from raravis.train.linear import fit
from raravis.types import Floats, Ints, Pool, Round, Strategy

STRATEGY = "hunt"
EVEN = ("random", "uniform")  # strategies that draw evenly: their answers say something of what nobody looked at
ENDS = Ends()
ENDS_ONLY = "ends"  # in place of a strategy: known events are followed to their ends, and no others looked for
BECAUSE = "because"  # in a round's params: for each of its items the tile for whose sake it is asked about, or itself


Also = Callable[[Any, Round], None]


class Campaign:
    """The search of one concept between rounds: what was answered, the newest head, and what to ask next.

    With `ends` it asks where known events begin and end before it looks for others, and keeps what follows from the
    answers as propagated labels, of this campaign and no other: whoever makes one brings them up to date. With an
    encoder (id) for a `closer` look the strategy is asked about candidates alone, by both encoders (`tiers`).
    """

    def __init__(
        self,
        project: Project,
        concept: str,
        *,
        strategy: str = STRATEGY,
        ends: Ends | None = ENDS,
        budget: int | None = None,
        seed: int = 0,
        encoder: str | None = None,
        closer: str | None = None,
        collection: Collection | None = None,
        map: Map = in_process,
    ) -> None:
        self.project, self.concept, self.strategy, self.seed = project, concept, strategy, seed
        with project.read() as c:
            concepts.require(c, concept)
            asked_before, answers = rounds.count(c, concept), len(labels.answered(c, concept))
            read_up_to = labels.last_id(c)
        self.collection: Collection = collection or load(project, encoder)
        embed_examples(project, concept, self.collection.vectors.encoder)
        rows, values, _ = answered(project, self.collection, concept, up_to=read_up_to)
        left = None if budget is None else max(budget - answers, 0)
        pool = pool_of(project, self.collection, concept, budget=left)
        chosen = strategy_of(strategy)
        self.closer = Closer(project, self.collection, concept, closer, chosen, map=map) if closer else None
        chosen = self.closer.tiers if self.closer else chosen
        self.search = search_of(pool, self.collection, chosen, ends=ends, seed=seed, round_number=asked_before)
        self.search.because = because(project, self.collection, concept)
        self.search.record(rows, values, counted=False)
        self.read_up_to = read_up_to
        self._follows_log = False  # else it is told answers
        self._first: int | None = None  # the round that keeps what it began from
        self._begun: dict[str, Any] = {"begun": begun(self.collection, pool, read_up_to)}
        self.came_of = {**self._begun, "strategy": strategy, "ends": asdict(ends) if ends else None, "seed": seed}
        self._kept: set[int] | None = None
        self._keep_propagated()

    def ask(
        self,
        k: int = ROUND,
        *,
        withheld: Iterable[int] = (),
        fill: bool = False,
        short: bool = False,
        also: Also | None = None,
    ) -> Round | None:
        """The next Round of at most k items, remembered before anyone sees it; None when nothing is left to ask.

        Items (ids) `withheld` are being asked already; `Search.next` says what they, `fill` and `short` do. What `also`
        does with the connection and the Round goes into the same commit.
        """
        held = sorted(set(withheld))
        known = self.collection.rows(np.array(held, np.int64))
        rows, scores = self.search.next(k, withheld=known, fill=fill, short=short)
        shared: dict[str, Any] = {"withheld": held, "fill": fill} if held or fill else {}
        return self._remember(rows, scores, {"k": k, "short": short, **shared}, also) if len(rows) else None

    def waiting(self) -> Round | None:
        """The newest Round, if it was cut off before all of it was answered; None where the budget is spent."""
        with self.project.read() as c:
            newest = rounds.latest_unanswered(c, self.concept)
        mine = (self.strategy, self.collection.vectors.encoder)
        if newest is None or (newest.strategy, newest.encoder) != mine or self.search.pool.budget_left == 0:
            return None
        return newest

    def record(self, answers: dict[int, int]) -> None:
        """Takes in answers by item id, already in the store: all that come while it lives, as `replay` will tell it."""
        self.search.record(self.collection.rows(np.array(list(answers), np.int64)), list(answers.values()))
        self._keep_propagated()

    def _keep_propagated(self) -> None:
        """The store's propagated labels are what follows from the answers, none of them written twice."""
        follow = set(self.collection.vectors.ids[self.search.propagated].tolist())
        if follow != self._kept:
            with self.project.begin() as c:
                labels.propagate(c, self.concept, follow, weight=PROPAGATED)
        self._kept = follow

    def catch_up(self) -> bool:
        """Takes in what the log says since it was read last; False where an answer was taken back since.

        Then the campaign has to be made again. Rounds asked from here on follow from the log up to there.
        """
        with self.project.read() as c:
            last = labels.last_id(c)
            fresh = labels.entries(c, self.concept, after=self.read_up_to, up_to=last)
        if any(entry.value is None or entry.undoes is not None for entry in fresh):
            return False
        span = {"after": self.read_up_to, "up_to": last}
        rows, values, _ = answered(self.project, self.collection, self.concept, **span)
        self.read_up_to, self._follows_log = last, True
        if len(rows):
            self.search.record(rows, values)
            self._keep_propagated()
        return True

    def _remember(self, rows: Ints, scores: Floats, asked: dict[str, Any], also: Also | None) -> Round:
        name = self.strategy.partition(":")[0]
        with self.project.begin() as c:
            kept = rounds.keep(
                c,
                self.concept,
                self.collection.vectors.ids[rows],
                scores,
                strategy=self.strategy,
                params=self._params(rows, asked),
                reason=[why or name for why in self.search.reasons],
                inclusion_prob=self._chances(rows, asked.get("withheld", ())),
                encoder=self.collection.vectors.encoder,
                seed=self.seed,
                labels_up_to=self.read_up_to if self._follows_log else labels.last_id(c),
            )
            if also is not None:
                also(c, kept)
        self._first = self._first or kept.id
        self._begun = {"campaign": self._first}
        return kept

    def _chances(self, rows: Ints, withheld: Iterable[int]) -> list[float] | None:
        """How likely the frame of each row was to be drawn, where the strategy draws evenly; 1: asked on purpose."""
        if self.strategy.partition(":")[0] not in EVEN or self.closer is not None:
            return None
        pool, drawn = self.search.pool, np.array([not why for why in self.search.reasons], bool)
        held = np.append(self.collection.rows(np.array(list(withheld), np.int64)), rows[~drawn])
        unseen = np.setdiff1d(pool.frame[~pool.asked], pool.frame[held])
        chance = float(drawn.sum()) / max(len(unseen), 1)
        return [chance if by_chance else 1.0 for by_chance in drawn.tolist()]

    def _params(self, rows: Ints, asked: dict[str, Any]) -> dict[str, Any]:
        """What `replay` needs to make the round again; what the campaign began from is kept with its first alone."""
        return {
            **asked,
            "round_number": self.search.round_number - 1,
            "ends": asdict(self.search.ends) if self.search.ends else None,
            "budget_left": self.search.pool.budget_left,
            "head": digest(self.search.newest),
            **self._because(rows),
            **({"closer": self.closer.turn()._asdict()} if self.closer else {}),
            **self._begun,
        }

    def _because(self, rows: Ints) -> dict[str, list[int]]:
        """The tile that made each frame worth asking about, for whoever shows it; nothing where none did."""
        parts = [self.search.because.get(row, row) for row in rows.tolist()]
        return {BECAUSE: self.collection.vectors.ids[parts].tolist()} if parts != rows.tolist() else {}


def because(project: Project, collection: Collection, concept: str, *, before: float = np.inf) -> dict[int, int]:
    """By row asked about, the row for whose sake it was, in rounds with ids below `before`; see `Search`."""
    if not collection.blind.any():
        return {}
    pairs: dict[int, int] = {}
    with project.read() as c:
        for number, asked, params in rounds.params_of(c, concept):
            if number < before and "round_number" in params:
                pairs |= zip(asked, params.get(BECAUSE, asked), strict=True)
    ids = np.array([pair for pair in pairs.items() if pair[0] != pair[1]], np.int64).reshape(-1, 2)
    ids = ids[np.isin(ids, collection.vectors.ids).all(1)]
    return dict(zip(collection.rows(ids[:, 0]).tolist(), collection.rows(ids[:, 1]).tolist(), strict=True))


def search_of(
    pool: Pool, collection: Collection, strategy: Strategy, *, ends: Ends | None, seed: int, round_number: int
) -> Search:
    """A search over a collection's pool, nothing answered yet."""
    boxes, blind = collection.table.boxes, collection.blind
    return Search(pool, strategy, fit=fit, ends=ends, seed=seed, boxes=boxes, blind=blind, round_number=round_number)


def strategy_of(name: str) -> Strategy:
    """The strategy of a spec, or of ENDS_ONLY."""
    return _nothing if name == ENDS_ONLY else plugins.strategy(name)


def _nothing(pool: Pool, k: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    return np.zeros(0, np.int64), np.zeros(0, np.float32)


def ask(
    project: Project,
    concept: str,
    *,
    strategy: str = STRATEGY,
    place_ends: bool = True,
    gap_seconds: float = GAP_SECONDS,
    k: int = ROUND,
    seed: int = 0,
    encoder: str | None = None,
) -> Round | None:
    """The next Round about a concept; None when everything was asked. Raises InputError for unknown names.

    First it asks where known events begin and end, unless `place_ends` is off; see `Campaign`.
    """
    ends = Ends(gap_seconds=gap_seconds) if place_ends else None
    return Campaign(project, concept, strategy=strategy, ends=ends, seed=seed, encoder=encoder).ask(k)


def ends_in_use(project: Project, concept: str) -> Ends | None:
    """How the newest round that asked about ends did it; the default where none was made, None where ends are off."""
    with project.read() as c:
        made = [one.params["ends"] for one in rounds.all(c, concept) if "ends" in one.params]
    return (Ends(**made[-1]) if made[-1] else None) if made else ENDS


def keep_what_follows(project: Project, concept: str, *, encoder: str | None = None) -> None:
    """The store's propagated labels are what follows from the answers now, with ends placed as they were last."""
    Campaign(project, concept, ends=ends_in_use(project, concept), encoder=encoder)
