"""Collections without media or a store: vectors at moments of made-up sources."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from raravis.flow.collection import Collection
from raravis.flow.searching.searcher import Searcher
from raravis.index.exact import Exact
from raravis.store.items import ItemArrays
from raravis.types import WHOLE, Place, Source, Vectors


def source(number: int, name: str, *, timeline: str = "", starts_at: float = 0.0, copy: str = "") -> Source:
    """A film in milliseconds, on a timeline of its own unless told; with a copy it lies in two places."""
    places = [Place(f"/{one}", one, timeline or one, starts_at) for one in (name, copy) if one]
    return Source(number, f"digest {number}", "video", 64, 48, Fraction(1, 1000), 0, 10**6, tuple(places))


def unit(rng: np.random.Generator, n: int, dim: int = 16) -> Any:
    """(n, dim) directions, even in all."""
    data = rng.standard_normal((n, dim)).astype(np.float32)
    return data / np.linalg.norm(data, axis=1, keepdims=True)


def searcher(
    data: Any, sources: Sequence[Source], of: Sequence[int], seconds: Sequence[float], *, lasts: float = 1.0
) -> Searcher:
    """Items 10, 11, … of the sources numbered `of`, each from a second of its source on; row i has data[i]."""
    n = len(data)
    by_id = {one.id: one for one in sources}
    lines = sorted({one.places[0].timeline for one in sources})
    timeline = np.array([lines.index(by_id[number].places[0].timeline) for number in of], np.int64)
    starts = np.array([by_id[number].places[0].starts_at for number in of], np.float64)
    pts = np.round(1000 * np.asarray(seconds)).astype(np.int64)
    vectors = Vectors(10 + np.arange(n), np.asarray(data, np.float16), "made")
    end = pts + round(1000 * lasts)
    table = ItemArrays(vectors.ids, np.asarray(of, np.int64), pts, end, np.tile(WHOLE, (n, 1)), np.ones(n, np.float32))
    frame = np.unique(np.stack([table.source_id, pts]), axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)
    index = Exact(vectors)
    rows, blind = np.arange(n), np.zeros(n, bool)
    held = Collection(vectors, table, by_id, tuple(lines), timeline, starts + pts / 1000, frame, blind, index, rows)
    return Searcher(held, index)
