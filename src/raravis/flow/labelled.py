"""What classifiers learn from and are tried on: a project's answers, or a folder of pictures by class."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError, MediaError
from raravis.flow.class_folders import ClassFile, class_files, embedded, groups_of, pictures_of
from raravis.flow.clips import crops
from raravis.flow.collection import Collection, bare_pool, load
from raravis.flow.encoder import loaded
from raravis.flow.media import works
from raravis.flow.tell import Map, Say, Tell, quiet, silent, typed
from raravis.media.identity import digest
from raravis.media.lists import absolute
from raravis.pick.ends import PROPAGATED
from raravis.scale.processes import in_process
from raravis.store import concepts as store_concepts
from raravis.store import items, labels, sources
from raravis.store.project import Project
from raravis.train.calibrate import event_groups
from raravis.train.labelled import Labelled, only_one_yes
from raravis.types import CANT_TELL, NO, WHOLE, YES, Bools, Box, Floats, Head, Ints, Pixels, Source

APART_SECONDS = 5.0  # items nearer than this on a timeline are one group
WEAK = 1000  # items that nobody answered, of a classifier of rare things
WEAK_WEIGHT = 100.0  # answered no's that they weigh as together, at first


def of_project(
    project: Project,
    concepts: Sequence[str],
    encoder: str | None = None,
    *,
    exclusive: bool = False,
    propagated: bool = True,
    weak: int = 0,
    seed: int = 0,
    apart_seconds: float = APART_SECONDS,
    collection: Collection | None = None,
) -> Labelled:
    """The items answered about any of the concepts, in the order embedded, with their vectors under an encoder.

    What follows from answers counts with its smaller weight, or not at all. Up to `weak` items that nobody answered
    come last, as a little of a no to every concept: what is rare is not there. All these weigh below 1, and are no
    evidence of how good a classifier is. Of concepts that exclude one another a yes to one is a no to the others. A
    group is a run of items along a timeline without a pause above `apart_seconds`. Raises InputError for an unknown
    concept or encoder, or where nothing was answered.
    """
    collection = collection or load(project, encoder)
    value, weight, free = _told(project, collection, concepts, propagated)
    rows = np.flatnonzero(weight > 0)
    if not len(rows):
        label = typed(project, "label", "--for", concepts[0])
        raise InputError(f"nothing answered about {' or '.join(map(repr, concepts))} yet; run: {label}")
    group = event_groups(bare_pool(collection), rows, apart_seconds=apart_seconds)
    drawn = np.sort(np.random.default_rng(seed).permutation(free)[:weak])
    value[drawn], weight[drawn] = NO, _weak_weight(value, weight, len(drawn))
    rows = np.concatenate([rows, drawn])
    return Labelled(
        names=tuple(concepts),
        exclusive=exclusive,
        value=only_one_yes(value[rows]) if exclusive else value[rows],
        group=np.concatenate([group, group.max() + 1 + np.arange(len(drawn))]),  # each by itself
        weight=weight[rows],
        split=("",) * len(rows),
        shown=tuple(shown_as(collection, row) for row in rows.tolist()),
        pictures=functools.partial(pictures_at, project, collection, rows),
        vectors=functools.partial(_vectors, collection, rows),
        encoder=collection.vectors.encoder,
        items=collection.vectors.ids[rows],
        identity=functools.partial(identities, collection, rows),
    )


def of_folder(
    folder: str | Path,
    *,
    classes: Sequence[str] = (),
    encoder: str | None = None,
    map: Map = in_process,
    say: Say = quiet,
    tell: Tell = silent,
) -> Labelled:
    """The pictures below `train|val/CLASS/` or `CLASS/`, folders inside included, by path.

    Each is of one class and no other; with `classes` only these are told apart, from one another and from the rest.
    What is passed over is said, counted and listed; an empty class is said and left out. A group is a folder below
    the class, or pictures taken within seconds of one another. With the spec of an `encoder` they have vectors, and
    pictures that cannot be read are left out. Raises InputError where there are no pictures, or classes that are not
    there, ModelError for an encoder that cannot be used.
    """
    files = class_files(Path(folder), say)
    vectors: Floats | None = None
    if encoder is not None:
        files, vectors = embedded(files, encoder, map=map, say=say, tell=tell)
    found = tuple(sorted({file.of for file in files}))
    names = tuple(dict.fromkeys(classes)) or found
    if missing := [name for name in names if name not in found]:
        raise InputError(f"{folder}: no class {missing[0]!r} with pictures; it has: {', '.join(found)}")
    return Labelled(
        names=names,
        exclusive=not classes,
        value=np.array([[YES if file.of == name else NO for name in names] for file in files], np.int8),
        group=groups_of(files),
        weight=np.ones(len(files), np.float32),
        split=tuple(file.split for file in files),
        shown=tuple(file.path.relative_to(absolute(folder)).as_posix() for file in files),
        pictures=functools.partial(_files_read, files),
        vectors=None if vectors is None else vectors.__getitem__,
        encoder="" if encoder is None else loaded(encoder).id,
        identity=functools.partial(_files_identified, files),
    )


def _told(
    project: Project, collection: Collection, concepts: Sequence[str], propagated: bool
) -> tuple[NDArray[np.int8], Floats, Ints]:
    """(N, C) what is known of each item of the collection, (N,) what it counts, and rows of which nothing was said."""
    value = np.zeros((len(collection), len(concepts)), np.int8)
    weight = np.zeros(len(collection), np.float32)
    free = np.ones(len(collection), bool)
    for column, concept in enumerate(concepts):
        with project.read() as c:
            store_concepts.require(c, concept)
            latest = labels.latest(c, concept)
        free[collection.rows(latest.item_id)] = False
        latest = latest.take(_counts(latest, propagated) & np.isin(latest.item_id, collection.vectors.ids))
        rows = collection.rows(latest.item_id)
        value[rows, column] = latest.value
        weight[rows] = np.maximum(weight[rows], latest.weight)
    return value, weight, np.flatnonzero(free)


def _weak_weight(value: NDArray[np.int8], weight: Floats, weak: int) -> float:
    """What each of the weak no's counts, as `train.linear.fit` has it: they fade as real ones come."""
    no_answers = float(((value == NO) * weight[:, None]).sum(axis=0).mean())
    return min(WEAK_WEIGHT / (1 + no_answers / WEAK_WEIGHT) / max(weak, 1), PROPAGATED)


