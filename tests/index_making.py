"""Many vectors, and projects that hold them, for tests of what is built over them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from raravis.store import Project, encoders, items, shards, sources
from raravis.types import Ints, Place, Source, Vectors

ENCODER = "made-1"


def vectors(n: int, dim: int = 16, *, seed: int = 0, encoder: str = ENCODER) -> Vectors:
    """Unit vectors around 40 centres, the same for all seeds, ids 1, 2, 3, …; the first of more are those of fewer."""
    centres = np.random.default_rng(0).standard_normal((40, dim))
    data = centres[np.arange(n) * 7 % 40] + 0.5 * np.random.default_rng(seed + 1).standard_normal((n, dim))
    unit = data / np.linalg.norm(data, axis=1, keepdims=True)
    return Vectors(np.arange(1, n + 1), unit.astype(np.float16), encoder)


def first(whole: Vectors, n: int) -> Vectors:
    return whole.take(slice(n))


def without(whole: Vectors, ids: Ints | list[int]) -> Vectors:
    kept = ~np.isin(whole.ids, ids)
    return whole.take(kept)


def film(project: Project, name: str, rows: Vectors) -> Ints:
    """A film of as many frames, a second apart, and their vectors; the ids of its items."""
    n = len(rows)
    place = Place(f"/made/{name}", name, name)
    made = Source(0, f"digest of {name}", "video", 640, 480, Fraction(1, 1000), 0, n * 1000, (place,))
    pts = np.arange(n) * 1000
    with project.begin() as c:
        source = sources.add_all(c, [sources.New(made)])[0]
        items.add(c, np.full(n, source), pts, pts + 1000, np.tile([0.0, 0.0, 1.0, 1.0], (n, 1)), np.ones(n), "whole")
        ids = items.all_ids(c)[-n:]
        encoders.add(c, rows.encoder, spec="toy", dim=rows.data.shape[1])
        shards.record(c, rows.encoder, shards.write(shards.folder_of(project.vectors, rows.encoder), ids, rows.data))
    return ids
