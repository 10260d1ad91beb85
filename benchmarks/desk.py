"""A desk at 100,000 x 384: milliseconds of an answer, of the next batch, and of the batch after an undo.

    python benchmarks/desk.py [items dimensions answers people]

Through the store, on disk: sources, items, a shard, an example, 500 answers of several people with lease and round.
Median and 95 % of 40 each. Status 1 where an answer takes over 100 ms, or its batch over 300 ms, in the median.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from raravis.flow.answering.acts import Answer
from raravis.flow.answering.desk import Desk
from raravis.flow.answering.lending import Batch
from raravis.store import Project, concepts, encoders, examples, items, shards, sources
from raravis.types import NO, YES, Place, Source

LIMIT_ANSWER, LIMIT_BATCH = 0.1, 0.3  # seconds
ENCODER, CONCEPT = "made", "thing"
A_SOURCE, SCENE, K, TIMES = 2_000, 50, 12, 40


def vectors(n: int, d: int) -> np.ndarray:
    """(n, d) unit float16 vectors, alike along time: scenes of 50 frames of some 200 kinds."""
    rng = np.random.default_rng(0)
    kinds = rng.normal(size=(200, d)).astype(np.float32)
    scenes = kinds[kind_of(np.arange(0, n, SCENE))] + 0.7 * rng.normal(size=(-(-n // SCENE), d)).astype(np.float32)
    data = np.repeat(scenes, SCENE, axis=0)[:n] + 0.3 * rng.standard_normal((n, d), np.float32)
    return (data / np.linalg.norm(data, axis=1, keepdims=True)).astype(np.float16)


def kind_of(row: np.ndarray) -> np.ndarray:
    """(n,) the kind of picture that a row is of."""
    return (row // SCENE * 7919) % 200


def fill(project: Project, n: int, d: int) -> None:
    """Videos of 2,000 keyframes, a second apart, and their vectors; an example of kind 0."""
    data = vectors(n, d)
    with project.begin() as c:
        for number in range(-(-n // A_SOURCE)):
            count = min(A_SOURCE, n - number * A_SOURCE)
            place = Place(f"/made/{number}.mp4", f"{number}.mp4", f"{number}.mp4")
            source = Source(0, f"made-{number}", "video", 640, 480, Fraction(1, 1000), 0, count * 1000, (place,))
            of = sources.add_all(c, [sources.New(source)])[0]
            pts = np.arange(count) * 1000
            whole = np.tile([0.0, 0.0, 1.0, 1.0], (count, 1))
            items.add(c, np.full(count, of), pts, pts + 1000, whole, np.ones(count), "whole")
        ids = items.all_ids(c)
        encoders.add(c, ENCODER, spec=ENCODER, dim=d)
        shards.record(c, ENCODER, shards.write(shards.folder_of(project.vectors, ENCODER), ids, data))
        concepts.add(c, CONCEPT)
        given = examples.add(c, CONCEPT, "example", "digest", YES, b"-")
        examples.set_vector(c, given, ENCODER, data[np.flatnonzero(kind_of(np.arange(n)) == 0)[0]].astype(np.float32))


def answers(batch: Batch) -> list[Answer]:
    """What is right about a batch: yes to kind 0."""
    (made,) = batch.rounds
    return [Answer(item, YES if kind_of(np.array(item - 1)) == 0 else NO, made.id) for item in batch.items]


def spent(what: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = what(*arguments, **options)
    return time.perf_counter() - begun, result


def told(name: str, seconds: list[float]) -> float:
    median, high = statistics.median(seconds), float(np.quantile(seconds, 0.95))
    print(f"{name:32s} median {median * 1e3:6.1f} ms   95 % {high * 1e3:6.1f} ms")
    return median


def main() -> None:
    n, d, known, people = map(int, sys.argv[1:5] or (100_000, 384, 500, 4))
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "project", create=True) as project:
        fill(project, n, d)
        begun, desk = spent(Desk, project, CONCEPT)
        first, batch = spent(desk.batch, "person-0", K)
        print(f"{n} x {d}: the first batch after {begun + first:.2f} s")
        given, next_batches, after_undo = [], [], []
        desk.take("person-0", answers(batch))
        while (total := desk.tally()[0]) < known:
            by = f"person-{total % people}"
            desk.take(by, answers(desk.batch(by, K)))
        for turn in range(TIMES):
            by = f"person-{turn % people}"
            batch = desk.batch(by, K)
            given += [spent(desk.take, by, [one])[0] for one in answers(batch)]
            next_batches.append(spent(desk.batch, by, K)[0])
            desk.take(by, answers(desk.open_batches(by)[0]))
        for turn in range(TIMES // 2):
            desk.undo(f"person-{turn % people}")
            seconds, batch = spent(desk.batch, "another", K)
            desk.take("another", answers(batch))
            after_undo.append(seconds)
        print("{} answers, {} yes".format(*desk.tally()), f"of {people} people")
        slow = told("an answer, on disk", given) > LIMIT_ANSWER
        slow |= told("from the last answer to a batch", next_batches) > LIMIT_BATCH
        slow |= told("a batch right after an undo", after_undo) > LIMIT_BATCH
    sys.exit(slow)


if __name__ == "__main__":
    main()
