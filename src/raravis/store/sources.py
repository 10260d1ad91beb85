"""Sources and the places where they lie."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Column, Connection, Row, delete, select

from raravis.errors import InputError
from raravis.store import changes, hidden, log, schema, sql
from raravis.types import Ints, Packets, Place, Source

_HEAD = struct.Struct("<qqq")  # frames, first pts, end


class New(NamedTuple):
    """A content that may be new, with the places where it was seen; its source's id is not looked at."""

    source: Source
    size_bytes: int = 0
    captured_at: float | None = None  # seconds since 1970
    packets: Packets | None = None


def add(
    c: Connection,
    source: Source,
    *,
    size_bytes: int = 0,
    captured_at: float | None = None,
    packets: Packets | None = None,
) -> int:
    """The id under which this content is known; a known digest changes nothing. Places: see `add_place`.

    The id of the source given is not looked at; `captured_at` is in seconds since 1970.
    """
    bare = dataclasses.replace(source, places=())
    return add_all(c, [New(bare, size_bytes, captured_at, packets)])[0]


def add_all(c: Connection, found: Sequence[New]) -> list[int]:
    """The ids under which these contents are known, in their order, with their places; see `add` and `add_place`."""
    sql.insert_rows(c, schema.sources, [_row(new) for new in found])
    t = schema.sources.c
    ids: dict[str, int] = {}
    for chunk in sql.chunks({new.source.digest for new in found}):
        rows = c.execute(select(t.digest, t.id).where(t.digest.in_(chunk)))
        ids |= {row.digest: row.id for row in rows}
    placed = [(ids[new.source.digest], place) for new in found for place in new.source.places]
    set_places(c, placed)
    return [ids[new.source.digest] for new in found]


def set_places(c: Connection, placed: Sequence[tuple[int, Place]]) -> None:
    """Remembers that sources (by id) lie there; a path has one content, the last one seen."""
    rows = [{"source_id": id, **dataclasses.asdict(place)} for id, place in placed]
    sql.upsert_rows(c, schema.places, rows, ("path",))
    if rows:
        changes.count(c, changes.PLACES)


def add_place(c: Connection, source_id: int, place: Place) -> None:
    """Remembers that the source lies there; a path has one content, the last one seen."""
    set_places(c, [(source_id, place)])


def all(c: Connection) -> list[Source]:
    """Every source with its places, by id."""
    return _with_places(c, c.execute(select(schema.sources).order_by(schema.sources.c.id)))


def placed_ids(c: Connection) -> Ints:
    """(n,) rising ids of the sources that lie somewhere."""
    column = schema.places.c.source_id
    return np.array(c.scalars(select(column).distinct().order_by(column)).all(), np.int64)


def some(c: Connection, ids: Iterable[int]) -> dict[int, Source]:
    """The sources of these ids, with their places, by id; ids that are not known are left out."""
    found: dict[int, Source] = {}
    for chunk in sql.chunks(set(ids)):
        rows = c.execute(select(schema.sources).where(schema.sources.c.id.in_(chunk)))
        found |= {source.id: source for source in _with_places(c, rows, chunk)}
    return found


def packets_of(c: Connection, ids: Iterable[int]) -> dict[int, Packets]:
    """What demuxing told of each source, by id."""
    t = schema.sources.c
    found: dict[int, Packets] = {}
    for chunk in sql.chunks(set(ids)):
        query = select(t.id, t.packets, t.time_base_num, t.time_base_den).where(t.id.in_(chunk))
        rows = c.execute(query.where(t.packets.is_not(None)))
        found |= {id: unpack(data, Fraction(num, den)) for id, data, num, den in rows}
    return found


def get(c: Connection, source_id: int) -> Source:
    """One source with its places. Raises InputError where there is none."""
    found = some(c, [source_id])
    if not found:
        raise InputError(f"no source {source_id} in this project; it was forgotten, or is another project's")
    return found[source_id]


def packets(c: Connection, source_id: int) -> Packets:
    """What demuxing told of the source. Raises InputError where nothing was kept."""
    found = packets_of(c, [source_id])
    if not found:
        raise InputError(f"source {source_id}: no packet times are kept of it; ingest it again")
    return found[source_id]


def by_name(c: Connection, name: str) -> list[int]:
    """Ids of the sources that people call so; more than one where the name is ambiguous."""
    column = schema.places.c.source_id
    return list(c.scalars(select(column).filter_by(name=name).distinct().order_by(column)))


def by_path(c: Connection, path: Path) -> list[int]:
    """Id of the source that lies at a path, in a list; an empty one where none does."""
    return list(c.scalars(select(schema.places.c.source_id).filter_by(path=str(path.absolute()))))


def size_bytes(c: Connection, source_id: int) -> int:
    """How large its file was when it was ingested; 0 for a folder of frames, and where that is not known."""
    return c.scalars(select(schema.sources.c.size_bytes).filter_by(id=source_id)).one_or_none() or 0


def captured_at(c: Connection) -> dict[int, float | None]:
    """Seconds since 1970 by source id, where the file says so."""
    rows = c.execute(select(schema.sources.c.id, schema.sources.c.captured_at))
    return {row.id: row.captured_at for row in rows}


