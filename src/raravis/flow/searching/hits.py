"""From a query to what people read: a page of hits, one a frame, or one an event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raravis.flow.collection import Collection
from raravis.flow.searching.grouping import groups
from raravis.flow.searching.searcher import Searcher
from raravis.types import Bools, Box, Floats, Ints

LEAST = 64  # rows asked for at once: pages of a few are then cut from one answer, whatever the index
REACH = 1000  # rows that are grouped at least, so that a page says how much lies behind its hits


@dataclass(frozen=True, slots=True)
class Hit:
    """One item that was found."""

    item: int
    source: str  # name of the file
    timeline: str
    seconds: float  # from the source's first frame
    end_seconds: float
    box: Box
    score: float  # cosine with the query
    probability: float | None = None  # that it shows the concept
    more: int = 0  # other moments of its event among the best, which it stands for


@dataclass(frozen=True, eq=False)
class Page:
    """Part of a ranking."""

    rows: Ints  # (n,) of the collection, best first
    scores: Floats  # (n,) cosines
    more: Ints  # (n,) other frames of each row's event that rank among the best; 0 where nothing is grouped


def page(
    searcher: Searcher,
    query: Floats,
    *,
    k: int,
    offset: int = 0,
    allowed: Bools | None = None,
    gap_seconds: float | None = None,
) -> Page:
    """The k best after the first `offset` for a query (D,), one a frame, or with a gap one an event; fewer at the end.

    Both count hits, not items: with a gap the ranking is followed down until there are enough events.
    """
    if gap_seconds is None:
        rows, scores = moments(searcher, query, offset + k, allowed=allowed)
        return Page(rows[offset:], scores[offset:], np.zeros(len(rows[offset:]), np.int64))
    collection, wanted, deep = searcher.collection, offset + k, max(REACH, offset + k)
    while True:
        rows, scores = _ranked(searcher, query, deep, allowed)
        events = groups(collection, rows, gap_seconds)
        if len(events) >= wanted or len(rows) < deep:
            break
        deep *= 4
    score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
    chosen = events[offset:wanted]
    first = [event[0] for event in chosen]
    more = [len(np.unique(collection.frame[event])) - 1 for event in chosen]
    return Page(
        np.array(first, np.int64), np.array([score_of[row] for row in first], np.float32), np.array(more, np.int64)
    )


def moments(searcher: Searcher, query: Floats, k: int, *, allowed: Bools | None = None) -> tuple[Ints, Floats]:
    """Rows (k,) and cosines of the best for a query (D,), one a frame, best first; fewer where there are fewer."""
    frame = searcher.collection.frame
    deep = int(np.ceil(k * len(frame) / (int(frame.max()) + 1)))  # items, were all frames of as many
    deep = max(LEAST, 1 << max(deep - 1, 0).bit_length())
    while True:
        rows, scores = _ranked(searcher, query, deep, allowed)
        first = np.sort(np.unique(frame[rows], return_index=True)[1])
        if len(first) >= k or len(rows) < deep:
            return rows[first[:k]], scores[first[:k]]
        deep *= 4


def hits(
    collection: Collection,
    rows: Ints,
    scores: Floats,
    *,
    probabilities: Floats | None = None,
    more: Ints | None = None,
) -> list[Hit]:
    """What people read of rows (n,) with their cosines (n,), in their order."""
    chances = [None] * len(rows) if probabilities is None else probabilities.tolist()
    others = [0] * len(rows) if more is None else more.tolist()
    columns = zip(rows.tolist(), scores.tolist(), chances, others, strict=True)
    return [_hit(collection, *column) for column in columns]


def _hit(collection: Collection, row: int, score: float, probability: float | None, more: int) -> Hit:
    table = collection.table
    source = collection.sources[int(table.source_id[row])]
    start, end = (round(source.seconds(int(at[row])), 6) for at in (table.pts, table.end))
    place, (x0, y0, x1, y1) = source.places[0], table.boxes[row].tolist()
    return Hit(int(table.ids[row]), place.name, place.timeline, start, end, (x0, y0, x1, y1), score, probability, more)


def _ranked(searcher: Searcher, query: Floats, deep: int, allowed: Bools | None) -> tuple[Ints, Floats]:
    rows, scores = searcher.search(query[None], min(deep, len(searcher.collection)), allowed=allowed)
    return rows[0], scores[0]
