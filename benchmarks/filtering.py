"""What a filter costs before a search, and a search with it: asked for at most 50 ms for sources and for labels.

    python benchmarks/filtering.py [ITEMS] [DIMENSIONS] [SOURCES] [LABELS]

1,000,000 x 64 of 10,000 sources with 10,000 labels unless told; vectors are drawn, times and names made up. Medians of
nine; the first call, which puts names together and reads the labels, is shown apart. "By event": hits 5 s apart. Exit 1
where a bar is missed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from raravis.flow.collection import Collection
from raravis.flow.searching.clock import parse_dates, parse_hours
from raravis.flow.searching.filters import Filter, allowed
from raravis.flow.searching.hits import page
from raravis.flow.searching.searcher import Searcher
from raravis.index.exact import Exact
from raravis.store import concepts, heads, items, labels, sources
from raravis.store.items import ItemArrays
from raravis.store.project import Project
from raravis.types import NO, WHOLE, YES, Head, Label, Place, Source, Vectors

REPEATS, K, ASKED_MS = 9, 24, 50.0
EPOCH = 1_777_593_600.0  # 2026-05-01
RNG = np.random.default_rng(0)


def vectors_of(n: int, dim: int) -> Vectors:
    data = np.empty((n, dim), np.float16)
    for start in range(0, n, 20_000):
        rows = RNG.standard_normal((min(20_000, n - start), dim), np.float32)
        data[start : start + len(rows)] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return Vectors(np.arange(1, n + 1), data, "random")


def source(number: int, seconds: float) -> Source:
    camera = f"camera{number % 100:02d}"
    place = Place(f"/{number}", f"{camera}/{number:06d}.mp4", camera, EPOCH + (number // 100) * 3600)
    return Source(number, str(number), "video", 640, 480, Fraction(1, 1000), 0, round(1000 * seconds), (place,))


def collection_of(n: int, dim: int, count: int) -> Collection:
    """Items a second apart, as many of each source."""
    each = -(-n // count)
    known = {number: source(number, each) for number in range(1, count + 1)}
    vectors, of, second = vectors_of(n, dim), 1 + np.arange(n) // each, np.arange(n) % each
    lines = tuple(f"camera{number:02d}" for number in range(100))
    starts = np.array([known[number].places[0].starts_at for number in range(1, count + 1)])
    boxes, score, blind = np.tile(WHOLE, (n, 1)), np.ones(n, np.float32), np.zeros(n, bool)
    table = ItemArrays(vectors.ids, of, 1000 * second, 1000 * second + 1000, boxes, score)
    rows = np.arange(n)
    seconds = starts[of - 1] + second
    return Collection(vectors, table, known, lines, of % 100, seconds, rows, blind, Exact(vectors), rows)


def answer(project: Project, count: int, dim: int) -> None:
    """Labels of so many items, and a head."""
    with project.begin() as c:
        concepts.add(c, "red")
        number = sources.add(c, source(1, 1.0))
        at, boxes = np.arange(count), np.tile(WHOLE, (count, 1))
        items.add(c, np.full(count, number), at, at + 1, boxes, np.ones(count), "made")
        values = RNG.choice([YES, NO], count).tolist()
        labels.add(c, [Label(row + 1, "red", value, "ann") for row, value in enumerate(values)])
        weight = RNG.standard_normal((dim, 1)).astype(np.float32)
        one = np.ones(1, np.float32)
        heads.add(c, "red", Head(("red",), weight, 0 * one, np.ones((2, 1), np.float32), one / 2, "random"), "made")


def ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def measure(project: Project, held: Searcher, name: str, filter: Filter, asked: float | None) -> bool:
    first = ms(lambda: allowed(project, held.collection, filter))
    each = statistics.median(ms(lambda: allowed(project, held.collection, filter)) for _ in range(REPEATS))
    mask = allowed(project, held.collection, filter)
    query = held.collection.vectors.data[7].astype(np.float32)
    search = statistics.median(ms(lambda: page(held, query, k=K, allowed=mask)) for _ in range(REPEATS))
    events = statistics.median(
        ms(lambda: page(held, query, k=K, allowed=mask, gap_seconds=5.0)) for _ in range(REPEATS)
    )
    share = 1.0 if mask is None else float(mask.mean())
    bar = f"{asked:.0f} asked" if asked else ""
    print(f"{name:<28}{100 * share:9.4f} %{first:11.1f}{each:11.1f}{search:11.1f}{events:11.1f}   {bar}", flush=True)
    return asked is None or each <= asked


def main(n: int = 1_000_000, dim: int = 64, count: int = 10_000, given: int = 10_000) -> bool:
    held = collection_of(n, dim, count)
    about = {"concept": "red"}
    filters = {
        "none": (Filter(), None),
        "one source": (Filter(sources=("camera07/000107.mp4",)), ASKED_MS),
        "one camera, by source": (Filter(sources=("camera07/*",)), ASKED_MS),
        "half the cameras": (Filter(timelines=("camera[0-4]*",)), ASKED_MS),
        "not yet labelled": (Filter(labels=("none",), **about), ASKED_MS),
        "labelled yes": (Filter(labels=("yes",), **about), ASKED_MS),
        "night": (Filter(time_of_day=parse_hours("22:00-05:00")), None),
        "a day": (Filter(dates=parse_dates("2026-05-01", "2026-05-01")), None),
        "score 0.4..0.6": (Filter(score=(0.4, 0.6), **about), None),
    }
    print(f"{n:,} x {dim}, {count:,} sources, {given:,} labels; ms")
    print(f"{'filter':<28}{'fit':>11}{'first':>11}{'then':>11}{'search':>11}{'by event':>11}")
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "project", create=True) as project:
        answer(project, given, dim)
        fine = [measure(project, Searcher(held, held.index), name, *one) for name, one in filters.items()]
    return all(fine)


if __name__ == "__main__":
    sys.exit(not main(*map(int, sys.argv[1:])))
