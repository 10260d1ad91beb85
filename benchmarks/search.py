"""The search bar: answers to 90 % of items and of events, every strategy with ends by bisection off and on.

    RARAVIS_DATA=... python benchmarks/search.py [--only skywatch|grocery|synthetic] [--seeds 50] [--look 3] [--plain]

Makes projects in a temporary folder (or in --work, kept: 3 minutes the first time). All strategies see the same
vectors: MobileNetV2 reduced to --dims principal components of the collection (0: as they are), and the same oracle.
A run that does not get there counts as the whole budget; for `hunt` as endless. Intervals: 95 %, over seeds, paired.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from search_streams import Clips, stream, unit
from sklearn.decomposition import PCA

from raravis.cli.commands import raravis
from raravis.flow.collection import Collection, load
from raravis.flow.examples import embedded, given
from raravis.flow.search import Search, strategy_and_ends
from raravis.flow.truth import read_oracle
from raravis.simulate import Curve, Tally, Truth
from raravis.simulate.project import known_truth
from raravis.store.project import Project
from raravis.train.linear import fit
from raravis.types import YES, Floats, Pool, Vectors

NAMES = ("random", "similar", "top", "margin", "ezmode", "ezmode:select_per_round=10", "seals", "hunt")
EZMODE = ("ezmode", "ezmode:select_per_round=10")
SHARE, LOOK, FLOOR = 0.9, 3, "floor"


@dataclass(frozen=True, eq=False)
class Case:
    """One search to be made: what it starts from and what is true."""

    pool: Pool
    truth: Truth


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("skywatch", "grocery", "synthetic"))
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--dims", type=int, default=160)
    parser.add_argument("--look", type=int, default=LOOK, help="answers between two choices")
    parser.add_argument(
        "--ahead",
        type=int,
        help="as the page lends, the next look once so many are open: 0, or 2 where the server is slow",
    )
    parser.add_argument("--tune", action="store_true", help="synthetic seeds 0..9 instead of 10..19")
    parser.add_argument(
        "--orders", type=int, default=6, help="runs on each synthetic stream: another order is other luck"
    )
    parser.add_argument("--plain", action="store_true", help="ends for hunt alone, not for every strategy off and on")
    parser.add_argument("--strategies", default=" ".join(NAMES))
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    names = chosen.strategies.split()
    specs = [f"{name}{suffix}" for name in names for suffix in suffixes(name, plain=chosen.plain)]
    with tempfile.TemporaryDirectory() as folder:
        work = Collections(chosen.work or Path(folder), chosen.dims)
        if chosen.only in (None, "skywatch"):
            for concept in ("helicopter", "bird"):
                cases = (work.skywatch(concept, seed) for seed in range(chosen.seeds))
                title = f"skywatch {concept}, {'no example' if concept == 'bird' else 'one example'}"
                table(title, run_all(cases, specs, budget=1000, look=chosen.look, ahead=chosen.ahead), budget=1000)
                by_chance(work.skywatch(concept, 0).truth, budget=1000)
        if chosen.only in (None, "synthetic"):
            seeds = range(10) if chosen.tune else range(10, 20)
            runs = run_all(
                (case for seed in seeds for case in [work.synthetic(seed)] * chosen.orders),
                [*specs, FLOOR],
                budget=1000,
                look=chosen.look,
                ahead=chosen.ahead,
            )
            title = f"synthetic, seeds {seeds[0]} to {seeds[-1]}, {chosen.orders} orders each"
            table(title, runs, budget=1000)
            each(runs, seeds)
        if chosen.only in (None, "grocery"):
            concepts = work.rarest(20)
            per_class = max(1, min(chosen.seeds, 10))
            cases = (work.grocery(concept, seed) for seed in range(per_class) for concept in concepts)
            off = [f"{name}-ends" for name in names]
            table_by_class(run_all(cases, off, budget=400, look=chosen.look, ahead=chosen.ahead), concepts)


class Collections:
    """Projects of the development data, and cases made of them."""

    def __init__(self, folder: Path, dims: int) -> None:
        self.folder, self.dims = folder, dims
        self.data = Path(os.environ["RARAVIS_DATA"])
        self._loaded: dict[str, Collection] = {}
        self._reduced: dict[str, tuple[Floats, Floats]] = {}

    def skywatch(self, concept: str, seed: int) -> Case:
        """Items in an order of the seed's; helicopter starts from the seed's example, bird from nothing."""
        collection, pictures = self._collection("skywatch"), sorted((self.data / "skywatch/examples").glob("*.jpg"))
        with Project.open(self.folder / "skywatch") as project:
            if "examples" not in self._reduced:
                raw = embedded(project, collection.vectors.encoder, given(like=pictures))
                self._reduced["examples"] = self._fewer(np.asarray(collection.vectors.data), raw)
            oracle = read_oracle(project, self.data / "skywatch/truth/oracle.csv", concept)
            truth = known_truth(project, collection, oracle, concept).truth
        vectors, examples = self._reduced["examples"]
        order = np.random.default_rng([seed, 1]).permutation(len(vectors))
        place = np.argsort(order)
        met = np.stack([place[truth.met[:, 0]], truth.met[:, 1]], axis=1)
        start = examples[:0] if concept == "bird" else examples[[seed % len(examples)]]
        pool = pool_of(vectors[order], collection.timeline[order], collection.seconds[order], start)
        return Case(pool, Truth(truth.value[order], met, truth.events))

    def grocery(self, concept: str, seed: int) -> Case:
        """One picture of the training split is the example, and out of the pool."""
        collection, fine, split = self._collection("grocery"), self._column("fine"), self._column("split")
        if "grocery" not in self._reduced:
            data = np.asarray(collection.vectors.data)
            self._reduced["grocery"] = self._fewer(data, data[:1])
        vectors = self._reduced["grocery"][0]
        example = np.random.default_rng([seed, 7]).choice(np.flatnonzero((fine == concept) & (split == "train")))
        rest = np.delete(np.arange(len(vectors)), example)
        value = np.where(fine[rest] == concept, 1, -1).astype(np.int8)
        rows = np.flatnonzero(value == YES)
        pool = pool_of(vectors[rest], np.arange(len(rest)), np.zeros(len(rest)), vectors[[example]])
        return Case(pool, Truth(value, np.stack([rows, np.arange(len(rows))], axis=1), len(rows)))

    def rarest(self, n: int) -> list[str]:
        """The fine classes with fewest pictures, ties by name."""
        counts = Counter(self._column("fine").tolist())
        return sorted(counts, key=lambda name: (counts[name], name))[:n]

    def synthetic(self, seed: int) -> Case:
        """Even seeds plant aircraft and birds into surveillance clips, odd ones these into the sky."""
        sky, street = self._clips("skywatch"), self._clips("fights")
        below, planted = (street, sky) if seed % 2 == 0 else (sky, street)
        made = stream(seed, [clip for clips in below.values() for clip in clips], planted)
        vectors, examples = self._fewer(made.vectors, made.example[None])
        rows = np.flatnonzero(made.event >= 0)
        value = np.where(made.event >= 0, 1, -1).astype(np.int8)
        met = np.stack([rows, made.event[rows]], axis=1)
        return Case(pool_of(vectors, made.timeline, made.seconds, examples), Truth(value, met, made.events))

    def _fewer(self, data: np.ndarray, examples: np.ndarray) -> tuple[Floats, Floats]:
        if not self.dims:
            return data.astype(np.float32), examples.astype(np.float32)
        components = PCA(min(self.dims, len(data) - 1), svd_solver="covariance_eigh").fit(data.astype(np.float32))
        return unit(components.transform(data)), unit(components.transform(examples))

    def _collection(self, name: str) -> Collection:
        if name not in self._loaded:
            media = {"skywatch": "skywatch/video", "grocery": "grocery/images", "fights": "fights/video"}[name]
            sampling = {"skywatch": "every:1/6", "grocery": "keyframes", "fights": "every:1/30"}[name]
            project = self.folder / name
            model = f"onnx:{self.data}/models/mobilenetv2_imagenet_fp32.onnx"
            for command in (
                ["ingest", str(self.data / media)],
                ["sample", "--sample", sampling],
                ["detect"],
                ["embed", "--encoder", model],
            ):
                raravis([*command, "--project", str(project)], standalone_mode=False)
            with Project.open(project) as opened:
                self._loaded[name] = load(opened)
        return self._loaded[name]

    def _names(self, collection: Collection) -> np.ndarray:
        return np.array([collection.sources[int(i)].places[0].name for i in collection.table.source_id])

    def _column(self, name: str) -> np.ndarray:
        with (self.data / "grocery/labels.csv").open() as file:
            known_of = {row["file"]: row[name] for row in csv.DictReader(file)}
        return np.array([known_of[file] for file in self._names(self._collection("grocery"))])

    def _clips(self, name: str) -> dict[str, Clips]:
        """Runs of embeddings by class (skywatch) or by place (fights)."""
        collection = self._collection(name)
        file, data = self._names(collection), np.asarray(collection.vectors.data, np.float32)
        groups: dict[str, Clips] = defaultdict(list)
        table = "skywatch/truth/clips.csv" if name == "skywatch" else "fights/labels.csv"
        with (self.data / table).open() as lines:
            for row in csv.DictReader(lines):
                if name == "fights":
                    groups[row["source"]].append(data[file == row["file"]])
                else:
                    after, until = float(row["t0_s"]) - 1e-6, float(row["t1_s"]) - 1e-6
                    inside = (collection.seconds >= after) & (collection.seconds < until)
                    groups[row["class"]].append(data[(file == row["stream"]) & inside])
        return dict(groups)


def pool_of(vectors: Floats, timeline: np.ndarray, seconds: np.ndarray, examples: Floats) -> Pool:
    n = len(vectors)
    zeros = np.zeros(n, np.float32)
    return Pool(
        Vectors(np.arange(n), np.ascontiguousarray(vectors), "benchmark"),
        np.asarray(timeline, np.int64),
        np.asarray(seconds, np.float64),
        np.arange(n),
        asked=zeros > 0,
        label=zeros.astype(np.int8),
        weight=zeros,
        examples=examples,
        example_sign=np.ones(len(examples), np.int8),
    )


Runs = dict[str, list[Curve]]


def suffixes(name: str, *, plain: bool) -> tuple[str, ...]:
    if not plain:
        return "-ends", "+ends"
    return ("+ends",) if name == "hunt" else ("-ends",)


def run_all(
    cases: Iterator[Case], specs: list[str], *, budget: int, look: int = LOOK, ahead: int | None = None
) -> Runs:
    """Every strategy on every case; the floor: told one item of each event, ends on."""
    runs: Runs = {spec: [] for spec in specs}
    for seed, case in enumerate(cases):
        for spec in runs:
            strategy, ends = strategy_and_ends("random+ends" if spec == FLOOR else spec)
            runs[spec].append(
                run(case, Told(case.truth) if spec == FLOOR else strategy, ends, spec, seed, budget, look, ahead)
            )
    return runs


def run(
    case: Case,
    strategy: object,
    ends: object,
    spec: str,
    seed: int,
    budget: int,
    look: int = LOOK,
    ahead: int | None = None,
) -> Curve:
    """One run, until the share of items and of events is found or the budget is spent."""
    pool = pool_of(case.pool.vectors.data, case.pool.timeline, case.pool.seconds, case.pool.examples)
    pool.budget_left = budget
    search = Search(pool, strategy, fit=fit, ends=ends, seed=seed)  # type: ignore[arg-type]
    tally = Tally(case.truth, pool.frame)
    for _ in looks(search, tally, case.truth, look) if ahead is None else lent(search, tally, case.truth, look, ahead):
        pass
    return tally.curve(spec, seed)


def looks(search: Search, tally: Tally, truth: Truth, look: int = LOOK) -> Iterator[None]:
    """Answers and counts one look at a time, until the share of items and of events is found or nothing is asked."""
    while min(tally.items.recall()[-1], tally.events.recall()[-1]) < SHARE - 1e-9:
        rows, _ = search.next(look, short=True)
        if not len(rows):
            return
        hear(search, tally, truth, rows)
        yield


def lent(search: Search, tally: Tally, truth: Truth, look: int, ahead: int) -> Iterator[None]:
    """As the page and its desk do, an answer at a time: the next look is chosen once no more than `ahead` are open.

    One that is chosen while some are open is filled up; else questions about ends come by themselves.
    """
    is_open: list[int] = []
    while min(tally.items.recall()[-1], tally.events.recall()[-1]) < SHARE - 1e-9:
        if len(is_open) <= ahead:
            held = np.array(is_open, np.int64)
            is_open += search.next(look, withheld=held, fill=bool(is_open))[0].tolist()
        if not is_open:
            return
        hear(search, tally, truth, np.array([is_open.pop(0)]))
        yield


def hear(search: Search, tally: Tally, truth: Truth, rows: np.ndarray) -> None:
    """Answers rows, and counts what that found."""
    search.record(rows, truth.value[rows])
    tally.answered(rows)
    tally.propagate(search.propagated)


class Told:
    """Knows the middle item of each event: what is left to answer is where they begin and end."""

    def __init__(self, truth: Truth) -> None:
        self.met = truth.met

    def __call__(self, pool: Pool, k: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The middles of the events not met yet, and zeros."""
        met = set(self.met[pool.asked[self.met[:, 0]], 1].tolist())
        rows = [self.met[self.met[:, 1] == event, 0] for event in np.unique(self.met[:, 1]) if event not in met]
        middles = np.array([row[len(row) // 2] for row in rows[:k]], np.int64)
        return middles, np.zeros(len(middles), np.float32)


def answers(curves: list[Curve], kind: str, beyond: float) -> np.ndarray:
    return np.array([beyond if (n := curve.answers_to(kind, SHARE)) is None else n for curve in curves])  # type: ignore[arg-type]


def table(title: str, runs: Runs, *, budget: int) -> None:
    """Median answers to 90 %, quartiles, and hunt's share of them."""
    print(f"\n{title}: answers to 90 % of items | of events; median [quartiles]; hunt / it [95 %]; propagated right")
    ours = {kind: answers(runs["hunt+ends"], kind, np.inf) for kind in ("items", "events")}
    for spec, curves in runs.items():
        cells = []
        for kind in ("items", "events"):
            found = answers(curves, kind, budget)
            low, middle, high = np.quantile(found, [0.25, 0.5, 0.75])
            cells.append(f"{middle:5.0f} [{low:4.0f} {high:4.0f}] {ratio(ours[kind], found)}")
        made, right = np.sum([curve.propagated for curve in curves], axis=0)
        print(f"{spec:32s} {' | '.join(cells)} | {right / made if made else 1:.4f} of {made}", flush=True)


def by_chance(truth: Truth, *, budget: int, orders: int = 20_000) -> None:
    """What `random` takes on one case, by many more orders than it has seeds: its median varies much."""
    draw, taken = np.random.default_rng(0), []
    for _ in range(orders):
        at = draw.permutation(len(truth.value)) + 1
        first = np.full(truth.events, len(at))
        np.minimum.at(first, truth.met[:, 1], at[truth.met[:, 0]])
        taken.append([_nth(at[truth.value == YES]), _nth(first)])
    told = [
        f"{middle:5.0f} [{low:4.0f} {high:4.0f}]"
        for low, middle, high in np.minimum(np.quantile(taken, [0.25, 0.5, 0.75], axis=0), budget).T
    ]
    print(f"{f'random, {orders:,} orders':32s} {' | '.join(told)}", flush=True)


def _nth(at: np.ndarray) -> int:
    """After how many answers the share is found of what is found at these."""
    return int(np.sort(at)[int(np.ceil(SHARE * len(at) - 1e-9)) - 1])


def ratio(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Ratio of medians, and its interval over seeds drawn again, the same for both."""
    draws = np.random.default_rng(0).integers(len(ours), size=(2000, len(ours)))
    ratios = np.median(ours[draws], axis=1) / np.median(theirs[draws], axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975], method="nearest")
    return f"{np.median(ours) / np.median(theirs):.2f} [{low:.2f} {high:.2f}]"


def each(runs: Runs, seeds: range) -> None:
    """Answers to 90 % of the items for each stream, mean over its orders, and the median of hunt's shares."""
    ours = means(runs["hunt+ends"], len(seeds))
    for spec in (FLOOR, "hunt+ends", *(f"{name}-ends" for name in EZMODE)):
        if spec in runs:
            found = means(runs[spec], len(seeds))
            share = (
                f"sum {found.sum():.0f} {ours.sum() / found.sum():.2f}, median of shares {np.median(ours / found):.2f}"
            )
            print(f"{spec:32s} {' '.join(f'{n:5.0f}' for n in found)}  {share}")
    print(f"{'stream':32s} {' '.join(f'{seed:5d}' for seed in seeds)}")


def means(curves: list[Curve], streams: int) -> np.ndarray:
    """(streams,) answers to 90 % of the items, mean over each one's orders."""
    return answers(curves, "items", np.inf).reshape(streams, -1).mean(1)


def table_by_class(runs: Runs, concepts: list[str]) -> None:
    """Answers to 90 % of a class: mean over seeds, then median and worst over classes, and hunt's share."""
    print(f"\ngrocery, {len(concepts)} rarest classes: median | mean | worst class; hunt's median and mean / its")
    each_class = {
        spec: answers(curves, "items", 400).reshape(-1, len(concepts)).mean(0) for spec, curves in runs.items()
    }
    ours = each_class["hunt-ends"]
    for spec, found in each_class.items():
        print(
            f"{spec:32s} {np.median(found):6.1f} | {found.mean():6.1f} | {found.max():6.1f} | "
            f"{np.median(ours) / np.median(found):.2f} {ours.mean() / found.mean():.2f}",
            flush=True,
        )


if __name__ == "__main__":
    start = time.monotonic()
    main()
    print(f"{time.monotonic() - start:.0f} s")
