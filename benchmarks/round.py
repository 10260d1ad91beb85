"""One round at 100,000 x 1280, float16 in memory: fit + score all + pick, seconds beside the 0.3 s asked.

    python benchmarks/round.py [rows dimensions]

1,000 answers (100 yes in 20 runs of time), weak negatives as by default, scores by the int8 scan. Median of 5.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from raravis import plugins
from raravis.flow.search import Search
from raravis.index.exact import Exact
from raravis.train.linear import LinearFit, fit
from raravis.types import Floats, Pool, Vectors

LIMIT_SECONDS = 0.3


def clustered(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """(n, d) unit float16 vectors, all positive, alike along time: as a ReLU network gives for video."""
    scenes = np.abs(rng.normal(size=(n // 50 + 1, d))).astype(np.float32)
    data = np.empty((n, d), np.float16)
    for start in range(0, n, 10_000):
        rows = np.arange(start, min(start + 10_000, n))
        part = scenes[rows // 50] + 0.3 * np.abs(rng.normal(size=(len(rows), d))).astype(np.float32)
        data[rows] = part / np.linalg.norm(part, axis=1, keepdims=True)
    return data


def pool_of(n: int, d: int) -> Pool:
    vectors = Vectors(np.arange(n), clustered(n, d, np.random.default_rng(0)), "benchmark")
    return Pool(
        vectors,
        timeline=np.arange(n) // 2000,
        seconds=np.arange(n) % 2000 / 6,
        frame=np.arange(n),
        asked=np.zeros(n, bool),
        label=np.zeros(n, np.int8),
        weight=np.zeros(n, np.float32),
        scan=Exact(vectors).scan,
    )


def parts(pool: Pool, name: str, seed: int) -> dict[str, float]:
    spent: dict[str, float] = {}

    def timed_fit(*arguments: object) -> LinearFit | None:
        with timed(spent, "fit"):
            return fit(*arguments)

    scan = pool.scan
    assert scan is not None

    def timed_scan(queries: Floats) -> Floats:
        with timed(spent, "score"):
            return scan(queries)

    pool.scan = timed_scan
    with timed(spent, "all"):
        Search(pool, plugins.strategy(name), fit=timed_fit, seed=seed).next(10)
    pool.scan = scan
    return spent


@contextmanager
def timed(spent: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    spent[name] = time.perf_counter() - start


def main() -> None:
    n, d = map(int, sys.argv[1:3] or (100_000, 1280))
    pool = pool_of(n, d)
    rng = np.random.default_rng(1)
    yes = (np.arange(20)[:, None] * (n // 20) + 100 + np.arange(5)).ravel()
    answers = np.concatenate([yes, rng.choice(np.setdiff1d(np.arange(n), yes), 900, replace=False)])
    Search(pool, plugins.strategy("top"), fit=fit).record(answers, np.repeat([1, -1], [100, 900]))
    for name in ("top", "margin", "ezmode"):
        runs = [parts(pool, name, seed) for seed in range(6)][1:]
        total, fitted, scored = (statistics.median(run[key] for run in runs) for key in ("all", "fit", "score"))
        verdict = "ok" if total <= LIMIT_SECONDS else "TOO SLOW"
        print(
            f"{name:8s} {n} x {d}: {total:.3f} s = fit {fitted:.3f} + score {scored:.3f} + pick and the rest "
            f"{total - fitted - scored:.3f}; ours / limit {total / LIMIT_SECONDS:.2f} ({verdict})"
        )


if __name__ == "__main__":
    main()
