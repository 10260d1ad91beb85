"""Whether a built index finds as much as was asked of it, and is as it was written: raravis index check."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from raravis.errors import StoreError
from raravis.flow.collection import load
from raravis.flow.indexing.opening import as_typed, folder_of, opened
from raravis.flow.tell import Tell, silent
from raravis.index import Index, kept
from raravis.index.approximate import Approximate
from raravis.index.lists import GONE
from raravis.index.manifest import AGAIN
from raravis.index.tuning import hits, queries_of
from raravis.store.project import Project
from raravis.types import Floats

TIMED = 50  # queries, one at a time
SURE = 2  # standard errors


class Checked(NamedTuple):
    """What a sample of searches found of what a scan finds, and how long both took."""

    kind: str
    encoder: str
    vectors: int
    newer: int  # vectors that the lists do not hold yet: scanned
    gone: int  # that they hold still: masked
    k: int
    queries: int
    asked: float
    items: float  # recall by an item as query
    means: float  # by the mean of two
    error: float  # standard error of the lesser
    milliseconds: float  # median of one query
    exact_milliseconds: float

    @property
    def kept(self) -> bool:
        """Whether it may well find as much as was asked for: False only where the sample speaks against it."""
        return min(self.items, self.means) + SURE * self.error >= self.asked

    def lines(self) -> list[str]:
        """What there is to say."""
        beside = [f"{n:,} {what}" for n, what in ((self.newer, "scanned beside it"), (self.gone, "masked")) if n]
        return [
            f"{self.kind} over {self.vectors:,} vectors of {self.encoder}{''.join(f', {part}' for part in beside)}",
            f"recall@{self.k} {self.items:.3f} by items, {self.means:.3f} by the mean of two "
            f"(± {self.error:.3f}, {self.queries} queries); asked {self.asked:g}{'' if self.kept else ': NOT KEPT'}",
            f"{self.milliseconds:.2f} ms a query, a scan {self.exact_milliseconds:.2f} ms",
            "every byte is as it was written",
        ]


def check(
    project: Project,
    *,
    sample: int = 200,
    k: int = 10,
    encoder: str | None = None,
    seed: int = 0,
    tell: Tell = silent,
) -> Checked | None:
    """What a sample of searches finds of what a scan finds; None where nothing was built, so that all is scanned.

    Reads every byte of the index. Raises StoreError where one is not as it was written.
    """
    collection = load(project, encoder)
    name, vectors = collection.vectors.encoder, collection.vectors
    lists = opened(project, collection)
    if lists is None:
        return None
    if hurt := kept.damaged(folder_of(project, name)):
        raise StoreError(as_typed(project, name, f"{hurt}: is not as it was written; {AGAIN}"))
    index = Approximate(vectors, lists, collection.index)
    queries, own = queries_of(index, seed + 1, each=max(1, sample // 2))
    found = hits(index, queries, own, k)
    mean = own == GONE
    items, means = (float(found[kind].mean()) for kind in (~mean, mean))
    lesser = found[~mean] if items <= means else found[mean]
    return Checked(
        lists.kind,
        name,
        len(collection),
        len(index.delta),
        index.tombstones,
        k,
        len(queries),
        lists.recall,
        round(items, 4),
        round(means, 4),
        round(float(lesser.std() / max(1, len(lesser)) ** 0.5), 4),
        median(index, queries, k),
        median(collection.index, queries, k),
    )


def median(index: Index, queries: Floats, k: int) -> float:
    """Milliseconds of one query."""
    times = []
    for query in queries[:: max(1, len(queries) // TIMED)]:
        begun = time.perf_counter()
        index.search(query[None], k)
        times.append(time.perf_counter() - begun)
    return round(1e3 * float(np.median(times)), 3)
