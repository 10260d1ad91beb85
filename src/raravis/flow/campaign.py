"""ask: one concept's search in a project, picking what to look at next; made from the store, so it survives kills."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis import __version__, plugins
from raravis.flow.collection import Collection, answered, load, pool_of
from raravis.flow.examples import embed_examples
from raravis.flow.search import LOOK, Search
from raravis.store import concepts, labels, rounds
from raravis.store.project import Project
from raravis.train.linear import fit
from raravis.types import Floats, Ints, Round

# EZMode, but with a new head for every look: on items it was never behind `top` (docs/simulate.md)
STRATEGY = "ezmode:select_per_round=10"


class Campaign:
    """The search of one concept between rounds: what was answered, the newest head, and what to ask next."""

    def __init__(
        self,
        project: Project,
        concept: str,
        *,
        strategy: str = STRATEGY,
        budget: int | None = None,
        seed: int = 0,
        encoder: str | None = None,
    ) -> None:
        self.project, self.concept, self.strategy, self.seed = project, concept, strategy, seed
        with project.read() as c:
            concepts.require(c, concept)
            asked_before = rounds.count(c, concept)
        self.collection: Collection = load(project, encoder)
        embed_examples(project, concept, self.collection.vectors.encoder)
        rows, values, _ = answered(project, self.collection, concept)
        left = None if budget is None else max(budget - len(rows), 0)
        self.search = Search(
            pool_of(project, self.collection, concept, budget=left),
            plugins.strategy(strategy),
            fit=fit,
            seed=seed,
            boxes=self.collection.table.boxes,
            round_number=asked_before,
        )
        self.search.record(rows, values, counted=False)

    def ask(self, k: int = LOOK) -> Round | None:
        """The next Round of at most k items, remembered before anyone sees it; None when nothing is left to ask."""
        rows, scores = self.search.next(k)
        return self._remember(rows, scores, k) if len(rows) else None

    def waiting(self) -> Round | None:
        """The newest Round, if it was cut off before all of it was answered; None where the budget is spent."""
        with self.project.read() as c:
            newest = rounds.latest_unanswered(c, self.concept)
        mine = (self.strategy, self.collection.vectors.encoder)
        if newest is None or (newest.strategy, newest.encoder) != mine or self.search.pool.budget_left == 0:
            return None
        return newest

    def record(self, answers: dict[int, int]) -> None:
        """Takes in answers by item id, already in the store."""
        self.search.record(self.collection.rows(np.array(list(answers), np.int64)), list(answers.values()))

    def _remember(self, rows: Ints, scores: Floats, k: int) -> Round:
        with self.project.begin() as c:
            made = new_round(
                self.concept,
                self.collection,
                rows,
                scores,
                strategy=self.strategy,
                params={"k": k, "round_number": self.search.round_number - 1},
                seed=self.seed,
                labels_up_to=labels.last_id(c),
            )
            return rounds.get(c, rounds.add(c, made))


def new_round(
    concept: str,
    collection: Collection,
    rows: Ints,
    scores: Floats,
    *,
    strategy: str,
    params: dict[str, object],
    seed: int = 0,
    labels_up_to: int = 0,
) -> Round:
    """A Round of these rows, not remembered yet."""
    ids: Sequence[int] = collection.vectors.ids[rows].tolist()
    return Round(
        id=0,
        concept=concept,
        strategy=strategy,
        params=params,
        seed=seed,
        ids=tuple(ids),
        scores=tuple(np.asarray(scores, float).tolist()),
        reason=(strategy.partition(":")[0],) * len(ids),
        inclusion_prob=None,
        labels_up_to=labels_up_to,
        head_id=None,
        encoder=collection.vectors.encoder,
        version=__version__,
    )


def ask(
    project: Project,
    concept: str,
    *,
    strategy: str = STRATEGY,
    k: int = LOOK,
    seed: int = 0,
    encoder: str | None = None,
) -> Round | None:
    """The next Round about a concept; None when everything was asked. Raises InputError for unknown names."""
    return Campaign(project, concept, strategy=strategy, seed=seed, encoder=encoder).ask(k)
