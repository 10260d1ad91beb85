"""From the store to arrays: every sampled item that has a vector, row by row, and the answers about one concept."""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.flow.encoder import space_named
from raravis.flow.likeness import as_pictures
from raravis.flow.looks import FOR_AN_AUDIT, ON_DEMAND, by_span
from raravis.flow.media import within_reach
from raravis.flow.tell import typed
from raravis.index.exact import Exact
from raravis.store import encoders, examples, items, labels, shards, sources
from raravis.store.items import ItemArrays
from raravis.store.project import Project
from raravis.types import Bools, Floats, Ints, Pool, Source, Vectors

SAMPLE = 64  # vectors that enter a checksum
GRID = "tiles"  # the detector that lays boxes without looking


@dataclass(frozen=True, eq=False)
class Collection:
    """The items under one encoder; row i of every array is the same item, in the order embedded."""

    vectors: Vectors
    table: ItemArrays
    sources: dict[int, Source]
    lines: tuple[str, ...]  # timeline names
    timeline: Ints  # (N,) index into lines
    seconds: NDArray[np.float64]  # (N,) on the timeline
    frame: Ints  # (N,)
    blind: Bools  # (N,) made by GRID: its box says nothing of what is there
    index: Exact
    by_id: Ints  # (N,) rows by rising item id

    def __len__(self) -> int:
        return len(self.vectors)

    def scan(self, queries: Floats) -> Floats:
        """(Q, N) dot products: the index may hold more, embedded since."""
        return self.index.scan(queries)[:, : len(self)]

    def scan_of(self, queries: Floats, rows: Ints) -> Floats:
        """(Q, n) dot products with the vectors of rows (n,)."""
        return self.index.scan_of(queries, rows)

    def rows(self, ids: Ints) -> Ints:
        """Rows of items by id; ids that have no vector are left out."""
        at = np.searchsorted(self.vectors.ids, ids, sorter=self.by_id)
        rows = self.by_id[np.minimum(at, len(self) - 1)]
        return np.asarray(rows[self.vectors.ids[rows] == ids], np.int64)


def load(project: Project, encoder: str | None = None, *, audited: bool = False) -> Collection:
    """The collection under an encoder (default: the one in use). Raises InputError where nothing is embedded.

    With `audited` the frames that audits made between those sampled are in it too: for what is estimated of draws.
    """
    with project.read() as c:
        name = space_named(c, project, encoder) if encoder else encoders.current(c)
        unsampled = np.setdiff1d(items.unsampled(c, *ON_DEMAND), items.unsampled(c, FOR_AN_AUDIT) if audited else ())
        vectors, table = _searched(c, shards.load(c, project.vectors, name or ""), items.arrays(c), unsampled)
        blind = np.isin(table.ids, items.made_by(c, GRID))
        found = {source.id: source for source in sources.all(c)}
    if name is None or len(vectors) == 0:
        raise InputError(f"{project.folder}: nothing embedded yet; run: {typed(project, 'embed')}")
    lines, timeline, seconds = _times(table, found)
    index = Exact(vectors, shards.folder_of(project.scan, name))
    by_id = np.argsort(vectors.ids)
    return Collection(vectors, table, found, lines, timeline, seconds, _frames(table), blind, index, by_id)


def begin_of(collection: Collection, n: int) -> Collection:
    """The first n items, as the collection was when it held no others."""
    if n >= len(collection):
        return collection
    whole = collection.vectors
    vectors, table = whole.take(slice(n)), collection.table.take(np.arange(n))
    lines, timeline, seconds = _times(table, collection.sources)
    by_id, blind = np.argsort(vectors.ids), collection.blind[:n]
    return Collection(
        vectors, table, collection.sources, lines, timeline, seconds, _frames(table), blind, collection.index, by_id
    )


