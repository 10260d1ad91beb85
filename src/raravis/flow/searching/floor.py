"""Nothing relevant: how near the best match has to be, measured from the collection itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from raravis.embed import NamedEncoder, TextEncoder
from raravis.flow.collection import Collection
from raravis.flow.encoder import known
from raravis.flow.searching.searcher import Searcher
from raravis.index.codes import CHUNK, widened
from raravis.store.examples import ExampleVectors
from raravis.store.project import Project
from raravis.types import YES, Floats, Ints, Vectors

PICTURES = 0.02  # of the items' best matches outside their own timeline, so many lie below the floor of pictures
NAMES = 0.95  # of the names' best matches so many do: of a thousand names few are there
SAMPLE = 256  # items, or names, that ask
ROWS = 1 << 15  # vectors that answer, evenly drawn: among more the best would be nearer, and the floor higher
FEWEST = 50  # of those that ask, below which a share of them says nothing

_floors: WeakKeyDictionary[Collection, dict[str, float | None]] = WeakKeyDictionary()


class Floors(NamedTuple):
    """Cosines with one picture, or one class name, below which a best match says nothing; None: nobody knows."""

    picture: float | None
    name: float | None = None


def floor_of(searcher: Searcher, queries: Floats) -> Floats:
    """(Q,) the cosine below which the best match of a picture says nothing; -1, which nothing is below, if unknown.

    Of the whole collection, whatever a search leaves out of it; measured once for each collection that is loaded.
    """
    floor = _picture(searcher.collection)
    return np.full(len(queries), -1.0 if floor is None else floor, np.float32)


def floors_of(project: Project, searcher: Searcher, *, names: bool = True) -> Floors:
    """The floors of a collection; without `names` that of pictures alone, for which no encoder is needed."""
    collection = searcher.collection
    held = _floors.setdefault(collection, {})
    if names and "name" not in held:
        encoder: Any = known(project, collection.vectors.encoder)
        reads_names = not isinstance(encoder, TextEncoder) and isinstance(encoder, NamedEncoder)
        held["name"] = name_floor(collection.vectors, encoder.directions) if reads_names else None
    return Floors(_picture(collection), held.get("name") if names else None)


def relevant(project: Project, searcher: Searcher, known_by: ExampleVectors, rows: Ints) -> bool | None:
    """Whether any of these rows is as near to one of the pictures, or texts, searched by as what is there would be.

    None where nobody knows: without rows or examples, and where there is no floor.
    """
    meant = known_by.sign == YES
    by_text = bool((meant & known_by.text).any())
    floors = floors_of(project, searcher, names=by_text)
    data = searcher.collection.vectors.data[rows].astype(np.float32)
    pairs = (
        (known_by.data[meant & ~known_by.text], floors.picture),
        (known_by.data[meant & known_by.text], floors.name),
    )
    told = [_reached(data, examples, floor) for examples, floor in pairs if len(examples)]
    return True if any(told) else None if not told or None in told else False


def picture_floor(vectors: Vectors, timeline: Ints) -> float | None:
    """The cosine that all but PICTURES of the items reach with their best match outside their own timeline.

    A picture of something that is there, but not this very thing, is as near; see docs/search.md. None where fewer
    than FEWEST items have another timeline beside theirs.
    """
    rows = _evenly(len(vectors), ROWS)
    asking = rows[_evenly(len(rows), SAMPLE)]
    best = np.full(len(asking), -2, np.float32)
    for block, dots in _dots(vectors, rows, widened(vectors.data[asking])):
        dots[timeline[asking][:, None] == timeline[block]] = -2
        np.maximum(best, dots.max(axis=1), out=best)
    reached = best[best > -2]
    return float(np.quantile(reached, PICTURES)) if len(reached) >= FEWEST else None


def name_floor(vectors: Vectors, directions: Floats) -> float | None:
    """The cosine that NAMES of an encoder's names (C, D) stay below with their best match; None for too few names."""
    if len(directions) < FEWEST or not len(vectors):
        return None
    asking = directions[_evenly(len(directions), SAMPLE)]
    best = [dots.max(axis=1) for _, dots in _dots(vectors, _evenly(len(vectors), ROWS), asking)]
    return float(np.quantile(np.max(best, axis=0), NAMES))


def _picture(collection: Collection) -> float | None:
    held = _floors.setdefault(collection, {})
    if "picture" not in held:
        held["picture"] = picture_floor(collection.vectors, collection.timeline)
    return held["picture"]


def _reached(data: Floats, examples: Floats, floor: float | None) -> bool | None:
    """Whether any vector (n, D) is as near to any example (E, D); None where there is no floor, or no vector."""
    return None if floor is None or not len(data) else bool((data @ examples.T >= floor).any())


def _dots(vectors: Vectors, rows: Ints, asking: Floats) -> Iterator[tuple[Ints, Floats]]:
    """Some of the rows, and the dot products (Q, n) of those that ask with them, until all were there."""
    for start in range(0, len(rows), CHUNK):
        block = rows[start : start + CHUNK]
        yield block, asking @ widened(vectors.data[block]).T


def _evenly(n: int, most: int) -> Ints:
    """At most so many rows of n, evenly apart."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64)) if n else np.zeros(0, np.int64)
