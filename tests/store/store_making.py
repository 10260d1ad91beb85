"""Small sources, items and labels for the tests of the store."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from sqlalchemy import Connection

from raravis.store import concepts, items, sources
from raravis.types import Label, Source


def a_source(digest: str = "d1", *, width: int = 640) -> Source:
    return Source(0, digest, "video", width, 480, Fraction(1, 30_000), 1_001, 90_090)


def add_source(c: Connection, digest: str = "d1") -> int:
    return sources.add(c, a_source(digest))


def add_items(c: Connection, source_id: int, n: int, *, first: int = 0) -> list[int]:
    """Ids of n whole-frame items at pts first, first + 1, …"""
    pts = np.arange(first, first + n)
    items.add(c, np.full(n, source_id), pts, pts + 1, np.tile([0.0, 0.0, 1.0, 1.0], (n, 1)), np.ones(n), "whole")
    return [int(id) for id in items.arrays(c, source_id=source_id).ids[-n:]] if n else []


def fox_items(c: Connection, n: int = 3) -> list[int]:
    """Ids of n items of a project that looks for foxes."""
    concepts.add(c, "fox")
    return add_items(c, add_source(c), n)


def says(item_id: int, value: int, *, by: str = "ann", source: str = "human", weight: float = 1.0) -> Label:
    return Label(item_id, "fox", value, by, source, weight=weight, at=1_700_000_000.0)
