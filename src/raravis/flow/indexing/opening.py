"""Where a built index lies, opened for a collection, removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from raravis.errors import InputError, StoreError
from raravis.flow.collection import Collection
from raravis.flow.encoder import space_named
from raravis.flow.tell import typed
from raravis.index import Index, generations, kept
from raravis.index.approximate import Approximate, lost
from raravis.index.lists import Lists, in_memory, taken_out
from raravis.index.manifest import REBUILD
from raravis.store import encoders, shards
from raravis.store.project import Project


def folder_of(project: Project, encoder: str) -> Path:
    """Where what was built over an encoder's vectors lies."""
    return shards.folder_of(project.index, encoder)


def opened(project: Project, collection: Collection) -> Lists | None:
    """The lists built over the collection's vectors, or most of them; None where there are none.

    Raises StoreError where they are damaged or of other vectors, InputError without the library.
    """
    try:
        return kept.opened(folder_of(project, collection.vectors.encoder), collection.vectors)
    except StoreError as error:
        raise StoreError(as_typed(project, collection.vectors.encoder, str(error))) from None


def index_of(project: Project, collection: Collection) -> Index:
    """What was built, with what came since beside it; the collection's exact index where nothing was built.

    Raises as `opened` does.
    """
    lists = opened(project, collection)
    return collection.index if lists is None else Approximate(collection.vectors, lists, collection.index)


def remove(project: Project, encoder: str | None = None) -> int:
    """Bytes that went with what was built over an encoder's vectors: searches scan them all from now on.

    Raises InputError where the encoder is unknown.
    """
    with project.lock("raravis index remove"), project.read() as c:
        name = space_named(c, project, encoder) if encoder else encoders.current(c)
        if name is None:
            return 0
        folder = folder_of(project, name)
        size = sum(file.stat().st_size for file in folder.glob("*/*"))
        generations.sweep(folder, keep=False)
    return size


def prune(c: Any, project: Project) -> None:
    """Takes out of every built index what its encoder has no vectors of any more, from the files too.

    What cannot be opened goes as a whole: what was forgotten may be in it.
    """
    for encoder in encoders.all(c):
        folder = folder_of(project, encoder.id)
        vectors = shards.load(c, project.vectors, encoder.id)
        try:
            lists = kept.opened(folder, vectors)
            gone = np.zeros(0, np.int64) if lists is None else lost(lists, vectors)
            if lists is not None and len(gone):
                kept.keep(taken_out(in_memory(lists), gone), vectors, folder)
        except (StoreError, InputError):
            generations.sweep(folder, keep=False)


def as_typed(project: Project, encoder: str, line: str) -> str:
    """The line, what it says to run as it can be typed here."""
    return line.replace(REBUILD, typed(project, "index", "--rebuild", "--encoder", encoder))
