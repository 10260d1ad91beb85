"""search: a picture, or the examples of a concept → the items most like it, as a Round."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import Collection, load
from raravis.flow.embed import known
from raravis.flow.examples import add_examples, embed_examples, vectors_of
from raravis.store import concepts, examples, rounds
from raravis.store.project import Project
from raravis.types import YES, Floats, Round


def search(
    project: Project,
    *,
    concept: str | None = None,
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    k: int = 24,
    encoder: str | None = None,
) -> Round:
    """The k items most like the pictures, best first, one a frame, remembered as a Round.

    With a concept the pictures become its examples. The score is the cosine with the mean of the examples less
    the mean of the counter-examples. Raises InputError when there is nothing to search by.
    """
    if concept is not None and (like or unlike):
        add_examples(project, concept, like=like, unlike=unlike)
    collection = load(project, encoder)
    query = _query(project, collection, concept, like, unlike)
    enough = k * int(np.bincount(collection.frame).max())  # items, were they all of as few frames as can be
    ids, scores = collection.index.search(query[None], min(len(collection), enough))
    rows = collection.rows(ids[0])
    first = np.sort(np.unique(collection.frame[rows], return_index=True)[1])[:k]
    params = {"like": [str(p) for p in like], "unlike": [str(p) for p in unlike], "k": k}
    found, space = collection.vectors.ids[rows[first]], collection.vectors.encoder
    with project.begin() as c:
        concepts.add(c, concept or "")
        return rounds.keep(c, concept or "", found, scores[0][first], strategy="search", params=params, encoder=space)


def _query(
    project: Project,
    collection: Collection,
    concept: str | None,
    like: Sequence[str | Path],
    unlike: Sequence[str | Path],
) -> Floats:
    name = collection.vectors.encoder
    if concept is not None:
        embed_examples(project, concept, name)
        with project.read() as c:
            vectors, signs = examples.vectors(c, concept, name)
        positive, negative = vectors[signs == YES], vectors[signs != YES]
    else:
        encoder = known(project, name)
        positive, negative = vectors_of(encoder, like), vectors_of(encoder, unlike)
    if not len(positive):
        raise InputError("nothing to search by; give a picture with --like, or --for a concept that has examples")
    query = positive.mean(axis=0) - (negative.mean(axis=0) if len(negative) else 0)
    return np.asarray(query / max(float(np.linalg.norm(query)), 1e-9), np.float32)
