"""What words add to pictures: average precision of searches, and what hunts find that begin with words.

    python benchmarks/words.py DATA [ENCODER] [VECTORS.npy]

DATA holds `grocery` (and `models` for the default encoder); the vectors are kept in the file named last, so that a
second run goes on from there. Of each class six pictures, drawn by seed, are the examples in turn; the counter-example
is the picture of another class that is most like the example. Means over the classes. A hunt looks at 10 pictures at a
time; "area" is the mean share found after 1, 2, ... so many answers.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from raravis import plugins
from raravis.flow import words
from raravis.flow.likeness import as_pictures
from raravis.flow.search import Search
from raravis.flow.searching.queries import Weights, query_of
from raravis.media.pictures import read_picture
from raravis.pick.hunt import Hunt
from raravis.simulate.loop import Tally, Truth, run
from raravis.store.examples import ExampleVectors
from raravis.train.linear import fit
from raravis.types import NO, YES, Bools, Floats, Pool, Vectors

CLASSES = {  # text: column of the labels and value
    "Granny Smith": ("fine", "Granny-Smith"),
    "orange": ("fine", "Orange"),
    "lemon": ("fine", "Lemon"),
    "banana": ("fine", "Banana"),
    "pineapple": ("fine", "Pineapple"),
    "pomegranate": ("fine", "Pomegranate"),
    "cucumber": ("coarse", "Cucumber"),
    "zucchini": ("coarse", "Zucchini"),
    "mushroom": ("coarse", "Mushroom"),
    "head cabbage": ("coarse", "Cabbage"),
    "bell pepper": ("coarse", "Pepper"),
}
EXAMPLES, BUDGET, SOON, SEEDS = 6, 250, 50, 1
SETTINGS = {
    "text": Weights(like=0, unlike=0),
    "picture": Weights(text=0, unlike=0),
    **{f"picture and {w:g} x text": Weights(text=w, unlike=0) for w in (0.5, 1, 2)},
    **{f"picture - {w:g} x counter-example": Weights(text=0, unlike=w) for w in (0.25, 0.5, 1)},
    "all, as by default": Weights(),
}


def vectors_of(data: Path, encoder: Any, files: list[str], kept: Path | None) -> Floats:
    if kept and kept.exists():
        return np.asarray(np.load(kept))
    read = (read_picture(data / "grocery" / "images" / name, short_side=encoder.short_side) for name in files)
    vectors = np.concatenate([encoder([picture]) for picture in read])
    if kept:
        np.save(kept, vectors)
    return vectors


def searches(vectors: Vectors, yes: Bools, text: Floats, settings: Mapping[str, Weights]) -> list[float]:
    """Average precision of each setting, the mean over the examples, which are left out."""
    found = []
    for row in drawn(yes, EXAMPLES):
        like = vectors.data[row]
        unlike = vectors.data[np.argmax(np.where(yes, -1, vectors.data @ like))]
        known_by = ExampleVectors(
            np.stack([like, text, unlike]), np.array([YES, YES, NO], np.int8), np.array([False, True, False])
        )
        scores = [vectors.data @ query_of(vectors, known_by, weights) for weights in settings.values()]
        others = np.arange(len(yes)) != row
        found.append([average_precision_score(yes[others], score[others]) for score in scores])
    return np.mean(found, axis=0).tolist()


def drawn(yes: Bools, count: int) -> list[int]:
    return np.random.default_rng(0).permutation(np.flatnonzero(yes))[:count].tolist()


BEGINNINGS: dict[str, Callable[[Vectors, Floats, Floats], list[Floats]]] = {
    "picture": lambda vectors, like, text: [like],
    "text, its own vector": lambda vectors, like, text: [text],
    "text, the mean of the five most like it": lambda vectors, like, text: [best_five(vectors, text)],
    "text, as it is done": lambda vectors, like, text: list(as_pictures(vectors, text[None])),
    "picture and text, its own vector": lambda vectors, like, text: [like, text],
    "picture and text, as it is done": lambda vectors, like, text: [like, *as_pictures(vectors, text[None])],
}


def best_five(vectors: Vectors, text: Floats) -> Floats:
    mean = vectors.data[np.argsort(-(vectors.data @ text))[:5]].mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def hunts(vectors: Vectors, yes: Bools, text: Floats) -> list[list[float]]:
    """Area after SOON and after BUDGET answers, of each beginning, the mean over seeds."""
    n, rows = len(yes), np.flatnonzero(yes)
    truth = Truth(np.where(yes, YES, NO).astype(np.int8), np.stack([rows, np.arange(len(rows))], axis=1), len(rows))
    found = []
    for name, begin in BEGINNINGS.items():
        areas = []
        for seed, row in enumerate(drawn(yes, SEEDS)):
            examples = np.stack(begin(vectors, vectors.data[row], text))
            search = Search(pool(vectors, examples, n), Hunt(), fit=fit, seed=seed)
            tally = Tally(truth, search.pool.frame)
            run(search, truth.value, tally, look=10, target_recall=None)
            curve = tally.curve("hunt", seed)
            areas.append([curve.area("items", answers) for answers in (SOON, BUDGET)])
        found.append(np.mean(areas, axis=0).tolist())
        print(f"{name}: {np.round(found[-1], 3)}", file=sys.stderr, flush=True)
    return found


def pool(vectors: Vectors, examples: Floats, n: int) -> Pool:
    """Photographs: each alone on its timeline."""
    return Pool(
        vectors,
        timeline=np.arange(n),
        seconds=np.zeros(n),
        frame=np.arange(n),
        asked=np.zeros(n, bool),
        label=np.zeros(n, np.int8),
        weight=np.zeros(n, np.float32),
        examples=examples,
        example_sign=np.full(len(examples), YES, np.int8),
        budget_left=BUDGET,
    )


def main(folder: str, spec: str = "", kept: str = "") -> None:
    data = Path(folder)
    encoder = plugins.make("embed", spec or f"onnx:{data / 'models' / 'mobilenetv2_imagenet_fp32.onnx'}")
    with (data / "grocery" / "labels.csv").open(encoding="utf-8") as file:
        labels = list(csv.DictReader(file))
    unit = vectors_of(data, encoder, [row["file"] for row in labels], Path(kept) if kept else None)
    vectors = Vectors(np.arange(len(unit)), unit, encoder.id)
    texts = words.read(encoder, list(CLASSES)).vectors
    truths = [np.array([row[column] == value for row in labels]) for column, value in CLASSES.values()]
    print(f"{'average precision of a search':<45}" + "".join(f"{text[:6]:>7}" for text in CLASSES) + "   mean")
    table = np.array([searches(vectors, yes, text, SETTINGS) for yes, text in zip(truths, texts, strict=True)])
    for name, line in zip(SETTINGS, table.T, strict=True):
        print(f"{name:<45}" + "".join(f"{value:7.3f}" for value in [*line, line.mean()]), flush=True)
    print(f"\n{'hunt, begun with':<45}area {SOON}  area {BUDGET}")
    areas = [hunts(vectors, yes, text) for yes, text in zip(truths, texts, strict=True)]
    for name, line in zip(BEGINNINGS, np.mean(areas, axis=0), strict=True):
        print(f"{name:<45}" + "".join(f"{value:8.3f}" for value in line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
