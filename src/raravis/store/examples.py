"""Examples of a concept: what it looks like, what it does not, and words for either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, and_, delete, select

from raravis.store import concepts, schema, sql
from raravis.types import Bools, Floats

Kind = Literal["picture", "item", "text"]


@dataclass(frozen=True, slots=True)
class Example:
    """One example, as it was given."""

    id: int
    name: str  # of the picture's file, `item:ID`, or the text itself
    digest: str
    sign: int  # 1: looks like this; -1: not like this
    picture: bytes  # JPEG, PNG, ...; of an item its crop; nothing for a text
    kind: Kind = "picture"


class ExampleVectors(NamedTuple):
    """The examples that have a vector under one encoder, in the order given."""

    data: Floats  # (E, D); (0, 0) where there are none
    sign: NDArray[np.int8]  # (E,)
    text: Bools  # (E,) whether it is the vector of a text, which may lie far from all pictures


def add(
    c: Connection, concept: str, name: str, digest: str, sign: int, picture: bytes, *, kind: Kind = "picture"
) -> int:
    """The example's id; the same picture with the same sign keeps its own. Makes the concept where it is new."""
    key = {"concept_id": concepts.add(c, concept), "digest": digest, "sign": sign}
    row = {**key, "name": name, "picture": picture, "kind": kind}
    c.execute(sql.insert(c, schema.examples).values(**row).on_conflict_do_nothing())
    return int(c.scalars(select(schema.examples.c.id).filter_by(**key)).one())


def remove(c: Connection, concept: str, example_id: int) -> bool:
    """Whether the concept had this example; it has none now, and no vector of it is left."""
    e, v = schema.examples.c, schema.example_vectors.c
    mine = select(e.id).where(e.id == example_id, e.concept_id == concepts.require(c, concept))
    c.execute(delete(schema.example_vectors).where(v.example_id.in_(mine)))
    return c.execute(delete(schema.examples).where(e.id.in_(mine))).rowcount > 0


def all(c: Connection, concept: str) -> list[Example]:
    """The concept's examples, in the order given."""
    return [Example(*row) for row in c.execute(_of(c, concept))]


def picture(c: Connection, example_id: int) -> bytes:
    """The picture of an example, of whatever concept; nothing for a text and for an example that is not there."""
    return c.scalars(select(schema.examples.c.picture).filter_by(id=example_id)).one_or_none() or b""


def set_vector(c: Connection, example_id: int, encoder: str, vector: Floats) -> None:
    """Remembers the example's vector (D,) under an encoder, in place of the one before."""
    data = {"data": vector.astype("<f4").tobytes()}
    statement = sql.insert(c, schema.example_vectors).values(example_id=example_id, encoder=encoder, **data)
    c.execute(statement.on_conflict_do_update(index_elements=["example_id", "encoder"], set_=data))


def vectors(c: Connection, concept: str, encoder: str) -> ExampleVectors:
    """What the concept's examples are under an encoder; those that it has not seen are left out."""
    e, v = schema.examples.c, schema.example_vectors.c
    query = select(v.data, e.sign, e.kind).join_from(schema.examples, schema.example_vectors)
    query = query.where(e.concept_id == concepts.require(c, concept), v.encoder == encoder).order_by(e.id)
    rows = c.execute(query).all()
    data = [np.frombuffer(row.data, "<f4").astype(np.float32) for row in rows]
    return ExampleVectors(
        np.stack(data) if data else np.zeros((0, 0), np.float32),
        np.array([row.sign for row in rows], np.int8),
        np.array([row.kind == "text" for row in rows], bool),
    )


def without_vector(c: Connection, concept: str, encoder: str) -> list[Example]:
    """The examples that the encoder has not seen, in the order given."""
    e, v = schema.examples.c, schema.example_vectors.c
    seen = and_(v.example_id == e.id, v.encoder == encoder)
    query = _of(c, concept).join_from(schema.examples, schema.example_vectors, seen, isouter=True)
    return [Example(*row) for row in c.execute(query.where(v.example_id.is_(None)))]


def _of(c: Connection, concept: str) -> Select[Any]:
    e = schema.examples.c
    query = select(e.id, e.name, e.digest, e.sign, e.picture, e.kind)
    return query.where(e.concept_id == concepts.require(c, concept)).order_by(e.id)
