"""Items: many, so they go in and come out as columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, func, select

from raravis.errors import InputError
from raravis.store import schema, sql
from raravis.types import WHOLE, Floats, Ints, Item

BOX = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True, slots=True, eq=False)
class ItemArrays:
    """Items as columns, by rising id."""

    ids: Ints  # (N,)
    source_id: Ints  # (N,)
    pts: Ints  # (N,)
    end: Ints  # (N,)
    boxes: NDArray[np.float64]  # (N, 4) xyxy in 0..1
    score: Floats  # (N,)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[Any]) -> ItemArrays:
        """Some of the rows, by number or by a mask (N,)."""
        return ItemArrays(*(getattr(self, field.name)[rows] for field in fields(self)))


def joined(*tables: ItemArrays) -> ItemArrays:
    """The rows of all, by rising id."""
    columns = (np.concatenate([getattr(table, field.name) for table in tables]) for field in fields(ItemArrays))
    table = ItemArrays(*columns)
    return table.take(np.argsort(table.ids))


def add(
    c: Connection,
    source_id: Ints,
    pts: Ints,
    end: Ints,
    boxes: NDArray[Any],
    scores: NDArray[Any],
    detector: str,
) -> int:
    """How many of the N items were new; known ones (source, span and box) stay as they were.

    Columns (N,), boxes (N, 4).
    """
    columns = {
        "source_id": source_id,
        "pts": pts,
        "end": end,
        **dict(zip(BOX, np.reshape(boxes, (-1, 4)).T, strict=True)),
    }
    rows: dict[str, Sequence[Any]] = {name: column.tolist() for name, column in columns.items()}
    return sql.insert_new(c, schema.items, rows | {"score": scores.tolist(), "detector": [detector] * len(pts)})


def arrays(c: Connection, *, source_id: int | None = None) -> ItemArrays:
    """Every item, or those of one source."""
    query = _columns() if source_id is None else _columns().filter_by(source_id=source_id)
    return _arrays(c.execute(query.order_by(schema.items.c.id)))


def of_sources(c: Connection, source_ids: Iterable[int]) -> ItemArrays:
    """The items of these sources."""
    t = schema.items.c
    queries = (_columns().where(t.source_id.in_(chunk)) for chunk in sql.chunks(sorted(set(source_ids))))
    found = _arrays(row for query in queries for row in c.execute(query))
    return found.take(np.argsort(found.ids))


def some(c: Connection, ids: Iterable[int]) -> ItemArrays:
    """The items of these ids; ids that are not known are left out."""
    t = schema.items.c
    queries = (_columns().where(t.id.in_(chunk)).order_by(t.id) for chunk in sql.chunks(sorted(set(map(int, ids)))))
    return _arrays(row for query in queries for row in c.execute(query))


def whole_frames(c: Connection, source_id: Ints, pts: Ints, end: Ints) -> list[int]:
    """Ids of the whole-picture items over [pts, end) of these sources (n,), in their order. Raises InputError."""
    table = of_sources(c, source_id.tolist())
    table = table.take(np.all(table.boxes == WHOLE, axis=1))
    keys = zip(table.source_id.tolist(), table.pts.tolist(), table.end.tolist(), strict=True)
    known = dict(zip(keys, table.ids.tolist(), strict=True))
    wanted = list(zip(source_id.tolist(), pts.tolist(), end.tolist(), strict=True))
    if missing := [key for key in wanted if key not in known]:
        raise InputError(f"no item of the whole picture over {missing[0]} (source, pts, end)")
    return [known[key] for key in wanted]


def add_frames(c: Connection, source_id: Ints, pts: Ints, end: Ints, detector: str) -> list[int]:
    """Ids of the whole-picture items over [pts, end) of these sources (n,), in order; made where there are none."""
    n = len(source_id)
    add(c, source_id, pts, end, np.tile(WHOLE, (n, 1)), np.ones(n), detector)
    return whole_frames(c, source_id, pts, end)


def unsampled(c: Connection, *detectors: str) -> Ints:
    """(n,) rising ids of the items that these detectors made of frames of which the sample has no item.

    It has one where a sampler chose the frame and another detector made an item of it, or would have: of other frames
    that were chosen like this it made whole ones.
    """
    t, other = schema.items.c, schema.items.alias().c
    made = np.array(c.scalars(select(t.id).where(t.detector.in_(detectors)).order_by(t.id)).all(), np.int64)
    if not len(made):
        return made
    beside = select(other.id).where(
        other.source_id == t.source_id, other.pts == t.pts, other.detector.not_in(detectors)
    )
    query = _chosen(c, t).add_columns(beside.exists().label("beside")).where(t.detector.in_(detectors))
    found = c.execute(query).all()
    whole = {one: _has_whole(c, *one, detectors) for one in {(r.source_id, r.sampler) for r in found if not r.beside}}
    return np.setdiff1d(made, [r.id for r in found if r.beside or whole[r.source_id, r.sampler]])


def _chosen(c: Connection, t: Any) -> Select[Any]:
    """The items at instants that a sampler chose, and which; to name the samplers lets the key of the table be used."""
    at = schema.samples.c
    same = (
        at.source_id == t.source_id,
        at.pts == t.pts,
        at.sampler.in_(c.scalars(select(at.sampler).distinct()).all()),
    )
    return select(t.id, t.source_id, at.sampler).where(*same)


def _has_whole(c: Connection, source_id: int, sampler: str, detectors: Sequence[str]) -> bool:
    """Whether others than these detectors made an item of a whole frame that the sampler chose of the source."""
    t, at = schema.items.c, schema.samples.c
    whole = (t[name] == edge for name, edge in zip(BOX, WHOLE, strict=True))
    query = select(t.id).where(t.source_id == source_id, at.source_id == source_id, at.sampler == sampler)
    query = query.where(at.pts == t.pts, t.detector.not_in(detectors), *whole)
    return c.scalars(query.limit(1)).first() is not None


def made_by(c: Connection, detector: str) -> Ints:
    """(n,) rising ids of the items that a detector made, whatever its settings."""
    t = schema.items.c
    query = select(t.id).where(t.detector.startswith(f"{detector}:", autoescape=True)).order_by(t.id)
    return np.array(c.scalars(query).all(), np.int64)


def sampled_by(c: Connection, samplers: Sequence[str]) -> Ints:
    """(n,) rising ids of the items whose span is one that any of these samplers chose."""
    t, chosen = schema.items.c, schema.samples.c
    same = (chosen.source_id == t.source_id, chosen.pts == t.pts, chosen.end == t.end)
    query = select(t.id).where(select(chosen.pts).where(*same, chosen.sampler.in_(samplers)).exists())
    return np.array(c.scalars(query.order_by(t.id)).all() if samplers else (), np.int64)


def get(c: Connection, ids: Iterable[int]) -> list[Item]:
    """The items in the order asked. Raises InputError naming the missing ones."""
    t, wanted = schema.items, [int(id) for id in ids]
    found: dict[int, Item] = {}
    for chunk in sql.chunks(wanted):
        for row in c.execute(select(t).where(t.c.id.in_(chunk))):
            found[row.id] = _item(row)
    _refuse_missing(wanted, found)
    return [found[id] for id in wanted]


def known(c: Connection, ids: Iterable[int]) -> set[int]:
    """Those of the ids that exist."""
    t = schema.items.c.id
    return {id for chunk in sql.chunks(map(int, ids)) for id in c.scalars(select(t).where(t.in_(chunk)))}


def require(c: Connection, ids: Collection[int]) -> None:
    """Raises InputError naming the ids that do not exist."""
    _refuse_missing(ids, known(c, ids))


def all_ids(c: Connection) -> Ints:
    """(N,) rising."""
    return np.array(c.scalars(select(schema.items.c.id).order_by(schema.items.c.id)).all(), np.int64)


def last_id(c: Connection) -> int:
    """Id of the newest; 0 before there is one."""
    return c.scalars(select(func.max(schema.items.c.id))).one() or 0


def count(c: Connection) -> int:
    """How many there are."""
    return c.scalars(select(func.count()).select_from(schema.items)).one()


def _columns() -> Select[Any]:
    t = schema.items.c
    return select(t.id, t.source_id, t.pts, t.end, *(t[name] for name in BOX), t.score)


def _arrays(found: Iterable[Any]) -> ItemArrays:
    dtype = np.dtype([("whole", "i8", 4), ("box", "f8", 4), ("score", "f4")])
    rows = np.fromiter(((row[:4], row[4:8], row[8]) for row in found), dtype)
    ids, sources, pts, end = np.ascontiguousarray(rows["whole"].T)
    return ItemArrays(ids, sources, pts, end, np.ascontiguousarray(rows["box"]), rows["score"].copy())


def _item(row: Any) -> Item:
    box = (row.x0, row.y0, row.x1, row.y1)
    return Item(row.id, row.source_id, row.pts, row.end, box, row.score, row.detector)


def _refuse_missing(wanted: Iterable[int], known: Iterable[int]) -> None:
    missing = [str(id) for id in sorted(set(wanted) - set(known))]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise InputError(f"no item {', '.join(missing[:3])}{more}: forgotten, or never added")
