"""The loop with known answers on a project: its items, its examples, an oracle file; stored answers are ignored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raravis.flow.collection import Collection, load, pool_of
from raravis.flow.events import GAP_SECONDS, met, spots
from raravis.flow.examples import embed_examples
from raravis.flow.search import LOOK
from raravis.flow.tell import Tell, silent
from raravis.flow.truth import read_oracle
from raravis.formats.oracle import Oracle
from raravis.simulate.loop import PERFECT, Truth, simulate
from raravis.simulate.noise import Noise
from raravis.simulate.result import Result, Start
from raravis.simulate.specs import STRATEGIES, runners
from raravis.store import concepts, items
from raravis.store.project import Project
from raravis.types import YES, Event, Place


@dataclass(frozen=True, eq=False)
class Known:
    """The truth about a collection, and the true events that no item of it touches: missed whatever is asked."""

    truth: Truth
    events: list[Event]
    untouched: list[Event]


def simulate_project(
    project: Project,
    concept: str,
    oracle: str | Path,
    *,
    ezmode_labels: str | Path | None = None,
    strategies: str = STRATEGIES,
    seeds: int = 10,
    budget: int = 1000,
    look: int = LOOK,
    start: Start | None = None,
    num_pos_train_seed: int = 1,
    num_neg_train_seed: int = 0,
    target_recall: float | None = None,
    noise: Noise = PERFECT,
    gap_seconds: float = GAP_SECONDS,
    encoder: str | None = None,
    tell: Tell = silent,
) -> tuple[Result, Known]:
    """Every strategy's curves, and the truth they were measured against.

    Strategies are plugin specs by comma. Starts from the concept's examples where it has any. Raises InputError
    for unknown names, and when there is nothing to find.
    """
    answers = read_oracle(project, oracle, concept, ezmode_labels=ezmode_labels)
    with project.begin() as c:
        concepts.add(c, concept)
    collection = load(project, encoder)
    embed_examples(project, concept, collection.vectors.encoder)
    known = known_truth(project, collection, answers, concept, gap_seconds=gap_seconds)
    result = simulate(
        pool_of(project, collection, concept),
        known.truth,
        **runners(strategies, gap_seconds=gap_seconds),
        seeds=seeds,
        budget=budget,
        look=look,
        start=start,
        num_pos_train_seed=num_pos_train_seed,
        num_neg_train_seed=num_neg_train_seed,
        target_recall=target_recall,
        noise=noise,
        boxes=collection.table.boxes,
        blind=collection.blind,
        tell=tell,
    )
    return result, known


def known_truth(
    project: Project, collection: Collection, oracle: Oracle, concept: str, *, gap_seconds: float = GAP_SECONDS
) -> Known:
    """What the oracle says of every item of a collection, and the true events."""
    value = _values(collection, oracle, concept)
    rows = np.flatnonzero(value == YES)
    with project.read() as c:
        positives = items.get(c, collection.vectors.ids[rows])
    events = oracle.events(concept, _places(collection, oracle), gap_seconds=gap_seconds)
    pairs = met(spots((item, collection.sources[item.source_id]) for item in positives), events)
    pairs[:, 0] = rows[pairs[:, 0]]
    touched = set(pairs[:, 1].tolist())
    untouched = [event for number, event in enumerate(events) if number not in touched]
    return Known(Truth(value, pairs, len(events)), events, untouched)


def _values(collection: Collection, oracle: Oracle, concept: str) -> NDArray[np.int8]:
    value, table = np.zeros(len(collection), np.int8), collection.table
    by_source = np.argsort(table.source_id, kind="stable")
    first = np.flatnonzero(np.diff(table.source_id[by_source])) + 1
    for rows in np.split(by_source, first):
        source = collection.sources[int(table.source_id[rows[0]])]
        seconds = np.array([source.seconds(pts) for pts in table.pts[rows].tolist()], np.float64)
        names = [place.name for place in source.places]
        value[rows] = oracle.answers(concept, names, seconds, table.boxes[rows])
    return value


def _places(collection: Collection, oracle: Oracle) -> list[tuple[tuple[Place, ...], float]]:
    """Places and seconds of every source; a file that the oracle names and nobody could read has its own time."""
    known = [(s.places, float(s.duration * s.time_base)) for s in collection.sources.values()]
    names = {place.name for places, _ in known for place in places}
    unread = sorted({row.source for row in oracle.rows} - names)
    return known + [((Place("", name, name),), 0.0) for name in unread]
