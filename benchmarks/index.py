"""The built indexes beside the exact one and beside the bare library: time to build, bytes, recall, queries a second.

    RARAVIS_DATA=... python benchmarks/index.py [N ...] [--dim 512] [--kinds ivf-sq8 ivf-rabitq] [--queries 1000]
                                                [--cache FILE] [--data real-like|mixture]

Vectors like those of real pictures, and real ones that are not among them as queries: see `real_like.py`. Recall is
recall@10, measured against the exact index on these queries.

build     lay out (train on a sample), add, tune, write; the bare library adds the same vectors from float32 in memory
          to lists laid out alike. Asked: ours <= 1.1 times its time.
search    at the least effort that reaches 0.95 on these queries, the library alone (SQ8: its own scores; RaBitQ: its
          refinement, over float32 vectors in memory) at its least; a batch of all on two threads, in turns, medians.
          Asked: >= 0.9 times its queries a second. Then as tuned, for which harder queries count too.
the rest  opening, one query, 1,000 vectors added, 100 taken out, and filters: of rows at random, and of a stretch.

Exits 1 where something that was asked for is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import real_like

from raravis.index import kept
from raravis.index.approximate import Approximate
from raravis.index.exact import Exact
from raravis.index.lists import THREADS, Lists, added, in_memory, library, taken_out, trained
from raravis.index.manifest import Effort
from raravis.index.tuning import recall, tuned
from raravis.types import Bools, Floats, Vectors

ASKED, SEARCH, ADD = 0.95, 0.9, 1.1
K, TURNS = 10, 5
NPROBES = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 128, 192, 256, 384, 512]
OVERS = {"ivf-sq8": (1, 2), "ivf-rabitq": (4, 8, 16, 32)}
SHARES = (0.0001, 0.01, 0.1, 0.5)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="*", type=int, default=[200_000])
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--kinds", nargs="*", default=["ivf-sq8", "ivf-rabitq"])
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "real_like.npz")
    parser.add_argument("--data", choices=["real-like", "mixture"], default="real-like")
    asked = parser.parse_args(arguments)
    missed = 0
    for n in asked.n:
        made = real_like.mixture(n, asked.dim) if asked.data == "mixture" else None
        vectors, queries = made or real_like.collection(n, asked.dim, asked.cache)
        queries = queries[: asked.queries]
        print(f"\n{n:,} x {asked.dim} {asked.data}, {len(queries)} queries", flush=True)
        exact, built = timed(lambda v=vectors: Exact(v))
        truth = scanned(exact, queries, built)
        for kind in asked.kinds:
            missed += measured(kind, vectors, exact, queries, truth)
    return int(missed > 0)


def scanned(exact: Exact, queries: Floats, built: float) -> Floats:
    """The best scores (Q, K); says what the scan costs."""
    (_, best), seconds = timed(lambda: exact.search(queries, K))
    size = exact.vectors.data.nbytes / 2 / 1e6
    print(f"exact: build {built:.1f} s, {size:.0f} MB, {len(queries) / seconds:.0f} queries/s in a batch, ", end="")
    print(f"one {one_by_one(exact, queries):.2f} ms", flush=True)
    return best


def measured(kind: str, vectors: Vectors, exact: Exact, queries: Floats, truth: Floats) -> int:
    with tempfile.TemporaryDirectory() as folder:
        empty, train = timed(lambda: trained(vectors, kind=kind, recall=ASKED, seed=0))
        lists, missed = filled(empty, vectors, train)
        lists, tune = timed(lambda: tuned(Approximate(vectors, lists, exact), seed=0))
        _, write = timed(lambda: kept.keep(lists, vectors, Path(folder)))
        size = (Path(folder) / "00000001" / kept.LISTS).stat().st_size / 1e6
        print(f"{kind}: tune {tune:.1f} s, write {write:.1f} s, {size:.0f} MB", flush=True)
        opening(Path(folder), vectors, exact)
        mapped = kept.opened(Path(folder), vectors)
        index = Approximate(vectors, mapped, exact)
        missed += searching(index, queries, truth)
        filtering(index, queries)
        changing(mapped, vectors, exact)
    return missed


def filled(empty: Lists, vectors: Vectors, train: float) -> tuple[Lists, int]:
    """The lists with all vectors in them; says how long that took, and the library alone."""
    bare = library().clone_index(empty.index)
    lists, ours = timed(lambda: added(empty, vectors, np.arange(len(vectors))))
    plain = vectors.data.astype(np.float32)
    library().omp_set_num_threads(THREADS)
    _, alone = timed(lambda: bare.add(plain))
    print(f"{empty.kind}: {empty.index.nlist} lists laid out by {empty.trained_on:,} vectors in {train:.1f} s")
    ok = told(f"{empty.kind}: add {ours:.1f} s, the library alone {alone:.1f} s", ours / alone, ADD, most=True)
    return lists, ok


def opening(folder: Path, vectors: Vectors, exact: Exact) -> None:
    times = [timed(lambda: kept.opened(folder, vectors)) for _ in range(TURNS)]
    lists, seconds = times[0][0], statistics.median(one for _, one in times)
    _, made = timed(lambda: Approximate(vectors, lists, exact))
    _, whole = timed(lambda: kept.damaged(folder))
    print(f"open {1e3 * seconds:.1f} ms, ids compared {1e3 * made:.1f} ms; every byte read {whole:.2f} s", flush=True)


def searching(index: Approximate, queries: Floats, truth: Floats) -> int:
    kind = index.lists.kind
    ours = least(lambda e: index.searched(queries, K, e, None)[1], truth, OVERS[kind])
    bare = alone(index, queries, truth)
    own, its = turns([lambda: index.searched(queries, K, ours, None), bare])
    rate, alone_rate = len(queries) / own, len(queries) / its
    missed = told(f"{kind}: {rate:.0f} queries/s by {said(ours)}, library {alone_rate:.0f}", its / own, SEARCH)
    tuned_to = index.effort(K, 1.0)
    if tuned_to is not None:
        (_, scores), seconds = timed(lambda: index.search(queries, K))
        print(f"{kind} as tuned, {said(tuned_to)}: recall {recall(scores, truth):.3f}, ", end="")
        print(f"{len(queries) / seconds:.0f} queries/s, one {one_by_one(index, queries):.2f} ms")
    for effort in (e for e in index.lists.efforts if e.depth == K):
        found = recall(index.of_lists(queries, K, replace(effort), index.selector(None))[1], truth)
        print(f"  {said(effort)}: {effort.recall:.3f} when tuned, {found:.3f} of these queries")
    return missed


def alone(index: Approximate, queries: Floats, truth: Floats) -> Callable[[], Any]:
    """The library's own search of the batch, at its least effort for the recall."""
    faiss, inner = library(), index.lists.index
    refine = index.lists.kind == "ivf-rabitq"
    if refine:
        plain = index.vectors.data.astype(np.float32)
        inner = faiss.IndexRefineFlat(inner, faiss.swig_ptr(plain))  # which copies it

    def search(effort: Effort) -> Floats:
        faiss.omp_set_num_threads(THREADS)
        ivf = faiss.SearchParametersIVF(nprobe=effort.nprobe)
        if refine:
            ivf = faiss.IndexRefineSearchParameters(k_factor=effort.over, base_index_params=ivf)
        _, numbers = inner.search(queries, K, params=ivf)
        return numbers

    def scores(effort: Effort) -> Floats:
        rows = search(effort)
        found = [index.vectors.data[row].astype(np.float32) @ query for row, query in zip(rows, queries, strict=True)]
        return np.where(rows < 0, -np.inf, found) + 1e-6

    effort = least(scores, truth, OVERS["ivf-rabitq"] if refine else (1,))
    print(f"  the library alone: {said(effort)}, recall {effort.recall:.3f}")
    return lambda: search(effort)


