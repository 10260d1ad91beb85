"""Trained classifiers, as they were."""

from __future__ import annotations

import io
import time

import numpy as np
from sqlalchemy import Connection, insert, select

from raravis.errors import InputError
from raravis.store import concepts, schema
from raravis.types import Head

_ARRAYS = ("weight", "bias", "calibration", "threshold")


def add(c: Connection, concept: str, head: Head, created_from: str) -> int:
    """The new head's id; `created_from` says what made it, for people."""
    row = {"concept_id": concepts.require(c, concept), "encoder": head.encoder, "created_from": created_from}
    statement = insert(schema.heads).values(**row, arrays=_pack(head), at=time.time())
    return int(c.scalars(statement.returning(schema.heads.c.id)).one())


def get(c: Connection, head_id: int) -> Head:
    """The head of that id. Raises InputError where there is none."""
    row = c.execute(select(schema.heads).filter_by(id=head_id)).one_or_none()
    if row is None:
        raise InputError(f"no head {head_id}; train one with: raravis train")
    return _unpack(row.arrays, row.encoder)


def latest(c: Connection, concept: str, encoder: str) -> tuple[int, Head] | None:
    """Id and head of the newest one over an encoder's vectors; None before there is one."""
    t = schema.heads.c
    query = select(t.id, t.arrays).filter_by(concept_id=concepts.require(c, concept), encoder=encoder)
    row = c.execute(query.order_by(t.id.desc()).limit(1)).one_or_none()
    return None if row is None else (row.id, _unpack(row.arrays, encoder))


def _pack(head: Head) -> bytes:
    """Hidden layers and `exclusive` stand in it where there are any: blobs without them are older, or linear."""
    file = io.BytesIO()
    arrays = {name: getattr(head, name) for name in _ARRAYS}
    for number, (weight, bias) in enumerate(head.hidden):
        arrays |= {f"hidden{number}_weight": weight, f"hidden{number}_bias": bias}
    if head.exclusive:
        arrays["exclusive"] = np.array(True)
    np.savez_compressed(file, names=np.array(head.names), trained_on=np.array(head.trained_on, np.int64), **arrays)
    return file.getvalue()


def _unpack(blob: bytes, encoder: str) -> Head:
    with np.load(io.BytesIO(blob)) as file:
        layers = sum(name.startswith("hidden") for name in file.files) // 2
        return Head(
            tuple(file["names"].tolist()),
            encoder=encoder,
            trained_on=tuple(file["trained_on"].tolist()),
            hidden=tuple((file[f"hidden{i}_weight"], file[f"hidden{i}_bias"]) for i in range(layers)),
            exclusive="exclusive" in file.files,
            **{name: file[name] for name in _ARRAYS},
        )
