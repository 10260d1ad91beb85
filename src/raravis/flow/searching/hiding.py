"""Which rows of a collection are hidden behind others that are in it too."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from raravis.flow.collection import Collection
from raravis.store import hidden
from raravis.store.project import Project
from raravis.types import Bools, Ints

_rows: WeakKeyDictionary[Collection, tuple[int, Bools]] = WeakKeyDictionary()


def hidden_rows(project: Project, collection: Collection) -> Bools:
    """(N,) True for what comes out of no search, for something else does instead; not to be written to.

    What stands for it has to be there to do so: where that was overwritten, or has no vector under this encoder, the
    item itself is shown again. Kept with the collection until what is hidden changes. See `flow.dedup`.
    """
    with project.read() as c:
        version = hidden.version(c)
        held = _rows.get(collection)
        if held is None or held[0] != version:
            held = _rows[collection] = (version, _away(collection, *hidden.all(c)))
    return held[1]


def _away(collection: Collection, items: Ints, instead: Ints) -> Bools:
    away = np.zeros(len(collection), bool)
    there = np.isin(instead, collection.vectors.ids) & ~np.isin(instead, items)
    away[collection.rows(items[there])] = True
    away.flags.writeable = False
    return away
