"""Who says what: a classifier's file, a project's own heads, or heads that never saw what they are tried on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from raravis.classify import Classifier
from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.evaluating.trial import Trial
from raravis.flow.tell import Tell, silent, typed
from raravis.store import concepts, heads
from raravis.store.project import Project
from raravis.types import WHOLE, Floats, Head, Ints

BATCH = 32  # pictures at a time
ROWS = 1 << 16  # vectors at a time


@dataclass(frozen=True, eq=False)
class Judge:
    """What says how likely each class is."""

    id: str
    names: tuple[str, ...]
    threshold: Floats  # (C,)
    exclusive: bool
    probability: Callable[[Trial, Tell], Floats]
    """(n, C); NaN for pictures that cannot be read."""
    labels: frozenset[int] = frozenset()  # ids of the answers that it learned from
    pictures: frozenset[str] = frozenset()  # what it learned from, by content
    everywhere: Callable[[Collection], Floats] | None = None  # (N, C) of all items, where that takes no decoding

    def of(self, names: Sequence[str]) -> Judge:
        """The same for some of the classes. Raises InputError for one that it does not know."""
        if strange := [name for name in names if name not in self.names]:
            raise InputError(f"{self.id}: does not know the class {strange[0]!r}; it knows: {', '.join(self.names)}")
        at = [self.names.index(name) for name in names]
        every = self.everywhere
        return replace(
            self,
            names=tuple(names),
            threshold=self.threshold[at],
            exclusive=self.exclusive and len(at) == len(self.names),
            probability=lambda trial, tell: self.probability(trial, tell)[:, at],
            everywhere=None if every is None else lambda collection: every(collection)[:, at],
        )


def of_file(path: Path, classifier: Classifier) -> Judge:
    """The classifier of a file: every picture is read and shown to it, unless the project has the vectors it wants."""
    encoder = getattr(getattr(classifier, "encoder", None), "id", None)

    def said(trial: Trial, tell: Tell) -> Floats:
        here = trial.collection
        if here is None or here.vectors.encoder != encoder:
            return _shown_all(classifier, trial, tell)
        return by_frame(here, _of_all(classifier, here))[trial.rows()]

    return Judge(
        classifier.id,
        tuple(classifier.names),
        np.asarray(classifier.threshold, np.float32),
        classifier.exclusive,
        said,
        pictures=learnt_from(path),
    )


def of_heads(project: Project, names: Sequence[str], encoder: str) -> Judge:
    """The newest head of each concept over an encoder's vectors; no picture is read. Raises InputError for none."""
    made = [_newest(project, name, encoder) for name in names]
    numbers = "+".join(str(number) for number, _ in made)
    chosen = [head for _, head in made]
    at = [head.names.index(name) for head, name in zip(chosen, names, strict=True)]

    def everywhere(collection: Collection) -> Floats:
        return np.stack([_of_all(head, collection)[:, i] for head, i in zip(chosen, at, strict=True)], axis=1)

    return Judge(
        f"head {numbers} over {encoder}",
        tuple(names),
        np.array([head.threshold[i] for head, i in zip(chosen, at, strict=True)], np.float32),
        all(head is chosen[0] and head.exclusive for head in chosen),
        lambda trial, _: by_frame(_collection(trial), everywhere(_collection(trial)))[trial.rows()],
        frozenset(itertools.chain.from_iterable(head.trained_on for head in chosen)),
        everywhere=lambda collection: by_frame(collection, everywhere(collection)),
    )


def by_frame(collection: Collection, prob: Floats) -> Floats:
    """(N, C): of a whole picture the best of any item of that frame: it is as good as its best part."""
    whole = np.all(collection.table.boxes == WHOLE, axis=1)
    if whole.all():
        return prob
    _, frame = np.unique(collection.frame, return_inverse=True)
    best = np.full((int(frame.max(initial=-1)) + 1, prob.shape[1]), -np.inf, np.float32)
    np.maximum.at(best, frame, prob)
    return np.where(whole[:, None], best[frame], prob)


def learnt_from(path: Path) -> frozenset[str]:
    """What the JSON beside a classifier says that it learned from, by content; nothing where it does not say."""
    file = path / "classifier.json" if path.is_dir() else path.with_suffix(".json")
    told: dict[str, Any] = json.loads(file.read_bytes())
    about = told.get("about")
    return frozenset(map(str, about.get("trained_on", ()) if isinstance(about, dict) else ()))


def _newest(project: Project, name: str, encoder: str) -> tuple[int, Head]:
    with project.read() as c:
        concepts.require(c, name)
        found = heads.latest(c, name, encoder)
    if found is None:
        raise InputError(f"no head for {name!r} over {encoder} yet; run: {typed(project, 'train', '--for', name)}")
    return found


def _of_all(head: Any, collection: Collection) -> Floats:
    """(N, C) by whatever has `probability` of vectors."""
    data = collection.vectors.data
    if not len(data):
        return np.zeros((0, len(head.names)), np.float32)
    parts = [head.probability(np.asarray(data[at : at + ROWS], np.float32)) for at in range(0, len(data), ROWS)]
    return np.concatenate(parts)


def _collection(trial: Trial) -> Collection:
    if trial.collection is None:
        raise InputError("a project's own head is tried on the project; for a folder of pictures: raravis export model")
    return trial.collection


def _shown_all(classifier: Classifier, trial: Trial, tell: Tell = silent) -> Floats:
    found = np.full((len(trial), len(classifier.names)), np.nan, np.float32)
    read, done = trial.data.pictures(np.arange(len(trial))), 0
    while batch := list(itertools.islice(read, BATCH)):
        rows: Ints = np.array([row for row, _ in batch], np.int64)
        found[rows] = classifier([picture for _, picture in batch])
        done += len(batch)
        tell("evaluate", done, len(trial))
    return found
