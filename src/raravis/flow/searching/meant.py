"""What is given to search by → a query, and what a round keeps of how it came about; with a concept it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from raravis.errors import InputError
from raravis.flow import words
from raravis.flow.collection import Collection
from raravis.flow.encoder import known
from raravis.flow.examples import add_examples, embed_examples, given, to_keep
from raravis.flow.searching import queries
from raravis.flow.searching.by_head import direction, head_of
from raravis.flow.searching.queries import Counted, Weights
from raravis.flow.tell import Say
from raravis.store import examples
from raravis.store.examples import Example, ExampleVectors
from raravis.store.project import Project
from raravis.types import NO, YES, Floats

Asked = Mapping[str, list[str]]  # what was given, by the names of Weights


class Meant(NamedTuple):
    """What to search by."""

    query: Floats  # (D,) unit length
    told: dict[str, Any]  # for the round
    known_by: ExampleVectors | None = None  # the examples behind it; None: a head is


def by_head(project: Project, collection: Collection, concept: str | None, asked: Asked) -> Meant:
    """The concept's newest head. Raises InputError where there is none, and where anything else is asked by too."""
    if concept is None:
        raise InputError("a search by head wants a concept that has one: --for NAME")
    if any(asked.values()):
        raise InputError("a head is a query of its own: leave out --by-head, or the pictures and words")
    number, head = head_of(project, collection, concept)
    return Meant(direction(head, concept), {"head_id": number})


def by_examples(
    project: Project,
    collection: Collection,
    concept: str | None,
    asked: Asked,
    weights: Weights,
    *,
    keep: bool,
    say: Say,
) -> Meant:
    """What is given, and what the concept has; `keep` makes what is given its examples.

    Raises InputError where there is nothing to search by and for a text that cannot be read: then nothing is kept.
    """
    several, each = _weighed(asked)
    classes = _classes(project, collection.vectors.encoder, several, say)
    counted = _counted(project, collection, concept, several, each, keep=keep, say=say)
    numbers = counted.of_each_kind()
    for kind in queries.idle(weights, numbers):
        name = queries.told(kind)
        say(f"weight {name}={getattr(weights, kind):g} counts nothing: there is no --{name}")
    query = queries.query_of(collection.vectors, counted.known_by, weights, counted.each)
    return Meant(query, {"weights": asdict(weights), "classes": classes, "counted": numbers}, counted.known_by)


def _weighed(asked: Asked) -> tuple[list[Example], list[float]]:
    """The examples that are given, and what each counts."""
    parted = {kind: [queries.weighed(name) for name in names] for kind, names in asked.items()}
    several = given(**{kind: [name for name, _ in pairs] for kind, pairs in parted.items()})
    order = ("like", "unlike", "text", "text_not")  # that of `given`
    return several, [weight for kind in order for _, weight in parted[kind]]


def _classes(project: Project, encoder_id: str, several: Sequence[Example], say: Say) -> dict[str, list[str]]:
    """The class names that stand for each text, where the encoder has no other words; raises where it has none."""
    texts = [one.name for one in several if one.kind == "text"]
    if not texts:
        return {}
    read = words.read(known(project, encoder_id), texts)
    for note in read.notes():
        say(note)
    return read.classes


def _counted(
    project: Project,
    collection: Collection,
    concept: str | None,
    several: Sequence[Example],
    each: Sequence[float],
    *,
    keep: bool,
    say: Say,
) -> Counted:
    """What to search by: what is given, or with a concept all its examples, these among them."""
    name = collection.vectors.encoder
    if concept is None:
        return queries.counted(project, name, several, each)
    if keep and several:
        add_examples(project, concept, **_names(several))
    for text in embed_examples(project, concept, name):
        say(f"encoder {name} cannot read the example {text!r}, which is left out")
    with project.read() as c:
        kept = examples.vectors(c, concept, name)
    if keep:
        return Counted(kept, _each(project, concept, name, several, each))
    both = Counted(kept, np.ones(len(kept.data), np.float32)), queries.counted(project, name, several, each)
    return queries.joined(*both)


def _names(several: Sequence[Example]) -> Asked:
    """By the names of Weights."""
    kinds = {(YES, True): "text", (YES, False): "like", (NO, True): "text_not", (NO, False): "unlike"}
    named: dict[str, list[str]] = {}
    for one in several:
        named.setdefault(kinds[one.sign, one.kind == "text"], []).append(one.name)
    return named


def _each(project: Project, concept: str, encoder_id: str, several: Sequence[Example], each: Sequence[float]) -> Floats:
    """(E,) what each of the concept's examples that has a vector counts: those given now as told, all others 1."""
    weighty = [(one, weight) for one, weight in zip(several, each, strict=True) if weight != 1]
    counts = {(to_keep(project, one).digest, one.sign): weight for one, weight in weighty}
    with project.read() as c:
        unread = {one.id for one in examples.without_vector(c, concept, encoder_id)}
        known_by = [one for one in examples.all(c, concept) if one.id not in unread]
    return np.array([counts.get((one.digest, one.sign), 1) for one in known_by], np.float32)
