"""All items of a collection in an order, kept, so that pages of it fit together while scores change."""

from __future__ import annotations

from itertools import count
from threading import Lock
from typing import Literal, NamedTuple

import numpy as np

from raravis.flow.collection import Collection
from raravis.flow.viewing.course import course_of
from raravis.types import Floats, Ints

Order = Literal["score", "time", "doubt"]
KEPT = 4  # of a million items 8 MB each


class Ordered(NamedTuple):
    """An order of all rows of a collection."""

    version: int
    order: Order
    rows: Ints  # (N,); by doubt those alone that were answered
    scores: Floats | None  # those that it was made by


class Orders:
    """The last few orders of one collection. Several threads may ask."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self._held: list[Ordered] = []
        self._numbers, self._lock = count(1), Lock()

    def of(self, order: Order, scores: Floats | None, *, version: int = 0) -> Ordered:
        """The order of this version, where it is held; else the one by these scores, best first, ties as embedded.

        By time, too, where there are no scores.
        """
        order = "time" if scores is None else order
        with self._lock:
            for held in self._held:
                if held.version == version or (held.order == order and (order == "time" or held.scores is scores)):
                    return held
            self._held.insert(0, Ordered(next(self._numbers), order, self._rows(order, scores), scores))
            del self._held[KEPT:]
            return self._held[0]

    def _rows(self, order: Order, scores: Floats | None) -> Ints:
        if order == "time" or scores is None:
            return course_of(self.collection).order
        rows = np.argsort(-scores, kind="stable").astype(np.int64)  # NaN last
        return rows[: int(np.sum(~np.isnan(scores)))] if order == "doubt" else rows
