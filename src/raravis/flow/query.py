"""search: pictures, items, words, or the examples of a concept → the items most like them, as a Round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from raravis.errors import InputError
from raravis.flow import words
from raravis.flow.collection import Collection, load
from raravis.flow.encoder import known
from raravis.flow.examples import add_examples, embed_examples, embedded, given
from raravis.flow.likeness import spread
from raravis.flow.tell import Say, quiet
from raravis.store import concepts, examples, rounds
from raravis.store.examples import ExampleVectors
from raravis.store.project import Project
from raravis.types import YES, Bools, Floats, Ints, Round, Vectors

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
                raise InputError(f"weight of {_told(kind)}: got {weight:g}, wanted 0 to {LARGEST:,.0f}")


AS_MEASURED = Weights()


def search(
    project: Project,
    *,
    concept: str | None = None,
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    text: Sequence[str] = (),
    text_not: Sequence[str] = (),
    weights: Weights = AS_MEASURED,
    k: int = 24,
    keep: bool = True,
    encoder: str | None = None,
    collection: Collection | None = None,
    say: Say = quiet,
) -> Round:
    """The k items most like the pictures and the words, best first, one a frame, remembered as a Round.

    Pictures are `FILE`, `FILE#x0,y0,x1,y1` or `item:ID`. With a concept all that is given becomes its examples, unless
    `keep` is off, and those it has count too. The score is the cosine with the query: of each kind of example the mean,
    times its weight, scaled so that the scores of every kind spread alike over the collection. `say` hears which class
    names stand for a text, and which weights count nothing. A `collection` at hand need not be loaded again. Raises
    InputError when there is nothing to search by, and when the encoder cannot read a text: then no example is kept.
    """
    collection = collection or load(project, encoder)
    asked = {"like": [*map(str, like)], "unlike": [*map(str, unlike)], "text": [*text], "text_not": [*text_not]}
    classes = _classes(project, collection.vectors.encoder, asked, say)
    known_by = _examples(project, collection, concept, asked if keep or concept is None else {}, say)
    if concept is not None and not keep:
        known_by = _joined(known_by, _these(project, collection, asked))
    for kind in _idle(weights, known_by):
        say(f"weight {_told(kind)}={getattr(weights, kind):g} counts nothing: there is no --{_told(kind)}")
    rows, scores = _best(collection, query_of(collection.vectors, known_by, weights), k)
    params = {**asked, "weights": asdict(weights), "classes": classes, "counted": _counted(known_by), "k": k}
    found, space = collection.vectors.ids[rows], collection.vectors.encoder
    with project.begin() as c:
        concepts.add(c, concept or "")
        return rounds.keep(c, concept or "", found, scores, strategy="search", params=params, encoder=space)


def _classes(project: Project, encoder_id: str, asked: Mapping[str, list[str]], say: Say) -> dict[str, list[str]]:
    """The class names that stand for each text, where the encoder has no other words; raises where it has none."""
    texts = [*asked["text"], *asked["text_not"]]
    if not texts:
        return {}
    read = words.read(known(project, encoder_id), texts)
    for note in read.notes():
        say(note)
    return read.classes


def _examples(
    project: Project, collection: Collection, concept: str | None, asked: Mapping[str, list[str]], say: Say
) -> ExampleVectors:
    """What to search by: what is given, or with a concept all its examples, these among them."""
    name = collection.vectors.encoder
    if concept is None:
        return _these(project, collection, asked)
    if any(asked.values()):
        add_examples(project, concept, **asked)
    for text in embed_examples(project, concept, name):
        say(f"encoder {name} cannot read the example {text!r}, which is left out")
    with project.read() as c:
        return examples.vectors(c, concept, name)


def _these(project: Project, collection: Collection, asked: Mapping[str, list[str]]) -> ExampleVectors:
    """What is given, kept nowhere."""
    several = given(**asked)
    vectors = embedded(project, collection.vectors.encoder, several) if several else np.zeros((0, 0), np.float32)
    signs = np.array([one.sign for one in several], np.int8)
    return ExampleVectors(vectors, signs, np.array([one.kind == "text" for one in several], bool))


def _joined(one: ExampleVectors, other: ExampleVectors) -> ExampleVectors:
    if not len(one.data) or not len(other.data):
        return one if len(one.data) else other
    both = ((one.data, other.data), (one.sign, other.sign), (one.text, other.text))
    return ExampleVectors(*(np.concatenate(pair) for pair in both))  # type: ignore[arg-type]


def _kinds(known_by: ExampleVectors) -> dict[str, Bools]:
    """Which examples (E,) are of each kind, by the names of Weights."""
    yes, text = known_by.sign == YES, known_by.text
    return {"like": yes & ~text, "text": yes & text, "unlike": ~yes & ~text, "text_not": ~yes & text}


def _counted(known_by: ExampleVectors) -> dict[str, int]:
    return {kind: int(rows.sum()) for kind, rows in _kinds(known_by).items()}


def _idle(weights: Weights, known_by: ExampleVectors) -> list[str]:
    """The kinds that were given a weight of their own, and have no example."""
    counts, usual = asdict(weights), asdict(AS_MEASURED)
    return [kind for kind, n in _counted(known_by).items() if not n and counts[kind] and counts[kind] != usual[kind]]


def _told(kind: str) -> str:
    """What people call it: the option, without its dashes."""
    return kind.removeprefix("text_")


def query_of(vectors: Vectors, known_by: ExampleVectors, weights: Weights) -> Floats:
    """(D,) unit length, to search these vectors by. Raises InputError where nothing that is meant has a weight."""
    counts = asdict(weights) | {"unlike": -weights.unlike, "text_not": -weights.text_not}
    of_kind = {kind: rows for kind, rows in _kinds(known_by).items() if rows.any() and counts[kind]}
    if not of_kind.keys() & {"like", "text"}:
        raise InputError(f"nothing to search by; {_what_to_give(_counted(known_by))}")
    means = {kind: known_by.data[rows].mean(axis=0) for kind, rows in of_kind.items()}
    query = np.sum([counts[kind] * mean / spread(vectors, mean) for kind, mean in means.items()], axis=0)
    return np.asarray(query / max(float(np.linalg.norm(query)), 1e-9), np.float32)


def _what_to_give(counted: Mapping[str, int]) -> str:
    weightless = [kind for kind in ("like", "text") if counted[kind]]
    if weightless:
        return f"the weight of {' and of '.join(weightless)} is 0, wanted one above 0: --weight {weightless[0]}=1"
    return "give a picture with --like, words with --text, or --for a concept that has examples"


def _best(collection: Collection, query: Floats, k: int) -> tuple[Ints, Floats]:
    """Rows (k,) of the highest scores, one a frame, best first, and their scores."""
    enough = k * int(np.bincount(collection.frame).max())  # items, were they all of as few frames as can be
    ids, scores = collection.index.search(query[None], min(len(collection), enough))
    rows = collection.rows(ids[0])
    first = np.sort(np.unique(collection.frame[rows], return_index=True)[1])[:k]
    return rows[first], scores[0][first]
