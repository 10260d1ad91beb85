"""What is meant → a vector to search by: examples and their weights, a head, and the best of a first search."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from raravis.arrays import unit
from raravis.errors import InputError
from raravis.flow.encoder import known
from raravis.flow.examples import embedded, reads
from raravis.flow.likeness import spread
from raravis.flow.searching.by_head import direction, head_of
from raravis.flow.searching.hits import moments
from raravis.flow.searching.searcher import Searcher
from raravis.media.region import is_there
from raravis.store import examples
from raravis.store.examples import Example, ExampleVectors
from raravis.store.project import Project
from raravis.types import YES, Bools, Floats, Vectors

LARGEST = 1e6  # a weight above it leaves nothing of the others, whose digits are lost


@dataclass(frozen=True)
class Weights:
    """What each kind of example counts in a query; the last two are taken off. docs/search.md has measurements."""

    like: float = 1.0
    text: float = 1.0
    unlike: float = 0.5
    text_not: float = 0.5

    def __post_init__(self) -> None:
        for kind, weight in asdict(self).items():
            if not 0 <= weight <= LARGEST:
                raise InputError(f"weight of {told(kind)}: got {weight:g}, wanted 0 to {LARGEST:,.0f}")


AS_MEASURED = Weights()


class Counted(NamedTuple):
    """Examples to search by."""

    known_by: ExampleVectors
    each: Floats  # (E,) what each counts beside the others of its kind, 1 unless told

    def of_each_kind(self) -> dict[str, int]:
        """How many there are, by the names of Weights."""
        return {kind: int(rows.sum()) for kind, rows in _kinds(self.known_by).items()}


def weighed(name: str) -> tuple[str, float]:
    """What was given and what it counts: `photo.jpg@0.5`, `item:7@2` and `red car@0.5`, else 1.

    The name of a file that is there is a file. Raises InputError for a weight that is none.
    """
    match = re.fullmatch(r"(.*\S)@(\d+(?:\.\d+)?|\.\d+)", name, re.ASCII | re.DOTALL)
    if match is None or is_there(name):
        return name, 1.0
    if not 0 < (weight := float(match[2])) <= LARGEST:
        raise InputError(f"{name}: got {match[2]} as its weight; wanted one above 0, up to {LARGEST:,.0f}")
    return match[1], weight


def query_vector(
    project: Project,
    searcher: Searcher,
    several: Sequence[Example] = (),
    *,
    each: Sequence[float] | None = None,
    concept: str | None = None,
    weights: Weights = AS_MEASURED,
    by_head: bool = False,
    expand: int = 0,
    allowed: Bools | None = None,
) -> Floats:
    """(D,) unit length: these examples, and those that the concept has, as `docs/search.md` has it; nothing is kept.

    `by_head` takes the concept's newest head instead; `expand` adds the so many best items that are `allowed`. Raises
    InputError where there is nothing to search by, for what the encoder cannot read, and for no head.
    """
    if by_head:
        query = direction(head_of(project, searcher.collection, concept or "")[1], concept or "")
    else:
        given = counted(project, searcher.collection.vectors.encoder, several, each)
        if concept is not None:
            given = joined(of_concept(project, concept, searcher.collection.vectors.encoder), given)
        query = query_of(searcher.collection.vectors, given.known_by, weights, given.each)
    return expanded(searcher, query, expand, allowed=allowed)


def counted(
    project: Project, encoder_id: str, several: Sequence[Example], each: Sequence[float] | None = None
) -> Counted:
    """Examples that are given, kept nowhere."""
    vectors = embedded(project, encoder_id, several) if several else np.zeros((0, 0), np.float32)
    signs = np.array([one.sign for one in several], np.int8)
    texts = np.array([one.kind == "text" for one in several], bool)
    weights = np.ones(len(several), np.float32) if each is None else np.asarray(each, np.float32)
    return Counted(ExampleVectors(vectors, signs, texts), weights)


def of_concept(project: Project, concept: str, encoder_id: str) -> Counted:
    """Those that the concept has; texts that the encoder cannot read are left out. Raises InputError for no concept."""
    with project.read() as c:
        kept = examples.vectors(c, concept, encoder_id)
        missing = examples.without_vector(c, concept, encoder_id)
    seen = [one for one in missing if one.kind != "text" or reads(known(project, encoder_id), one.name)]
    return joined(Counted(kept, np.ones(len(kept.data), np.float32)), counted(project, encoder_id, seen))


def joined(one: Counted, other: Counted) -> Counted:
    """The examples of both."""
    if not len(one.each) or not len(other.each):
        return one if len(one.each) else other
    pairs: list[Any] = list(zip(one.known_by, other.known_by, strict=True))
    return Counted(ExampleVectors(*map(np.concatenate, pairs)), np.concatenate([one.each, other.each]))


def query_of(vectors: Vectors, known_by: ExampleVectors, weights: Weights, each: Floats | None = None) -> Floats:
    """(D,) unit length, to search these vectors by; `each` (E,) is what each example counts, 1 unless told.

    Raises InputError where nothing that is meant has a weight.
    """
    each = np.ones(len(known_by.data), np.float32) if each is None else each
    counts = asdict(weights) | {"unlike": -weights.unlike, "text_not": -weights.text_not}
    of_kind = {kind: rows for kind, rows in _kinds(known_by).items() if rows.any() and counts[kind]}
    if not of_kind.keys() & {"like", "text"}:
        raise InputError(f"nothing to search by; {_what_to_give(Counted(known_by, each).of_each_kind())}")
    means = {kind: _mean(known_by.data[rows], each[rows]) for kind, rows in of_kind.items()}
    parts = [counts[kind] * each[of_kind[kind]].mean() * mean / spread(vectors, mean) for kind, mean in means.items()]
    return unit(np.sum(parts, axis=0))


def expanded(searcher: Searcher, query: Floats, n: int, *, allowed: Bools | None = None) -> Floats:
    """(D,) unit length: the mean of the query (D,) and the n best that it finds, one a frame; n = 0 leaves it as it is.

    Average query expansion, Chum et al. 2007, doi:10.1109/ICCV.2007.4408891, one round.
    """
    if n == 0:
        return query
    rows, _ = moments(searcher, query, n, allowed=allowed)
    found = searcher.collection.vectors.data[rows].astype(np.float32)
    return unit(query + found.sum(axis=0))


def idle(weights: Weights, given: Mapping[str, int]) -> list[str]:
    """The kinds that were given a weight of their own, and have no example."""
    counts, usual = asdict(weights), asdict(AS_MEASURED)
    return [kind for kind, n in given.items() if not n and counts[kind] and counts[kind] != usual[kind]]


def told(kind: str) -> str:
    """What people call it: the option, without its dashes."""
    return kind.removeprefix("text_")


def _kinds(known_by: ExampleVectors) -> dict[str, Bools]:
    """Which examples (E,) are of each kind, by the names of Weights."""
    yes, text = known_by.sign == YES, known_by.text
    return {"like": yes & ~text, "text": yes & text, "unlike": ~yes & ~text, "text_not": ~yes & text}


def _mean(vectors: Floats, each: Floats) -> Floats:
    """(D,) the plain mean where all count the same: to the last bit what it was before they could differ."""
    if np.all(each == each[0]):
        return np.asarray(vectors.mean(axis=0), np.float32)
    return np.asarray(np.average(vectors, axis=0, weights=each), np.float32)


def packed(query: Floats) -> str:
    """A query (D,) as a round keeps it, to be searched by again: base64 of float32, little-endian."""
    return base64.b64encode(query.astype("<f4").tobytes()).decode()


def unpacked(text: str) -> Floats:
    """What was packed."""
    return np.frombuffer(base64.b64decode(text), "<f4").astype(np.float32)


def _what_to_give(given: Mapping[str, int]) -> str:
    weightless = [kind for kind in ("like", "text") if given[kind]]
    if weightless:
        return f"the weight of {' and of '.join(weightless)} is 0, wanted one above 0: --weight {weightless[0]}=1"
    return "give a picture with --like, words with --text, or --for a concept that has examples"
