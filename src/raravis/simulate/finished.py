"""Another strategy on a finished search: what was answered then is all that is known, and all that is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.flow.collection import Collection, answered, load, pool_of
from raravis.flow.events import GAP_SECONDS, met, spots
from raravis.flow.examples import embed_examples
from raravis.flow.results import events_of
from raravis.simulate.loop import Truth, simulate
from raravis.simulate.result import Result
from raravis.simulate.specs import STRATEGIES, runners
from raravis.store import concepts, items
from raravis.store.project import Project
from raravis.types import YES, Ints


def simulate_finished(
    project: Project,
    concept: str,
    *,
    strategies: str = STRATEGIES,
    gap_seconds: float = GAP_SECONDS,
    encoder: str | None = None,
    **settings: Any,
) -> tuple[Result, int]:
    """Every strategy's curves on the items that somebody answered, their answers the truth; and how many these are.

    The other items are left out, as if the collection did not hold them: nobody knows what they show. So the numbers
    compare orders of the same questions; what a strategy would have found elsewhere does not count, nor what looking
    there would have cost. Settings are those of `simulate`. Raises InputError when nothing was answered or found.
    """
    with project.read() as c:
        concepts.require(c, concept)
    collection = load(project, encoder)
    embed_examples(project, concept, collection.vectors.encoder)
    rows, value = _known(project, collection, concept)
    truth = _truth(project, collection, concept, rows, value, gap_seconds)
    result = simulate(
        pool_of(project, collection, concept).take(rows),
        truth,
        **runners(strategies, gap_seconds=gap_seconds),
        boxes=collection.table.boxes[rows],
        blind=collection.blind[rows],
        **settings,
    )
    return result, len(rows)


def _known(project: Project, collection: Collection, concept: str) -> tuple[Ints, NDArray[np.int8]]:
    """Rows in the order of the collection, and their answers."""
    rows, value, _ = answered(project, collection, concept)
    order = np.argsort(rows)
    if not len(rows):
        raise InputError(f"{project.folder}: nobody answered anything about {concept!r}; run: raravis find")
    return rows[order], value[order]


def _truth(
    project: Project, collection: Collection, concept: str, rows: Ints, value: NDArray[np.int8], gap_seconds: float
) -> Truth:
    """The events are those that the search found, as `find` lists them."""
    yes = np.flatnonzero(value == YES)
    with project.read() as c:
        found = items.get(c, collection.vectors.ids[rows[yes]])
    events = events_of(project, concept, gap_seconds=gap_seconds, encoder=collection.vectors.encoder)
    pairs = met(spots((item, collection.sources[item.source_id]) for item in found), events)
    pairs[:, 0] = yes[pairs[:, 0]]
    return Truth(value, pairs, len(events))
