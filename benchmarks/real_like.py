"""Vectors like those of a real collection, as many as wanted, and real ones as queries: nothing to run by itself.

Real      the pictures of RARAVIS_DATA's `grocery` and `photos`, each as a whole and as two crops at random, embedded by
          MobileNetV2 (1280 numbers), turned to their D main directions (PCA about 0: cosines stay), unit length.
Queries   those of every 20th picture, which give nothing to what follows.
Enlarged  x + t (y - x) + noise: x each of the others in turn, y one of its 10 nearest, t uniform in [0, 1), the noise
          normal with half the deviations of the covariance of those 10; unit length, float16.
Mixture   for comparison: 1,000 centres drawn on the sphere, and around each noise of the same length.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from raravis import plugins
from raravis.boxes import crop
from raravis.media.pictures import read_picture
from raravis.types import Floats, Vectors

CROPS = 2
EVERY = 20  # pictures, one gives queries
NEAREST = 10
NOISE = 0.5
BLOCK = 5_000


def real(cache: Path) -> tuple[Floats, np.ndarray]:
    """(n, 1280) unit length, and which picture (n,) each is of; kept in a file, for embedding takes minutes."""
    if cache.exists():
        kept = np.load(cache)
        return kept["vectors"], kept["picture"]
    data, rng = Path(os.environ["RARAVIS_DATA"]), np.random.default_rng(0)
    encoder = plugins.make("embed", f"onnx:{data / 'models' / 'mobilenetv2_imagenet_fp32.onnx'}")
    files = sorted(path for folder in ("grocery", "photos") for path in (data / folder).rglob("*.jpg"))
    vectors = []
    for start in range(0, len(files), 16):
        pictures = [read_picture(path, short_side=encoder.short_side) for path in files[start : start + 16]]
        vectors.append(encoder([view for rgb in pictures for view in (rgb, *crops(rgb, rng))]))
    found, picture = np.concatenate(vectors), np.repeat(np.arange(len(files)), 1 + CROPS)
    np.savez(cache, vectors=found, picture=picture)
    return found, picture


def crops(rgb: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Two boxes of half to nine tenths of each side, anywhere."""
    for _ in range(CROPS):
        w, h = rng.uniform(0.5, 0.9, 2)
        x, y = rng.uniform(0, [1 - w, 1 - h])
        yield np.ascontiguousarray(crop(rgb, (x, y, x + w, y + h)))


def collection(n: int, dim: int, cache: Path, *, seed: int = 0) -> tuple[Vectors, Floats]:
    """n vectors like the real ones, and real ones (Q, dim) as queries."""
    base, picture = real(cache)
    small = unit(base @ main_directions(base, dim))
    held = picture % EVERY == 0
    return enlarged(small[~held], n, np.random.default_rng(seed)), small[held]


def main_directions(base: Floats, dim: int) -> Floats:
    """(D, dim) of the largest second moments."""
    _, directions = np.linalg.eigh(base.T @ base)
    return np.ascontiguousarray(directions[:, ::-1][:, :dim])


def enlarged(base: Floats, n: int, rng: np.random.Generator) -> Vectors:
    near = nearest(base)
    data = np.empty((n, base.shape[1]), np.float16)
    for start in range(0, n, BLOCK):
        rows = np.arange(start, min(start + BLOCK, n)) % len(base)
        other = near[rows, rng.integers(NEAREST, size=len(rows))]
        moved = base[rows] + rng.random((len(rows), 1), np.float32) * (base[other] - base[rows])
        local = base[near[rows]] - base[near[rows]].mean(axis=1, keepdims=True)
        share = rng.standard_normal((len(rows), NEAREST), np.float32) * np.float32(NOISE / np.sqrt(NEAREST - 1))
        data[start : start + len(rows)] = unit(moved + (share[:, None] @ local)[:, 0])
    return Vectors(np.arange(1, n + 1), data, "real-like")


def nearest(base: Floats) -> np.ndarray:
    """(n, NEAREST) rows of the most alike, itself left out."""
    found = []
    for start in range(0, len(base), 2000):
        scores = base[start : start + 2000] @ base.T
        scores[np.arange(len(scores)), start + np.arange(len(scores))] = -np.inf
        found.append(np.argpartition(-scores, NEAREST, axis=1)[:, :NEAREST])
    return np.concatenate(found)


def mixture(n: int, dim: int, *, queries: int = 1000, seed: int = 0) -> tuple[Vectors, Floats]:
    """n vectors around 1,000 centres, and as many more as queries."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.standard_normal((1000, dim), np.float32))
    data = np.empty((n + queries, dim), np.float16)
    for start in range(0, len(data), BLOCK):
        rows = len(data[start : start + BLOCK])
        noise = rng.standard_normal((rows, dim), np.float32) / np.float32(np.sqrt(dim))
        data[start : start + rows] = unit(centres[rng.integers(1000, size=rows)] + noise)
    return Vectors(np.arange(1, n + 1), data[:n], "mixture"), data[n:].astype(np.float32)


def unit(rows: np.ndarray) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