def checksum(collection: Collection) -> int:
    """Tells collections apart: by ids and times of all items, and by some of the vectors."""
    some = np.linspace(0, len(collection) - 1, min(len(collection), SAMPLE)).astype(np.int64)
    columns = (collection.vectors.ids, collection.timeline, collection.seconds, collection.frame)
    parts = (*columns, collection.vectors.data[some])
    return functools.reduce(lambda crc, part: zlib.crc32(np.ascontiguousarray(part).tobytes(), crc), parts, 0)


def pool_of(project: Project, collection: Collection, concept: str, *, budget: int | None = None) -> Pool:
    """The Pool that strategies see, examples in it, nothing asked yet: answers are recorded by the search.

    A text stands in it as a picture that it may be of, for strategies and heads take examples to be pictures.
    """
    with project.read() as c:
        given = examples.vectors(c, concept, collection.vectors.encoder)
    if given.text.any():
        given.data[given.text] = as_pictures(collection.vectors, given.data[given.text])
    pool = bare_pool(collection)
    pool.examples, pool.example_sign, pool.budget_left = given.data, given.sign, budget
    return pool


def bare_pool(collection: Collection) -> Pool:
    """A Pool without examples, nothing asked yet."""
    n = len(collection)
    return Pool(
        collection.vectors,
        collection.timeline,
        collection.seconds,
        collection.frame,
        asked=np.zeros(n, bool),
        label=np.zeros(n, np.int8),
        weight=np.zeros(n, np.float32),
        scan=collection.scan,
        scan_of=collection.scan_of,
    )


def answered(
    project: Project, collection: Collection, concept: str, *, after: int = 0, up_to: int | None = None
) -> tuple[Ints, NDArray[np.int8], Any]:
    """Rows and values (n,) that somebody answered so far, in that order, and the store's columns for them.

    Of the log's entries those with ids above `after` and not above `up_to` are looked at.
    """
    with project.read() as c:
        latest = labels.latest(c, concept, after=after, up_to=up_to)
    latest = latest.take(latest.given())
    latest = latest.take(np.argsort(latest.label_id, kind="stable"))
    latest = latest.take(np.isin(latest.item_id, collection.vectors.ids))
    return collection.rows(latest.item_id), latest.value, latest


def _searched(c: Any, vectors: Vectors, table: ItemArrays, unsampled: Ints) -> tuple[Vectors, ItemArrays]:
    """Vectors and, row by row, their items; without content that was overwritten, and without frames on demand.

    These lie close beside others, where ends are: they would be found in place of something new. And they are no part
    of what was sampled: most show what was found already, so a share of all would look larger than it is.
    """
    table = table.take(np.searchsorted(table.ids, vectors.ids))
    here = within_reach(c, table) & ~np.isin(table.ids, unsampled)
    first = int(here.sum())
    rows: Any = slice(first) if here[:first].all() else here  # a slice of a map stays one
    return vectors.take(rows), table.take(here)


def _frames(table: ItemArrays) -> Ints:
    """(N,) a number for each span of a source: of a clip and a frame that begin together each has its own answer."""
    rows, fresh = by_span(table)
    frame = np.empty(len(rows), np.int64)
    frame[rows] = np.append(0, np.cumsum(fresh))[: len(rows)]
    return frame


def _times(table: ItemArrays, found: dict[int, Source]) -> tuple[tuple[str, ...], Ints, NDArray[np.float64]]:
    """Timeline names, and each row's timeline and seconds in the first place of its source."""
    ids, row = np.unique(table.source_id, return_inverse=True)
    here = [found[int(i)] for i in ids]
    names, line = np.unique([source.places[0].timeline for source in here], return_inverse=True)
    base = np.array([float(source.time_base) for source in here])
    start = np.array([source.start for source in here], np.int64)
    offset = np.array([source.places[0].starts_at for source in here])
    seconds = offset[row] + (table.pts - start[row]) * base[row]
    return tuple(map(str, names)), line[row].astype(np.int64), seconds
