"""Queries to the nearest vectors: an index is derived, never the truth, and rebuilt at will."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from raravis.types import Bools, Floats, Ints


class Index(Protocol):
    """What searches ask of an index, made as `factory(vectors, folder)`; `testing.check_index` holds one to it."""

    @property
    def recall(self) -> float:
        """The share of the true k best that its answers hold on average, as measured; 1: all, always."""

    def search(self, queries: Floats, k: int, *, allowed: Bools | None = None) -> tuple[Ints, Floats]:
        """Item ids and scores (Q, m), best first, ties by lower id; m = min(k, rows allowed), never padded.

        `allowed` (N,), by default all, says which of the vectors may come out. The scores are the dot products,
        whatever the index.
        """


@runtime_checkable
class ScanIndex(Index, Protocol):
    """An index that also scores every vector."""

    def scan(self, queries: Floats) -> Floats:
        """(Q, N) dot products with every vector, in the order of the vectors; may be approximate."""
