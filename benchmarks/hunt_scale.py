"""A round of hunt at 1,000,000 x 512 beside its bare parts: a fit, an int8 scan and a top-k; seconds and memory.

    python benchmarks/hunt_scale.py [--big | --huge] [--whole] [--answers N]

Vectors are made by this script: scenes of 50 frames, alike along time. `--big`: 10,000,000 x 512 as int8 on disk,
memory-mapped; `--huge`: 20,000,000. Such are searched in parts, unless `--whole` has all scored each round. Median of 7
rounds of 100 picks, each with an answer more; exit status 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from raravis.flow.search import Search
from raravis.index.codes import Codes
from raravis.index.exact import Exact
from raravis.pick.hunt import Hunt
from raravis.train.linear import fit
from raravis.types import NO, YES, Pool, Vectors

LIMIT_SECONDS, LIMIT_BIG_SECONDS, LIMIT_RATIO, LIMIT_BYTES = 0.3, 2.0, 1.5, 1 << 30
DIMS, SCENE, PICKS, ROUNDS = 512, 50, 100, 7
AT_ONCE = 100_000


def fill(data: np.ndarray, scale: float) -> None:
    """Scenes of 50 alike frames each, unit length times `scale`."""
    rng = np.random.default_rng(0)
    kinds = rng.normal(size=(200, DIMS)).astype(np.float32)
    for start in range(0, len(data), AT_ONCE):
        n = min(AT_ONCE, len(data) - start)
        scenes = kinds[rng.integers(len(kinds), size=-(-n // SCENE))]
        scenes += rng.normal(size=scenes.shape).astype(np.float32)
        part = np.repeat(scenes, SCENE, axis=0)[:n]
        part += 0.3 * rng.standard_normal((n, DIMS), np.float32)
        part *= scale / np.linalg.norm(part, axis=1, keepdims=True)
        data[start : start + n] = np.rint(part) if data.dtype == np.int8 else part


def pool_of(n: int, big: bool, folder: Path) -> Pool:
    """A pool of n items on timelines of 10,000; examples of one kind."""
    if big:
        data = np.lib.format.open_memmap(folder / "codes.npy", "w+", np.int8, (n, DIMS))
        fill(data, 1000.0)  # length: most entries use the range of int8
    else:
        data = np.empty((n, DIMS), np.float16)
        fill(data, 1.0)
    vectors = Vectors(np.arange(n), data, "benchmark")
    at = np.arange(n)
    zeros = np.zeros(n, np.float32)
    index = of_codes(data) if big else Exact(vectors)
    asked, label = zeros > 0, zeros.astype(np.int8)
    return Pool(vectors, at // 10_000, at % 10_000 / 6, at, asked, label, zeros, scan=index.scan, scan_of=index.scan_of)


def of_codes(data: np.ndarray) -> Exact:
    """The index, on codes that are the vectors and have no scale of their own."""
    index = Exact(Vectors(np.arange(1), np.eye(1, DIMS, dtype=np.float16), "benchmark"))
    ones = np.ones(len(data), np.float32)
    index.vectors, index._parts = Vectors(np.arange(len(data)), data, "benchmark"), [Codes(0, data, ones, ones)]
    return index


def bare(pool: Pool, chosen: np.ndarray, seed: int) -> float:
    """Seconds of a fit, a scan of all and the 100 best."""
    start = time.perf_counter()
    head = fit(pool, np.random.default_rng(seed), chosen)
    assert head is not None
    score = pool.dots(head.weight[None])[0]
    np.argpartition(score, -PICKS)[-PICKS:]
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--big", action="store_true")
    parser.add_argument("--huge", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--answers", type=int, default=2000)
    chosen = parser.parse_args()
    big = chosen.big or chosen.huge
    n = 20_000_000 if chosen.huge else 10_000_000 if chosen.big else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        pool = pool_of(n, big, Path(folder))
        vectors = pool.vectors.data.nbytes * (1 if big else 1.5)  # and the int8 codes of the index
        rng = np.random.default_rng(1)
        rows = rng.choice(n, chosen.answers, replace=False)
        strategy = Hunt()
        if chosen.whole:
            Hunt.part_above = n * DIMS
        search = Search(pool, strategy, fit=fit, refit_every=1)
        search.record(rows, np.where(rows // SCENE % 20 == 0, YES, NO))
        search.next(PICKS)
        ours, parts = [], []
        for seed in range(ROUNDS):
            search.record(rng.choice(np.flatnonzero(~pool.asked), 1), [NO])
            start = time.perf_counter()
            search.next(PICKS)
            ours.append(time.perf_counter() - start)
            parts.append(bare(pool, strategy.train_rows(pool), seed))
    seconds, ratio = statistics.median(ours), statistics.median(a / b for a, b in zip(ours, parts, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    asked_for = "no limit" if big else "limit: 1 more"
    limit = LIMIT_BIG_SECONDS if big else LIMIT_SECONDS
    print(f"{n} x {DIMS}, {chosen.answers} answers: {seconds:.3f} s a round (limit {limit}), bare parts")
    print(f"{statistics.median(parts):.3f} s, ratio {ratio:.2f} (limit {LIMIT_RATIO})")
    print(f"peak memory {peak / 2**30:.2f} GiB, of it vectors and codes {vectors / 2**30:.2f} ({asked_for})")
    in_parts = "no" if search._parts is None else f"1 item in {search._parts.step}"
    print(f"slowest round {max(ours):.3f} s; in parts: {in_parts}")
    sys.exit(seconds > limit or ratio > LIMIT_RATIO or (peak > vectors + LIMIT_BYTES and not big))


if __name__ == "__main__":
    main()