def relocate(c: Connection, old: str | Path, new: str | Path) -> int:
    """How many places moved from `old` (a folder or file) to `new`; the disk is not looked at.

    A place that was ingested again at its new path becomes one with it; what `status` says of files
    under `old` moves along. Raises InputError where no place lies there, or where a new path is known
    to hold something else; then the transaction has to be given up.
    """
    old, new = Path(old).absolute(), Path(new).absolute()
    moved = _taken(c, schema.places.c.path, old, new)
    if not moved:
        raise InputError(f"no source lies under {old}; {_known_folders(c)}")
    _refuse_others(c, moved)
    sql.insert_rows(c, schema.places, moved)
    sql.insert_rows(c, schema.progress, _taken(c, schema.progress.c.subject, old, new))
    log.add(c, "relocate", f"{old} -> {new}: {len(moved)}")
    return len(moved)


def forget(c: Connection, source_id: int) -> Ints:
    """Ids of the items that went with the source; its labels, samples, places and progress went too.

    The log keeps that it happened. Vectors and pictures are files: see `shards.drop_items`.
    """
    source = get(c, source_id)
    of_source = select(schema.items.c.id).filter_by(source_id=source_id)
    gone = np.array(c.scalars(of_source.order_by(schema.items.c.id)).all(), np.int64)
    hidden.forget(c, source_id)
    c.execute(delete(schema.labels).where(schema.labels.c.item_id.in_(of_source)))
    for table in (schema.items, schema.samples, schema.places, schema.progress):
        c.execute(delete(table).where(table.c.source_id == source_id))
    c.execute(delete(schema.sources).where(schema.sources.c.id == source_id))
    names = ", ".join(place.name for place in source.places)
    log.add(c, "forget", f"source {source_id} ({source.digest}; {names}): {len(gone)} items")
    return gone


def pack(packets: Packets) -> bytes:
    """A few KB an hour: zlib of the steps between pts and one bit a flag."""
    first = int(packets.pts[0]) if len(packets) else 0
    steps = np.diff(packets.pts, prepend=first).astype("<i8").tobytes()
    flags = np.packbits(packets.key).tobytes() + np.packbits(packets.reference).tobytes()
    return zlib.compress(_HEAD.pack(len(packets), first, packets.end) + steps + flags, 9)


def unpack(blob: bytes, time_base: Fraction) -> Packets:
    """What was packed."""
    data = zlib.decompress(blob)
    n, first, end = _HEAD.unpack_from(data)
    steps = np.frombuffer(data, "<i8", n, _HEAD.size)
    bits = np.frombuffer(data, np.uint8, offset=_HEAD.size + steps.nbytes).reshape(2, -1)
    key, reference = np.unpackbits(bits, axis=1, count=n).astype(bool)
    return Packets(pts=first + np.cumsum(steps), key=key, reference=reference, end=end, time_base=time_base)


def _row(new: New) -> dict[str, Any]:
    source = new.source
    return {
        "digest": source.digest,
        "kind": source.kind,
        "width": source.width,
        "height": source.height,
        "time_base_num": source.time_base.numerator,
        "time_base_den": source.time_base.denominator,
        "start": source.start,
        "duration": source.duration,
        "size_bytes": new.size_bytes,
        "captured_at": new.captured_at,
        "packets": None if new.packets is None else pack(new.packets),
    }


def _with_places(c: Connection, rows: Iterable[Row[Any]], ids: Sequence[int] = ()) -> list[Source]:
    columns = schema.places.c
    query = select(columns.source_id, columns.path, columns.name, columns.timeline, columns.starts_at)
    if ids:
        query = query.where(columns.source_id.in_(ids))
    places: dict[int, list[Place]] = defaultdict(list)
    for owner, *place in c.execute(query.order_by(columns.id)):
        places[owner].append(Place(*place))
    return [_source(row, tuple(places[row.id])) for row in rows]


def _source(row: Row[Any], places: tuple[Place, ...]) -> Source:
    time_base = Fraction(row.time_base_num, row.time_base_den)
    return Source(row.id, row.digest, row.kind, row.width, row.height, time_base, row.start, row.duration, places)


def _taken(c: Connection, column: Column[str], old: Path, new: Path) -> list[dict[str, Any]]:
    """Rows whose path lay under `old`, taken out of their table, with the path they get."""
    rows = [dict(row) for row in c.execute(select(column.table)).mappings()]
    paths = {row["id"]: _moved(row[column.name], old, new) for row in rows}
    moved = [row | {column.name: path} for row in rows if (path := paths[row["id"]])]
    for ids in sql.chunks(row["id"] for row in moved):
        c.execute(delete(column.table).where(column.table.c.id.in_(ids)))
    return moved


def _moved(path: str, old: Path, new: Path) -> str | None:
    here = Path(path)
    return str(new / here.relative_to(old)) if here.is_relative_to(old) else None


def _known_folders(c: Connection) -> str:
    """What could have been meant: up to three folders that hold sources, the topmost ones."""
    folders = {Path(path).parent for path in c.scalars(select(schema.places.c.path))}
    top = sorted(str(folder) for folder in folders if not folders & set(folder.parents))
    if not top:
        return "nothing was ingested yet; run: raravis ingest FOLDER"
    more = ", …" if top[3:] else ""
    return f"give the folder or file as it was ingested; known folders: {', '.join(top[:3])}{more}"


def _refuse_others(c: Connection, moved: list[dict[str, Any]]) -> None:
    known = dict(c.execute(select(schema.places.c.path, schema.places.c.source_id)).all())
    for row in moved:
        if known.get(row["path"], row["source_id"]) != row["source_id"]:
            raise InputError(f"{row['path']}: already known, and holds something else; nothing was moved")
