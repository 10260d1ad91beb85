"""Two tiers against one: answers to 90 % of items and events, pictures that the better encoder saw, seconds of a core.

    RARAVIS_DATA=... python benchmarks/tiers.py [--only skywatch|grocery] [--encoder builtin] [--closer onnx:PATH]
        [--seeds 10] [--work FOLDER]

Each search is made three ways on the same vectors: by the cheap encoder alone, by the better one everywhere, and with
the better one for candidates only, as `raravis find --closer` does. Seconds are the
processor's, decoding and encoding on one core: everything by the one or the other encoder, and, for candidates,
everything by the cheap one and then a search's candidates, look by look. Projects are made in a temporary folder (or in
--work, kept: timed once).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from search import SHARE, pool_of
from search import looks as answered

from raravis import flow, plugins
from raravis.flow.collection import Collection, load
from raravis.flow.embed import begin_space, embed_these
from raravis.flow.examples import embedded, given
from raravis.flow.search import Search
from raravis.flow.tiers import Candidates, Given, Tiers
from raravis.flow.truth import read_oracle
from raravis.pick.ends import Ends
from raravis.simulate import Tally, Truth
from raravis.simulate.project import known_truth
from raravis.store.project import Project
from raravis.train.linear import fit
from raravis.types import YES, Floats, Ints, Strategy

SAMPLING = {"skywatch": "every:1/6", "grocery": "keyframes"}
MEDIA = {"skywatch": "skywatch/video", "grocery": "grocery/images"}
WAYS = ("cheap alone", "better everywhere", "two tiers")
RAREST, BUDGET = 10, {"skywatch": 1000, "grocery": 400}


@dataclass(frozen=True, eq=False)
class Case:
    """One search to be made: vectors (N, D) and examples (E, D) under both encoders, rows in an order of the seed's."""

    ids: Ints  # (N,) of items
    vectors: tuple[Floats, Floats]
    examples: tuple[Floats, Floats]
    timeline: Ints
    seconds: np.ndarray[Any, Any]
    truth: Truth


