"""What a classifier is tried on: a project's answers, an oracle's about everything in it, or a folder by class."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import Collection, bare_pool, load
from raravis.flow.labelled import identities, of_folder, of_project, pictures_at, shown_as
from raravis.flow.results import events_of
from raravis.flow.tell import Say, quiet
from raravis.flow.truth import read_oracle
from raravis.formats.oracle import Oracle
from raravis.store import concepts
from raravis.store.project import Project
from raravis.time import order
from raravis.train.calibrate import event_groups
from raravis.train.labelled import Labelled, only_one_yes
from raravis.types import NO, Event, Ints

Kind = Literal["answers", "oracle", "folder"]
BLOCK_SECONDS = 60.0  # of footage that an oracle knows: a stretch without a change is cut into pieces so long


@dataclass(frozen=True, eq=False)
class Trial:
    """Pictures with what is known of each, and, in a project, where they lie and which events they are of."""

    data: Labelled
    kind: Kind
    project: Project | None = None
    collection: Collection | None = None
    events: tuple[list[Event], ...] = ()  # of each class; none in a folder, which has no time
    hours: float | None = None  # of footage, where all of it is known

    def __len__(self) -> int:
        return len(self.data)

    def take(self, kept: Ints) -> Trial:
        """Some of the rows."""
        return replace(self, data=some(self.data, kept))

    def ids(self) -> Ints:
        """(n,) of the items; a folder's pictures have none."""
        assert self.data.items is not None, "a folder is no project"
        return self.data.items

    def rows(self) -> Ints:
        """(n,) rows of the collection."""
        assert self.collection is not None, "a folder is no collection"
        return self.collection.rows(self.ids())


def some(data: Labelled, kept: Ints) -> Labelled:
    """Some of the rows, renumbered."""
    told: dict[str, Any] = {field.name: getattr(data, field.name) for field in fields(data)}
    for name in ("value", "group", "weight", "items"):
        told[name] = None if told[name] is None else told[name][kept]
    for name in ("split", "shown"):
        told[name] = tuple(told[name][row] for row in kept.tolist())
    number = {row: at for at, row in enumerate(kept.tolist())}
    told["pictures"] = lambda rows: ((number[row], picture) for row, picture in data.pictures(kept[rows]))
    for name in ("vectors", "identity"):
        whole = told[name]
        told[name] = None if whole is None else functools.partial(_of_kept, whole, kept)
    return Labelled(**told)


def _of_kept(whole: Callable[[Ints], Any], kept: Ints, rows: Ints) -> Any:
    return whole(kept[rows])


def of_answers(
    project: Project, names: Sequence[str], *, encoder: str | None, exclusive: bool, gap_seconds: float
) -> Trial:
    """What somebody answered about any of the concepts; what only follows from answers is no evidence."""
    collection = load(project, encoder, audited=True)
    data = of_project(project, names, exclusive=exclusive, propagated=False, collection=collection)
    events = tuple(events_of(project, name, gap_seconds=gap_seconds, scores={}) for name in names)
    return Trial(data, "answers", project, collection, events)


def of_oracle(
    project: Project,
    names: Sequence[str],
    path: str | Path,
    *,
    encoder: str | None,
    exclusive: bool,
    gap_seconds: float,
) -> Trial:
    """Every item of the collection as an oracle file knows it, and every event, those that no item touches too."""
    told = [read_oracle(project, path, name) for name in names]
    with project.begin() as c:
        for name in names:
            concepts.add(c, name)
    collection = load(project, encoder)
    value = np.stack([_answers(collection, o, name) for o, name in zip(told, names, strict=True)], axis=1)
    value = only_one_yes(value) if exclusive else value
    known = collection.sources.values()
    lasting = [(s.places, float(s.duration * s.time_base)) for s in known if s.places]
    rows = np.arange(len(collection))
    data = Labelled(
        names=tuple(names),
        exclusive=exclusive,
        value=value,
        group=_blocks(collection, value),
        weight=np.ones(len(rows), np.float32),
        split=("",) * len(rows),
        shown=tuple(shown_as(collection, row) for row in rows.tolist()),
        pictures=functools.partial(pictures_at, project, collection, rows),
        encoder=collection.vectors.encoder,
        items=collection.vectors.ids,
        identity=functools.partial(identities, collection, rows),
    )
    events = tuple(o.events(name, lasting, gap_seconds=gap_seconds) for o, name in zip(told, names, strict=True))
    return Trial(data, "oracle", project, collection, events, sum(each for _, each in lasting) / 3600)


def of_classes(folder: str | Path, names: Sequence[str], *, exclusive: bool, say: Say = quiet) -> Trial:
    """Pictures by class, with those of the classes (C,) that the folder has none of as a no to each.

    Where classes do not exclude one another those that it lacks are left out, and a class that is not asked about is
    a no to all. Raises InputError for a folder of other classes.
    """
    data = of_folder(folder, say=say)
    if strange := [name for name in data.names if name not in names] if exclusive else []:
        raise InputError(f"{folder}: the model does not know the class {strange[0]!r}; it knows: {', '.join(names)}")
    here = [name for name in names if name in data.names]
    if not here:
        raise InputError(f"{folder}: has the classes {', '.join(data.names)}; the model knows: {', '.join(names)}")
    if not exclusive:
        return Trial(of_folder(folder, classes=here, say=quiet), "folder")
    value = np.full((len(data), len(names)), NO, np.int8)
    value[:, [list(names).index(name) for name in data.names]] = data.value
    return Trial(replace(data, names=tuple(names), value=value), "folder")


def _answers(collection: Collection, oracle: Oracle, concept: str) -> Any:
    """(N,) 1, -1, or 0 for can't tell, by row."""
    value, table = np.zeros(len(collection), np.int8), collection.table
    by_source = np.argsort(table.source_id, kind="stable")
    for rows in np.split(by_source, np.flatnonzero(np.diff(table.source_id[by_source])) + 1):
        source = collection.sources[int(table.source_id[rows[0]])]
        seconds = np.asarray((table.pts[rows] - source.start) * float(source.time_base), np.float64)
        names = [place.name for place in source.places]
        value[rows] = oracle.answers(concept, names, seconds, table.boxes[rows])
    return value


def _blocks(collection: Collection, value: Any) -> Ints:
    """(N,) a number for each stretch of a timeline without a pause or a change of what is so, a minute at most."""
    pool, rows = bare_pool(collection), np.arange(len(collection))
    group = event_groups(pool, rows, apart_seconds=5.0)
    by_time = order(collection.timeline, collection.seconds)
    changes = np.any(np.diff(value[by_time], axis=0) != 0, axis=1)
    run = np.empty(len(rows), np.int64)
    run[by_time] = np.append(0, np.cumsum(changes | (np.diff(group[by_time]) != 0)))[: len(rows)]
    minute = np.where((value > 0).any(axis=1), 0, collection.seconds // BLOCK_SECONDS).astype(np.int64)
    return np.unique(np.stack([run, minute], axis=1), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