def _counts(latest: labels.Latest, propagated: bool) -> Bools:
    known = latest.value != CANT_TELL
    return np.asarray(known & (latest.given() | (propagated & (latest.source == labels.PROPAGATED))))


def shown_as(collection: Collection, row: int) -> str:
    """The file's name, and of a film the time into it."""
    source = collection.sources[int(collection.table.source_id[row])]
    name = source.places[0].name
    return name if source.kind == "image" else f"{name} {source.seconds(int(collection.table.pts[row])):.2f} s"


def identity_of(digest: str, pts: int | None = None, box: Box = WHOLE) -> str:
    """16 letters for a picture's file, a frame of a film, or a part of either, by content alone."""
    told = digest if pts is None and box == WHOLE else f"{digest} {pts} {box}"
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def identities(collection: Collection, chosen: Ints, rows: Ints) -> list[str]:
    """What each of the chosen rows of a collection is, of those of the numbers asked for."""
    table = collection.table.take(chosen[rows])
    columns = zip(table.source_id.tolist(), table.pts.tolist(), table.boxes.tolist(), strict=True)
    return [_identity(collection.sources[source], pts, tuple(box)) for source, pts, box in columns]


def taught_by_content(project: Project, head: Head) -> list[str]:
    """What a project's head learned from, sorted: the items that its answers were about, those gone since left out."""
    taught = set(head.trained_on)
    with project.read() as c:
        logs = (labels.log(c, name) for name in head.names)
        table = items.some(c, {one.item_id for log in logs for one in log if one.id in taught})
        known = sources.some(c, set(table.source_id.tolist()))
    columns = zip(table.source_id.tolist(), table.pts.tolist(), table.boxes.tolist(), strict=True)
    return sorted(_identity(known[source], pts, tuple(box)) for source, pts, box in columns)


def _identity(source: Source, pts: int, box: Box) -> str:
    return identity_of(source.digest, None if source.kind == "image" else pts, box)


def _files_identified(files: Sequence[ClassFile], rows: Ints) -> list[str]:
    return [identity_of(digest(files[row].path)) for row in rows.tolist()]


def _vectors(collection: Collection, chosen: Ints, rows: Ints) -> Floats:
    return np.asarray(collection.vectors.data[chosen[rows]], np.float32)


def pictures_at(project: Project, collection: Collection, chosen: Ints, rows: Ints) -> Iterator[tuple[int, Pixels]]:
    """One pass a file."""
    table = collection.table.take(chosen[rows])
    number = dict(zip(table.ids.tolist(), rows.tolist(), strict=True))
    with project.read() as c:
        needed = works(c, table)
    for work in needed:
        try:
            yield from ((number[item], picture) for item, (picture,) in crops(work, 1))
        except MediaError:
            continue  # a file that is gone teaches nothing


def _files_read(files: Sequence[ClassFile], rows: Ints) -> Iterator[tuple[int, Pixels]]:
    return pictures_of([files[row] for row in rows.tolist()], rows)
