"""Scan and top-k of the exact index against reading the same bytes with two threads: asked for >= 0.6 of the speed.

python benchmarks/scan.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from raravis.index.exact import Exact
from raravis.types import Vectors

REPEATS = 15
K = 100


def unit_vectors(n: int, dim: int, rng: np.random.Generator) -> Vectors:
    data = np.empty((n, dim), np.float16)
    for start in range(0, n, 20_000):
        rows = rng.standard_normal((min(20_000, n - start), dim), np.float32)
        data[start : start + len(rows)] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return Vectors(np.arange(n), data, "random")


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read(halves: list[np.ndarray], pool: ThreadPoolExecutor) -> list[int]:
    return list(pool.map(lambda half: int(half.sum()), halves))


def compare(n: int, dim: int) -> None:
    rng = np.random.default_rng(0)
    vectors = unit_vectors(n, dim, rng)
    index = Exact(vectors)
    query = vectors.data[n // 2][None].astype(np.float32)
    halves = np.array_split(np.ones(n * dim // 8, np.int64), 2)  # as many bytes as the codes
    ours, limit = [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(REPEATS):
            ours.append(seconds(lambda: index.search(query, K)))
            limit.append(seconds(lambda: read(halves, pool)))
    ratio = statistics.median(b / a for a, b in zip(ours, limit, strict=True))
    times = f"{1e3 * statistics.median(ours):.1f} ms, reading {1e3 * statistics.median(limit):.1f} ms"
    print(f"scan + top-{K} of {n:,} x {dim}: {times}: {ratio:.2f} of the limit (asked for: 0.60)", flush=True)


if __name__ == "__main__":
    compare(100_000, 1280)
    compare(1_000_000, 512)
