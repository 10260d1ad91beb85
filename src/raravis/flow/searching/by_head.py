"""The newest head of a concept: as a query, and as the probability of every row."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from raravis.arrays import unit
from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.index.codes import CHUNK, widened
from raravis.store import heads
from raravis.store.project import Project
from raravis.types import Floats, Head

_probabilities: WeakKeyDictionary[Collection, tuple[int, Floats]] = WeakKeyDictionary()


def head_of(project: Project, collection: Collection, concept: str) -> tuple[int, Head]:
    """Id and newest head of a concept over the collection's vectors. Raises InputError before there is one."""
    space = collection.vectors.encoder
    with project.read() as c:
        newest = heads.latest(c, concept, space)
    if newest is None:
        raise InputError(f"no head for {concept!r} over {space} yet; answer some, then run: raravis train --for NAME")
    return newest


def column(head: Head, concept: str) -> int:
    """Which of the head's classes the concept is."""
    return head.names.index(concept) if concept in head.names else 0


def direction(head: Head, concept: str) -> Floats:
    """(D,) unit length: dot products with it order vectors as the head's log odds do.

    Raises InputError for a head that has no one direction.
    """
    if head.hidden or head.exclusive:
        what = "hidden layers" if head.hidden else "classes that exclude one another"
        raise InputError(f"the head for {concept!r} has {what}, so it is no query; filter by --score LOW..HIGH")
    return unit(head.weight[:, column(head, concept)])


def probabilities(project: Project, collection: Collection, concept: str) -> Floats:
    """(N,) calibrated, in full precision; kept with the collection for the head that was asked for last."""
    head_id, head = head_of(project, collection, concept)
    held = _probabilities.get(collection)
    if held is None or held[0] != head_id:  # other threads ask about other concepts
        data, at = collection.vectors.data, column(head, concept)
        parts = [head.probability(widened(data[i : i + CHUNK]))[:, at] for i in range(0, len(data), CHUNK)]
        held = _probabilities[collection] = (head_id, np.concatenate(parts))
    return held[1]
