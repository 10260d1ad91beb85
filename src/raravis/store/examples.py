"""Example pictures of a concept: what it looks like, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, select

from raravis.store import concepts, schema, sql
from raravis.types import Floats


@dataclass(frozen=True, slots=True)
class Example:
    """One picture, as it was given."""

    id: int
    name: str
    digest: str
    sign: int  # 1: looks like this; -1: not like this
    picture: bytes  # JPEG, PNG, ...


def add(c: Connection, concept: str, name: str, digest: str, sign: int, picture: bytes) -> int:
    """The example's id; the same picture with the same sign keeps its own. Makes the concept where it is new."""
    key = {"concept_id": concepts.add(c, concept), "digest": digest, "sign": sign}
    c.execute(sql.insert(c, schema.examples).values(**key, name=name, picture=picture).on_conflict_do_nothing())
    return int(c.scalars(select(schema.examples.c.id).filter_by(**key)).one())


def all(c: Connection, concept: str) -> list[Example]:
    """The concept's examples, in the order given."""
    t = schema.examples.c
    query = select(t.id, t.name, t.digest, t.sign, t.picture).filter_by(concept_id=concepts.require(c, concept))
    return [Example(*row) for row in c.execute(query.order_by(t.id))]


def set_vector(c: Connection, example_id: int, encoder: str, vector: Floats) -> None:
    """Remembers the example's vector (D,) under an encoder, in place of the one before."""
    data = {"data": vector.astype("<f4").tobytes()}
    statement = sql.insert(c, schema.example_vectors).values(example_id=example_id, encoder=encoder, **data)
    c.execute(statement.on_conflict_do_update(index_elements=["example_id", "encoder"], set_=data))


def vectors(c: Connection, concept: str, encoder: str) -> tuple[Floats, NDArray[np.int8]]:
    """Vectors (E, D) float32 and signs (E,), in the order given; (0, 0) and (0,) where there are none."""
    e, v = schema.examples.c, schema.example_vectors.c
    query = select(v.data, e.sign).join_from(schema.examples, schema.example_vectors)
    query = query.where(e.concept_id == concepts.require(c, concept), v.encoder == encoder).order_by(e.id)
    rows = c.execute(query).all()
    signs = np.array([row.sign for row in rows], np.int8)
    if not rows:
        return np.zeros((0, 0), np.float32), signs
    return np.stack([np.frombuffer(row.data, "<f4") for row in rows]).astype(np.float32), signs


def without_vector(c: Connection, concept: str, encoder: str) -> list[tuple[int, bytes]]:
    """Id and picture of the examples that the encoder has not seen."""
    e, v = schema.examples.c, schema.example_vectors.c
    seen = and_(v.example_id == e.id, v.encoder == encoder)
    query = select(e.id, e.picture).join_from(schema.examples, schema.example_vectors, seen, isouter=True)
    query = query.where(e.concept_id == concepts.require(c, concept), v.example_id.is_(None)).order_by(e.id)
    return [(id, picture) for id, picture in c.execute(query)]