@dataclass(frozen=True, eq=False)
class Run:
    """Answers to the share of items and of events, and the looks of the better encoder until then, as item ids."""

    items: int
    events: int
    looks: list[Ints]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=tuple(MEDIA))
    parser.add_argument("--encoder", default="builtin")
    parser.add_argument("--closer", default="onnx:$RARAVIS_DATA/models/mobilenetv2_imagenet_fp32.onnx")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    print(
        "| collection | sought | way | items | events | seen by the better | seconds |\n|---|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in (chosen.only,) if chosen.only else MEDIA:
            both = Both(chosen.work or Path(folder), name, chosen.encoder, os.path.expandvars(chosen.closer))
            for sought, cases in both.searches(chosen.seeds):
                rows(both, sought, cases)


class Both:
    """A collection in the spaces of both encoders, and how long it took to get there."""

    def __init__(self, work: Path, name: str, encoder: str, closer: str) -> None:
        self.name, self.closer, self.data = name, closer, Path(os.environ["RARAVIS_DATA"])
        self.folder, self.bare = work / name, work / f"{name}-cheap"
        timed = work / f"{name}.json"
        if not timed.exists():
            timed.write_text(json.dumps(self._make(encoder)))
        self.seconds: tuple[float, float] = tuple(json.loads(timed.read_text()))
        with Project.open(self.folder) as project:
            self.spaces = load(project, encoder), load(project, closer)
            pictures = sorted((self.data / "skywatch/examples").glob("*.jpg"))
            self.pictures = tuple(
                embedded(project, space.vectors.encoder, given(like=pictures)) for space in self.spaces
            )

    def searches(self, seeds: int) -> Iterator[tuple[str, list[Case]]]:
        """What is sought, and its cases."""
        if self.name == "grocery":
            fine, split = (self._column(name) for name in ("fine", "split"))
            counts = Counter(fine.tolist())
            rarest = sorted(counts, key=lambda name: (counts[name], name))[:RAREST]
            per_class = max(seeds // RAREST, 1)
            pairs = [(name, seed) for name in rarest for seed in range(per_class)]
            yield f"{RAREST} rarest", [self._grocery(fine, split, *pair) for pair in pairs]
        else:
            for concept in ("helicopter", "bird"):
                yield concept, [self._skywatch(concept, seed) for seed in range(seeds)]

    def timed(self, looks: list[Ints]) -> float:
        """Seconds that these looks of the better encoder take, in a project that has seen nothing by it."""
        with tempfile.TemporaryDirectory() as folder:
            fresh = shutil.copytree(self.bare, Path(folder) / "project")
            with Project.open(fresh) as project:
                encoder = begin_space(project, self.closer)
                begun = time.process_time()
                for ids in looks:
                    embed_these(project, encoder, ids.tolist())
                return time.process_time() - begun

    def _make(self, encoder: str) -> tuple[float, float]:
        with Project.open(self.folder, create=True) as project:
            flow.ingest(project, [self.data / MEDIA[self.name]])
            flow.sample(project, sample=SAMPLING[self.name])
            flow.detect(project, sample=SAMPLING[self.name])
            first = seconds_of(project, encoder)
        shutil.copytree(self.folder, self.bare)
        with Project.open(self.folder) as project:
            return first, seconds_of(project, self.closer)

    def _skywatch(self, concept: str, seed: int) -> Case:
        """Helicopter starts from the seed's example, bird from nothing."""
        first = self.spaces[0]
        with Project.open(self.folder) as project:
            oracle = read_oracle(project, self.data / "skywatch/truth/oracle.csv", concept)
            truth = known_truth(project, first, oracle, concept).truth
        order = np.random.default_rng([seed, 1]).permutation(len(first))
        met = np.stack([np.argsort(order)[truth.met[:, 0]], truth.met[:, 1]], axis=1)
        start = [] if concept == "bird" else [seed % len(self.pictures[0])]
        return self._case(order, tuple(e[start] for e in self.pictures), Truth(truth.value[order], met, truth.events))

    def _grocery(self, fine: np.ndarray, split: np.ndarray, concept: str, seed: int) -> Case:
        """One picture of the training split is the example, and out of the pool."""
        example = np.random.default_rng([seed, 7]).choice(np.flatnonzero((fine == concept) & (split == "train")))
        rest = np.delete(np.arange(len(fine)), example)
        value = np.where(fine[rest] == concept, 1, -1).astype(np.int8)
        found = np.flatnonzero(value == YES)
        met = np.stack([found, np.arange(len(found))], axis=1)
        examples = tuple(vectors[[example]] for vectors in self._vectors())
        return self._case(rest, examples, Truth(value, met, len(found)))

    def _case(self, rows: Ints, examples: tuple[Floats, ...], truth: Truth) -> Case:
        first = self.spaces[0]
        cheap, better = (vectors[rows] for vectors in self._vectors())
        timeline, seconds = first.timeline[rows], first.seconds[rows]
        return Case(first.vectors.ids[rows], (cheap, better), (examples[0], examples[1]), timeline, seconds, truth)

    def _vectors(self) -> tuple[Floats, Floats]:
        """Row i of both is the same item."""
        first, second = self.spaces
        same = second.rows(first.vectors.ids)
        return np.asarray(first.vectors.data, np.float32), np.asarray(second.vectors.data, np.float32)[same]

    def _column(self, name: str) -> np.ndarray:
        with (self.data / "grocery/labels.csv").open() as file:
            of_file = {row["file"]: row[name] for row in csv.DictReader(file)}
        return np.array([of_file[name_of(self.spaces[0], row)] for row in range(len(self.spaces[0]))])


def name_of(collection: Collection, row: int) -> str:
    return collection.sources[int(collection.table.source_id[row])].places[0].name


def seconds_of(project: Project, encoder: str) -> float:
    begun = time.process_time()
    flow.embed(project, encoder=encoder, switch=False)
    return time.process_time() - begun


def rows(both: Both, sought: str, cases: list[Case]) -> None:
    """A line of the table for each way; the candidates of the middle run are timed."""
    for way in WAYS:
        runs = [search(case, way, seed, BUDGET[both.name], both.name) for seed, case in enumerate(cases)]
        middle = sorted(runs, key=lambda run: (sum(map(len, run.looks)), run.items))[len(runs) // 2]
        seen = {"cheap alone": 0, "two tiers": sum(map(len, middle.looks))}.get(way, len(both.spaces[0]))
        took = {"cheap alone": both.seconds[0], "better everywhere": both.seconds[1]}.get(way)
        took = both.seconds[0] + both.timed(middle.looks) if took is None else took
        cells = [f"{statistics.median(column):.0f} ({statistics.mean(column):.0f})" for column in counts(runs)]
        print(f"| {both.name} | {sought} | {way} | {cells[0]} | {cells[1]} | {seen:,} | {took:.0f} |", flush=True)


def counts(runs: list[Run]) -> tuple[list[int], list[int]]:
    return [run.items for run in runs], [run.events for run in runs]


def search(case: Case, way: str, seed: int, budget: int, name: str) -> Run:
    """One run, until the share of items and of events is found or the budget is spent."""
    space, looks = int(way == "better everywhere"), list[Ints]()
    pool = pool_of(case.vectors[space], case.timeline, case.seconds, case.examples[space])
    pool.budget_left = budget
    strategy = closer(case, looks) if way == "two tiers" else plugins.strategy("hunt")
    search = Search(pool, strategy, fit=fit, ends=Ends() if name == "skywatch" else None, seed=seed)
    tally, at = Tally(case.truth, pool.frame), {"items": budget, "events": budget}
    seen = 0
    for _ in answered(search, tally, case.truth):
        for kind, found in (("items", tally.items), ("events", tally.events)):
            if found.recall()[-1] >= SHARE - 1e-9 and at[kind] == budget:
                at[kind], seen = tally.answers[-1], len(looks)
    return Run(at["items"], at["events"], looks[: seen or None])


def closer(case: Case, looks: list[Ints]) -> Strategy:
    """`hunt` over candidates, whose ids go into `looks`."""
    cheap, better = case.examples
    given = Given(cheap, better, np.ones(len(cheap), np.int8), np.zeros(len(cheap), bool))
    tiers = Tiers(plugins.strategy("hunt"), Candidates(case.vectors[0], given), fit=fit)

    def look(rows: Ints) -> tuple[Ints, Floats]:
        looks.append(case.ids[rows])
        return rows, case.vectors[1][rows]

    tiers.look = look
    return tiers


if __name__ == "__main__":
    start = time.monotonic()
    main()
    print(f"{time.monotonic() - start:.0f} s")
