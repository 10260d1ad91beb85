"""A rendered collection in which a rare red bird passes now and then, and who knows where."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from raravis import flow
from raravis.demo.film import CONCEPT, FPS, encode, film
from raravis.demo.fliers import RARE, scaled
from raravis.demo.scenes import PAN, SCENES, backdrop
from raravis.flow.collection import load
from raravis.flow.truth import read_oracle
from raravis.simulate.project import known_truth
from raravis.store import Project
from raravis.types import YES

SECONDS = 24
BIRDS = {"brook.mp4": 2, "meadow.mp4": 1, "orchard.mp4": 0}  # passages, of about two seconds
SAMPLE, DETECT = "every:0.5", "tiles:2"
EVENTS = sum(BIRDS.values())
HEADER = ("source", "concept", "value", "start_seconds", "end_seconds", "x0", "y0", "x1", "y1")


@dataclass(frozen=True)
class Truth:
    """What a person would see: the items that show the bird, and the passages that each of them is of."""

    yes: frozenset[int]
    passages: dict[int, frozenset[int]]  # item → numbers of passages

    def value(self, item: int) -> int:
        return 1 if item in self.yes else -1

    def key(self, item: int) -> str:
        """The key that answers it."""
        return "y" if item in self.yes else "n"


@dataclass(frozen=True)
class Birds:
    """`folder` holds the films, an oracle and an example; `project` a finished project of them."""

    folder: Path
    truth: Truth

    @property
    def films(self) -> Path:
        return self.folder / "films"

    @property
    def example(self) -> Path:
        return self.folder / "bird.jpg"

    @property
    def project(self) -> Path:
        return self.folder / "project"


def make(folder: Path) -> Birds:
    """Films, oracle, example and project, in a few seconds."""
    (folder / "films").mkdir()
    rows = []
    for number, (name, birds) in enumerate(BIRDS.items()):
        rng = np.random.default_rng([5, number])
        seen = encode(folder / "films" / name, film(backdrop(SCENES[number], rng), SECONDS * FPS, birds, rng))
        rows += [(name, CONCEPT, 1, frame / FPS, (frame + 1) / FPS, *box) for frame, box in seen]
    with (folder / "oracle.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows])
    _draw_example(folder / "bird.jpg")
    with Project.open(folder / "project", create=True) as project:
        flow.ingest(project, [folder / "films"])
        flow.sample(project, sample=SAMPLE)
        flow.detect(project, detect=DETECT, sample=SAMPLE)
        flow.embed(project)
    return Birds(folder, truth_of(folder / "project", folder / "oracle.csv"))


def truth_of(project_folder: Path, oracle: Path) -> Truth:
    """Of every item that a project has by now."""
    with Project.open(project_folder) as project:
        collection = load(project)
        known = known_truth(project, collection, read_oracle(project, oracle, CONCEPT), CONCEPT)
    ids = collection.vectors.ids
    passages: defaultdict[int, set[int]] = defaultdict(set)
    for row, number in known.truth.met.tolist():
        passages[int(ids[row])].add(number)
    yes = frozenset(int(item) for item in ids[known.truth.value == YES])
    return Truth(yes, {item: frozenset(numbers) for item, numbers in passages.items()})


def _draw_example(path: Path) -> None:
    """The bird before a landscape that no film shows."""
    picture = backdrop(SCENES[3], np.random.default_rng(7)).at(PAN // 2)
    sprite = scaled(RARE, 90, flipped=False, tilt=6)[0]
    picture.paste(sprite, (115, 40), sprite)
    picture.crop((80, 30, 80 + 176, 30 + 132)).save(path, quality=92)