def least(search: Callable[[Effort], Floats], truth: Floats, overs: Sequence[int]) -> Effort:
    """The quickest effort to reach what is asked, by the clock; the furthest where none does."""
    reached = []
    for over in overs:
        for nprobe in NPROBES:
            found, seconds = timed(lambda n=nprobe, o=over: search(Effort(K, n, o, 0.0)))
            effort = Effort(K, nprobe, over, recall(found, truth))
            if effort.recall >= ASKED:
                reached.append((seconds, effort))
                break
    return min(reached, key=lambda one: one[0])[1] if reached else effort


def filtering(index: Approximate, queries: Floats) -> None:
    n, rng = len(index.vectors), np.random.default_rng(1)
    order = rng.permutation(n)
    for share in SHARES:
        begin = int(rng.integers(n - int(share * n)))
        stretch = np.zeros(n, bool)
        stretch[begin : begin + max(1, int(share * n))] = True
        for name, allowed in (("random", order < max(1, share * n)), ("stretch", stretch)):
            by_filter(index, queries[:50], f"{share:.2%} {name}", allowed)


def by_filter(index: Approximate, queries: Floats, name: str, allowed: Bools) -> None:
    best = index.exact.search(queries, K, allowed=allowed)[1]
    found = recall(index.search(queries, K, allowed=allowed)[1], best)
    effort = index.effort(K, float(allowed.mean()))
    by = "a scan" if effort is None else said(effort)
    told = [one_by_one(one, queries, allowed) for one in (index, index.exact)]
    print(f"  filter {name}: recall {found:.3f} by {by}, {told[0]:.2f} ms; exact {told[1]:.2f} ms", flush=True)


def changing(lists: Lists, vectors: Vectors, exact: Exact) -> None:
    some = np.arange(1000)
    memory, load = timed(lambda: in_memory(lists))
    _, out = timed(lambda: taken_out(memory, some[:100]))
    _, add = timed(lambda: added(memory, vectors, some))
    short = replace(lists, ids=np.where(lists.ids <= 1000, -lists.ids - 1, lists.ids))
    beside = Approximate(vectors, short, exact)
    one = one_by_one(beside, vectors.data[5000:5050].astype(np.float32))
    print(f"  read to change {load:.2f} s; 1,000 added {1e3 * add:.0f} ms, 100 taken out {1e3 * out:.0f} ms; ", end="")
    print(f"one query with {len(beside.delta):,} newer and {beside.tombstones:,} gone {one:.2f} ms", flush=True)


def one_by_one(index: Any, queries: Floats, allowed: Bools | None = None) -> float:
    """Milliseconds a query, median."""
    times = [timed(lambda q=query: index.search(q[None], K, allowed=allowed))[1] for query in queries[:100]]
    return 1e3 * statistics.median(times)


def turns(works: list[Callable[[], Any]]) -> list[float]:
    """Median seconds of each, one after the other, several times."""
    times = [[timed(work)[1] for work in works] for _ in range(TURNS)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def said(effort: Effort) -> str:
    return f"{effort.nprobe} lists, {effort.over} candidates each"


def told(what: str, got: float, asked: float, *, most: bool = False) -> int:
    """Says what was got beside what was asked for; 1 where it is missed."""
    kept_to = got <= asked if most else got >= asked
    print(f"{what}: {got:.2f} (asked {'<=' if most else '>='} {asked}){'' if kept_to else '  MISSED'}", flush=True)
    return int(not kept_to)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    made = work()
    return made, time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
