"""How probable it is that an item with this score is a yes: said only where answers tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import sigmoid, unit
from raravis.flow.collection import answered, bare_pool
from raravis.flow.searching.by_head import column
from raravis.flow.searching.queries import unpacked
from raravis.flow.searching.searcher import Searcher
from raravis.store import concepts, heads, rounds
from raravis.store.project import Project
from raravis.train.calibrate import FEWEST, event_groups, platt
from raravis.types import CANT_TELL, YES, Bools, Floats, Head, Ints

APART_SECONDS = 5.0  # answers no further apart along a timeline tell one thing, not two; as calibration has it
SAME_QUERY = 0.95  # cosine of two queries from which answers to the one tell of the other
CLEAR = 4.0  # gain in log likelihood, doubled, below which a slope may be none: its 5 % point is 3.84
ITSELF = 0.999  # cosine from which an answered item is what was asked with, and tells nothing of others


@dataclass(frozen=True, eq=False)
class Chance:
    """Probability of a yes = sigmoid(slope * (x @ direction) + offset): the newest head's, or fitted to answers."""

    direction: Floats  # (D,)
    slope: float
    offset: float
    by_head: bool

    def of(self, vectors: NDArray[Any]) -> Floats:
        """(n,) of vectors (n, D)."""
        return self.of_dots(np.asarray(vectors.astype(np.float32, copy=False) @ self.direction, np.float32))

    def of_dots(self, dots: Floats) -> Floats:
        """(...) of dot products with the direction."""
        return sigmoid(np.asarray(self.slope * dots + self.offset, np.float32))


def chance_of(project: Project, searcher: Searcher, query: Floats, concept: str | None) -> Chance | None:
    """How probable a yes about the concept is, item by item: by its newest head, if that one is calibrated.

    Else by the cosine with the query (D,), fitted (Platt 1999) to the answers to searches by as good as this query:
    what a strategy chose to ask says little of what it did not. None where there is no concept, or fewer than FEWEST
    stretches of time with a yes, or with a no, or where it is not clear that yes's are more like the query than no's:
    then nobody knows, and nothing is said. See docs/search.md.
    """
    if not concept or not _known(project, concept):
        return None
    head = _calibrated(project, searcher, concept)
    return _of_head(head, concept) if head else _of_answers(project, searcher, query, concept)


def chances(
    project: Project, searcher: Searcher, queries: Floats, rows: Ints, cosines: Floats, concept: str | None
) -> Floats | None:
    """(Q, m) probabilities that the rows (Q, m), whose cosines with the queries (Q, D) are known, are a yes.

    None where one of the queries has no `chance_of`; by a calibrated head of any form, one with hidden layers too.
    """
    if len(queries) and concept and _known(project, concept) and (head := _calibrated(project, searcher, concept)):
        vectors = searcher.collection.vectors.data[rows.ravel()]
        return head.probability(vectors)[:, column(head, concept)].reshape(rows.shape)
    known = [chance_of(project, searcher, query, concept) for query in queries]
    if not known or not all(known):
        return None
    return np.stack([one.of_dots(dots) for one, dots in zip(known, cosines, strict=True) if one])


def _known(project: Project, concept: str) -> bool:
    with project.read() as c:
        return concept in concepts.all(c)


def _calibrated(project: Project, searcher: Searcher, concept: str) -> Head | None:
    """The newest head, unless its log odds were never held against answers: it is no more than a ranking then."""
    with project.read() as c:
        newest = heads.latest(c, concept, searcher.collection.vectors.encoder)
    slope, offset = newest[1].calibration[:, column(newest[1], concept)].tolist() if newest else (1.0, 0.0)
    return newest[1] if newest and (slope, offset) != (1.0, 0.0) else None


def _of_head(head: Head, concept: str) -> Chance | None:
    """None for a head that is no direction."""
    if head.hidden or head.exclusive:
        return None
    at = column(head, concept)
    slope, offset = head.calibration[:, at].tolist()
    return Chance(head.weight[:, at], slope, slope * float(head.bias[at]) + offset, by_head=True)


def _searches(project: Project, query: Floats, concept: str) -> list[int]:
    """Ids of the rounds that were searches about the concept by as good as this query (D,)."""
    direction = unit(query)
    with project.read() as c:
        kept = [
            (number, unpacked(params["vector"]))
            for number, _, params in rounds.params_of(c, concept, strategy="search")
            if "vector" in params
        ]
    return [number for number, vector in kept if len(vector) == len(direction) and vector @ direction >= SAME_QUERY]


def _of_answers(project: Project, searcher: Searcher, query: Floats, concept: str) -> Chance | None:
    collection = searcher.collection
    rows, values, latest = answered(project, collection, concept)
    dots = np.asarray(collection.vectors.data[rows].astype(np.float32) @ query, np.float32)
    tell = np.isin(latest.round_id, _searches(project, query, concept)) & (values != CANT_TELL)
    tell &= dots < ITSELF * max(float(np.linalg.norm(query)), 1e-9)
    rows, yes, dots = rows[tell], values[tell] == YES, dots[tell]
    groups = event_groups(bare_pool(collection), rows, apart_seconds=APART_SECONDS)
    if min(len(np.unique(groups[yes])), len(np.unique(groups[~yes]))) < FEWEST:
        return None
    slope, offset = platt(dots, yes)
    found = Chance(np.asarray(query, np.float32), slope, offset, by_head=False)
    return found if slope > 0 and gain_of(found.of_dots(dots), yes) >= CLEAR else None


def gain_of(prob: Floats, yes: Bools) -> float:
    """Twice what the log likelihood of the answers gains over their mean."""
    best = np.clip(np.where(yes, prob, 1 - prob), 1e-6, 1)
    plain = np.where(yes, yes.mean(), 1 - yes.mean())
    return float(2 * np.sum(np.log(best) - np.log(plain)))
