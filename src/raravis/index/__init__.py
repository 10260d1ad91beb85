"""Queries to the nearest vectors: an index is derived, never the truth, and rebuilt at will."""

from __future__ import annotations

from typing import Protocol

from raravis.types import Floats, Ints


class Index(Protocol):
    """What flow asks of an index, made as `factory(vectors, folder)`; `testing.check_index` holds one to it."""

    def scan(self, queries: Floats) -> Floats:
        """(Q, N) dot products with every vector, in the order of the vectors; may be approximate."""

    def search(self, queries: Floats, k: int) -> tuple[Ints, Floats]:
        """Item ids and scores (Q, min(k, N)), best first; ties by lower id."""
