"""How words compare with pictures: their vectors lie apart, and their cosines are small and close together."""

from __future__ import annotations

import numpy as np

from raravis.arrays import unit
from raravis.types import Floats, Vectors

SAMPLE = 1024  # vectors that stand for the collection, evenly drawn


def spread(vectors: Vectors, query: Floats) -> float:
    """Standard deviation over the collection of the dot products with a query (D,); 1 where they are all the same."""
    deviation = float(np.std(_sample(vectors) @ query))
    return deviation if deviation > 1e-6 else 1.0


def as_pictures(vectors: Vectors, texts: Floats) -> Floats:
    """(T, D) unit vectors that lie among the pictures, and order them as the texts' (T, D) do.

    Each is the vector nearest to the mean picture whose dot products with the collection are the text's, spread as
    widely as those of two pictures: ridge regression, with a ridge of the mean eigenvalue, so that the directions in
    which pictures hardly differ, the gap between words and pictures among them, are left out. What learns from
    examples would else learn to tell words from pictures. The gap: Liang et al. 2022, arXiv:2203.02053.
    """
    sample = _sample(vectors)
    mean = sample.mean(axis=0)
    apart = sample - mean
    gram = apart @ apart.T
    scores = apart @ texts.T
    wanted = scores * np.sqrt(np.mean(gram**2)) / np.maximum(scores.std(axis=0), 1e-9)
    ridge = max(float(np.trace(gram)) / len(gram), 1e-6) * np.eye(len(gram), dtype=np.float32)
    found = mean + (apart.T @ np.linalg.solve(gram + ridge, wanted - (apart @ mean)[:, None])).T
    return unit(found)


def _sample(vectors: Vectors) -> Floats:
    rows = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), SAMPLE)).astype(np.int64))
    return vectors.data[rows].astype(np.float32)
