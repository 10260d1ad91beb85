"""Fewer dimensions that tell this collection's pictures apart: principal components, to unit length again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.types import Floats

MOST_ROWS = 20_000  # to find the components from
AT_ONCE = 65_536  # rows whose float32 copy is in memory


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """Moves vectors to the collection's mean, keeps its strongest directions, scales to unit length."""

    mean: Floats  # (D,)
    components: Floats  # (d, D) orthonormal, strongest first

    def __call__(self, vectors: NDArray[np.floating]) -> Floats:
        """(N, d) unit length, in order; a vector that is the mean itself stays zero."""
        parts = [self._reduced(vectors[at : at + AT_ONCE]) for at in range(0, len(vectors), AT_ONCE)]
        return np.concatenate([np.zeros((0, len(self.components)), np.float32), *parts])

    def _reduced(self, vectors: NDArray[np.floating]) -> Floats:
        moved = (vectors.astype(np.float32, copy=False) - self.mean) @ self.components.T
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12), np.float32)


def reduction(vectors: NDArray[np.floating], dims: int, *, most_rows: int = MOST_ROWS) -> Reduction:
    """The `dims` principal components of (N, D) vectors, of evenly spread rows where there are more than `most_rows`.

    Fewer where the vectors span fewer. Directions have no sign of their own: the largest entry is made positive.
    """
    chosen = np.unique(np.linspace(0, max(len(vectors) - 1, 0), min(len(vectors), most_rows)).astype(np.int64))
    rows = vectors[chosen].astype(np.float64)
    mean = rows.mean(0) if len(rows) else np.zeros(vectors.shape[1])
    strength, directions = np.linalg.eigh((rows - mean).T @ (rows - mean))
    kept = np.argsort(-strength)[: min(dims, max(len(rows) - 1, 1))]
    components = directions[:, kept].T
    largest = np.abs(components).argmax(1)
    components *= np.sign(components[np.arange(len(components)), largest])[:, None]
    return Reduction(mean.astype(np.float32), components.astype(np.float32))
