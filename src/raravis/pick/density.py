"""Density: what many others resemble comes first, and what resembles something asked comes late."""

from __future__ import annotations

import numpy as np

from raravis.pick.clusters import candidates, unit_vectors
from raravis.types import Bools, Floats, Ints, Pool

MOST = 4000  # items in the graph, which is quadratic


def graph_density(pool: Pool, k: int, rng: np.random.Generator, *, neighbours: int = 10) -> tuple[Ints, Floats]:
    """Rows (k,) of the highest density in a graph of nearest neighbours, and that density, 0..1 less what was taken.

    Density is the mean weight of an item's edges, exp(-d^2 / 2s^2) with s^2 the mean d^2 of all edges. What is asked,
    before or in this batch, takes its own density from each of its neighbours. The graph is made anew over 4,000
    items: up to half of them answered, the others drawn among the unasked, a frame once; it costs about 0.7 s.
    Ebert, Fritz & Schiele 2012 (RALF), doi:10.1109/CVPR.2012.6248108, with Euclidean distances.
    """
    rows, asked = candidates(pool, k, MOST, rng)
    edges, density = _graph(unit_vectors(pool, rows), neighbours)
    density -= edges[:, asked] @ density[asked]
    density[asked] = -np.inf
    picked, scores = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for _ in range(min(k, int((~asked).sum()))):
        at = int(np.argmax(density))
        picked, scores = np.append(picked, rows[at]), np.append(scores, density[at])
        density[edges[at]] -= max(float(density[at]), 0.0)
        density[at] = -np.inf
    return picked, scores


def _graph(vectors: Floats, neighbours: int) -> tuple[Bools, Floats]:
    """Edges (n, n), from either end to one of its nearest, and density (n,)."""
    n, count = len(vectors), min(neighbours, len(vectors) - 1)
    edges = np.zeros((n, n), bool)
    if count < 1:
        return edges, np.zeros(n, np.float32)
    squared = np.maximum(2 - 2 * vectors @ vectors.T, 0)
    np.fill_diagonal(squared, np.inf)
    nearest = np.argpartition(squared, count - 1, axis=1)[:, :count]
    edges[np.arange(n)[:, None], nearest] = True
    edges |= edges.T
    wide = max(float(squared[edges].mean()), 1e-12)
    weight = np.where(edges, np.exp(-np.where(edges, squared, 0) / (2 * wide)), 0)
    return edges, np.asarray(weight.sum(1) / edges.sum(1), np.float32)
