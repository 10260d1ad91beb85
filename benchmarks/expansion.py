"""Whether adding its best to a query helps: average precision of searches with `--expand N`.

    python benchmarks/expansion.py DATA [ENCODER] [VECTORS.npy]

As `words.py`: the photographs of `grocery`, and the same file of vectors. Of each kind with 30 photographs or more six
are the query in turn, alone or three together, and left out of what is searched; the texts are those of `words.py`.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score
from words import CLASSES, EXAMPLES, drawn, vectors_of

from raravis import plugins
from raravis.flow import words
from raravis.flow.collection import Collection
from raravis.flow.searching.queries import expanded
from raravis.flow.searching.searcher import Searcher
from raravis.index.exact import Exact
from raravis.store.items import ItemArrays
from raravis.types import WHOLE, Bools, Floats, Vectors

SIZES = (0, 1, 2, 3, 5, 10, 20, 50)
FEWEST = 30


def searcher_of(vectors: Vectors) -> Searcher:
    """Pictures, each alone on its timeline."""
    n, rows, index = len(vectors), np.arange(len(vectors)), Exact(vectors)
    none, boxes, score = np.zeros(n, np.int64), np.tile(WHOLE, (n, 1)), np.ones(n, np.float32)
    table = ItemArrays(vectors.ids, rows, none, none, boxes, score)
    lines = tuple(map(str, rows))
    return Searcher(
        Collection(vectors, table, {}, lines, rows, np.zeros(n), rows, np.zeros(n, bool), index, rows), index
    )


def precision(searcher: Searcher, query: Floats, yes: Bools, others: Bools) -> list[float]:
    """Average precision over the others, by how many were added."""
    data = searcher.collection.vectors.data[others].astype(np.float32)
    made = [expanded(searcher, query, n, allowed=others) for n in SIZES]
    return [average_precision_score(yes[others], data @ one) for one in made]


def by_pictures(searcher: Searcher, yes: Bools, together: int) -> list[float]:
    several = np.array(drawn(yes, EXAMPLES)).reshape(-1, together)
    found = []
    for rows in several:
        mean = searcher.collection.vectors.data[rows].astype(np.float32).mean(axis=0)
        others = ~np.isin(np.arange(len(yes)), rows)
        found.append(precision(searcher, mean / np.linalg.norm(mean), yes, others))
    return np.mean(found, axis=0).tolist()


def told(name: str, line: Floats) -> None:
    print(f"{name:<28}" + "".join(f"{value:7.3f}" for value in line), flush=True)


def main(folder: str, spec: str = "", kept: str = "") -> None:
    data = Path(folder)
    encoder = plugins.make("embed", spec or f"onnx:{data / 'models' / 'mobilenetv2_imagenet_fp32.onnx'}")
    with (data / "grocery" / "labels.csv").open(encoding="utf-8") as file:
        labels = list(csv.DictReader(file))
    unit = vectors_of(data, encoder, [row["file"] for row in labels], Path(kept) if kept else None)
    searcher = searcher_of(Vectors(np.arange(len(unit)), unit.astype(np.float16), encoder.id))
    kinds = Counter(row["coarse"] for row in labels)
    truths = [np.array([row["coarse"] == kind for row in labels]) for kind, n in kinds.items() if n >= FEWEST]
    print(f"{len(unit)} photographs, {len(truths)} kinds\n{'added':<28}" + "".join(f"{n:7}" for n in SIZES))
    for together in (1, 3):
        line = np.mean([by_pictures(searcher, yes, together) for yes in truths], axis=0)
        print(
            f"{f'{together} picture' + 's' * (together > 1):<28}" + "".join(f"{value:7.3f}" for value in line),
            flush=True,
        )
    texts = words.read(encoder, list(CLASSES)).vectors
    named = [np.array([row[column] == value for row in labels]) for column, value in CLASSES.values()]
    everything = np.ones(len(unit), bool)
    line = np.mean([precision(searcher, *one, everything) for one in zip(texts, named, strict=True)], axis=0)
    told(f"text ({len(CLASSES)} kinds)", line)


if __name__ == "__main__":
    main(*sys.argv[1:])
