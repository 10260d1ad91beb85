"""What a classifier learns from the answers each strategy asks for: average precision on items that none could ask.

    python benchmarks/learning.py PROJECT ORACLE CONCEPT[,CONCEPT...] [SEEDS]

Half of the frames, drawn by seed, are the pool; the head of the answers is tried on the other half. A run begins with
one true item, looks are of 10. Mean over concepts and seeds, after 50, 100 and 200 answers.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from raravis import plugins
from raravis.flow.collection import Collection, load, pool_of
from raravis.flow.search import LOOK, Search
from raravis.flow.truth import read_oracle
from raravis.simulate.project import known_truth
from raravis.store import Project, concepts
from raravis.train.linear import fit
from raravis.types import YES, Ints, Pool

STRATEGIES = (
    "uniform,confidence,entropy,k-center,graph-density,informative-diverse,margin-cluster-mean,hierarchical,top,ezmode"
)
AFTER = (50, 100, 200)


def precisions(whole: Pool, value: Ints, name: str, seed: int) -> list[float]:
    """Average precision on the half left out, after so many answers."""
    rng = np.random.default_rng(seed)
    asked_half = rng.random(whole.frame.max() + 1) < 0.5
    rows, held = np.flatnonzero(asked_half[whole.frame]), np.flatnonzero(~asked_half[whole.frame])
    pool, truth = whole.take(rows), value[rows]
    search = Search(pool, plugins.strategy(name), fit=fit, seed=seed)
    first = rng.choice(np.flatnonzero(truth == YES))
    search.record([first], [YES], counted=False)
    found = []
    for asked in range(LOOK, AFTER[-1] + 1, LOOK):
        picked, _ = search.next(LOOK)
        search.record(picked, truth[picked])
        if asked in AFTER:
            head = fit(pool, np.random.default_rng(seed))
            assert head is not None
            logits = head.logits(whole.vectors.data[held])
            found.append(float(average_precision_score(value[held] == YES, logits)))
    return found


def fresh(project: Project, collection: Collection, concept: str) -> Pool:
    pool = pool_of(project, collection, concept)
    pool.examples, pool.example_sign = pool.examples[:0], pool.example_sign[:0]
    return pool


def main(folder: str, oracle: str, names: str, seeds: str = "5") -> None:
    with Project.open(Path(folder)) as project:
        collection = load(project)
        with project.begin() as c:
            for concept in names.split(","):
                concepts.add(c, concept)
        cases = [
            (concept, known_truth(project, collection, read_oracle(project, oracle, concept), concept).truth.value)
            for concept in names.split(",")
        ]
        print(f"{'answers':<20}" + "".join(f"{n:>7}" for n in AFTER))
        for name in STRATEGIES.split(","):
            runs = [
                precisions(fresh(project, collection, concept), value, name, seed)
                for concept, value in cases
                for seed in range(int(seeds))
            ]
            print(f"{name:<20}" + "".join(f"{p:7.3f}" for p in np.mean(runs, axis=0)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
