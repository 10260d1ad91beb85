"""A whole event confirmed at once: what its first and its last item, and nothing else, make a person say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from raravis.errors import InputError
from raravis.flow.answering.acts import Answer, NotThereError
from raravis.flow.campaign import ENDS, ENDS_ONLY, search_of, strategy_of
from raravis.flow.collection import Collection, answered, bare_pool
from raravis.flow.search import NOTHING, Search
from raravis.pick.ends import Ends
from raravis.pick.lines import Lines, lines
from raravis.store.project import Project
from raravis.types import NO, YES, Ints, Pool


def confirm_event(
    project: Project,
    collection: Collection,
    concept: str,
    first: int,
    last: int,
    *,
    also: Iterable[int] = (),
    ends: Ends | None = ENDS,
) -> list[Answer]:
    """The answers that make one event of all from item `first` to item `last`, for `give`, in order of time.

    These are yes, and `also` between them; the frames just outside are no, but for an edge of the time; and of what
    lies between as few are yes as it takes for the rest to follow (with `ends`: what these would ask there, one by
    one). Raises NotThereError for items that are not in the collection, InputError where the two lie on different
    timelines.
    """
    ids = np.array([first, last, *also], np.int64)
    if missing := np.setdiff1d(ids, collection.vectors.ids).tolist():
        raise NotThereError(f"no item {missing[0]} in the collection that is searched; nothing of this was kept")
    rows = np.concatenate([collection.rows(ids[at : at + 1]) for at in range(len(ids))])
    if len(np.unique(collection.timeline[rows[:2]])) > 1:
        names = " and ".join(repr(collection.lines[collection.timeline[row]]) for row in rows[:2].tolist())
        raise InputError(f"items {first} and {last} lie on different timelines, {names}; an event lies on one")
    search = _known_so_far(project, collection, concept, ends)
    known = lines(search.pool)
    low, high = sorted(known.position[rows[:2]].tolist())
    within = rows[(known.position[rows] >= low) & (known.position[rows] <= high)]
    told = [*_tell(search, within, YES), *_tell(search, _outside(collection, known, low, high, rows), NO)]
    told += [row for asked in _between(search, known, low, high) for row in _tell(search, asked, YES)]
    told.sort(key=lambda row: int(known.position[row]))
    return [Answer(int(collection.vectors.ids[row]), int(search.pool.label[row])) for row in told]


def _known_so_far(project: Project, collection: Collection, concept: str, ends: Ends | None) -> Search:
    """A search over the collection that knows the answers of the log, and no examples: it will look for nothing."""
    search = search_of(bare_pool(collection), collection, strategy_of(ENDS_ONLY), ends=ends, seed=0, round_number=0)
    rows, values, _ = answered(project, collection, concept)
    search.record(rows, values)
    return search


def _tell(search: Search, rows: Ints, value: int) -> list[int]:
    """The rows, each once, known to the search with this answer."""
    rows = np.unique(rows)
    search.record(rows, np.full(len(rows), value))
    return [int(row) for row in rows]


def _outside(collection: Collection, known: Lines, low: int, high: int, rows: Ints) -> Ints:
    """A row of the frame before, and one of the frame after, on the same stretches of time: the box most like it."""
    found = [NOTHING]
    for inner, outer in ((low, low - 1), (high, high + 1)):
        if 0 <= outer < len(known) and known.piece[outer] == known.piece[inner]:
            here = known.items(outer)
            box = collection.table.boxes[rows[np.argmin(np.abs(known.position[rows] - inner))]]
            found.append(here[np.argmin(np.abs(collection.table.boxes[here] - box).sum(1))][None])
    return np.concatenate(found)


def _between(search: Search, known: Lines, low: int, high: int) -> Iterator[Ints]:
    """Rows that `ends` would ask about between two positions, until all there is answered or follows from answers."""
    pool = search.pool
    while search.ends is not None and not _settled(pool, known, low, high):
        rows, _ = search.ends.ask(pool, len(pool), np.random.default_rng(0))
        at = known.position[rows]
        wanted = rows[(at > low) & (at < high) & ~pool.asked[rows]]
        if not len(wanted):
            return
        yield wanted


def _settled(pool: Pool, known: Lines, low: int, high: int) -> bool:
    rows = known.rows[known.starts[low] : known.starts[high + 1]]
    starts = known.starts[low : high + 1] - known.starts[low]
    return bool(np.logical_or.reduceat(pool.asked[rows], starts).all())
