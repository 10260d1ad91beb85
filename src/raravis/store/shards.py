"""Vectors on disk: float16 `.npy` shards that are never changed; the record in the database is the commit.

A shard is two files, `NAME.vectors.npy` (n, D) and `NAME.ids.npy` (n,). Files that no record names are
left over from a kill, or replaced: `sweep` removes them. Forgotten items are left out by `load` until
`drop_items` writes their shards anew.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select, update

from raravis.errors import StoreError
from raravis.store import items, schema
from raravis.store.faults import disk_trouble
from raravis.types import Ints, Vectors

Float16s = NDArray[np.float16]
_FILE = re.compile(r"(?P<name>[0-9a-f]{32})\.(vectors|ids)\.(npy|unfinished)")
_COPY_BACK = "put back a copy of it"


class ShardFile(NamedTuple):
    """A shard that lies on disk whole, and is not recorded yet."""

    name: str
    rows: int
    checksum: int  # crc32 of its two files


class Shard(NamedTuple):
    """A recorded shard, mapped."""

    name: str
    ids: Ints  # (n,)
    data: Float16s  # (n, D)


def folder_of(vectors: Path, encoder: str) -> Path:
    """The folder of one encoder's shards: its id made safe for any file system, and told apart by a hash."""
    readable = re.sub(r"[^A-Za-z0-9._-]", "_", encoder)[:60]
    return vectors / f"{readable}-{hashlib.sha256(encoder.encode()).hexdigest()[:8]}"


def write(folder: Path, ids: Ints, data: NDArray[Any]) -> ShardFile:
    """A new shard of ids (n,) and data (n, D) in an encoder's folder, flushed to disk.

    Touches no database, so that workers can call it. Raises StoreError where the disk refuses.
    """
    assert data.ndim == 2 and ids.shape == (len(data),), (ids.shape, data.shape)
    name = uuid.uuid4().hex
    with disk_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
        vectors_path, ids_path = _paths(folder, name)
        _write_flushed(vectors_path, data.astype(np.float16))
        _write_flushed(ids_path, ids.astype(np.int64))
        _flush_folder(folder)
        return ShardFile(name, len(ids), _checksum(folder, name))


def record(c: Connection, encoder: str, shard: ShardFile) -> None:
    """Makes the shard count: belongs into the transaction that marks its items as embedded."""
    c.execute(insert(schema.shards).values(encoder=encoder, **shard._asdict()))


def open_all(c: Connection, vectors: Path, encoder: str) -> list[Shard]:
    """The encoder's shards, mapped, in the order recorded. Raises StoreError naming one that is missing or short."""
    return [_opened(folder_of(vectors, encoder), shard) for _, shard in _recorded(c, encoder)]


def load(c: Connection, vectors: Path, encoder: str) -> Vectors:
    """Every vector whose item still exists, once (the first recorded); a single whole shard stays a map."""
    shards = open_all(c, vectors, encoder)
    if not shards:
        dim = c.scalars(select(schema.encoders.c.dim).filter_by(id=encoder)).one_or_none() or 0
        return Vectors(np.zeros(0, np.int64), np.zeros((0, dim), np.float16), encoder)
    ids = np.concatenate([shard.ids for shard in shards])
    keep = _first(ids) & np.isin(ids, items.all_ids(c))
    if len(shards) == 1:
        data = shards[0].data if keep.all() else shards[0].data[keep]
    else:
        parts = np.split(keep, np.cumsum([len(shard.ids) for shard in shards])[:-1])
        data = np.concatenate([s.data if part.all() else s.data[part] for s, part in zip(shards, parts, strict=True)])
    return Vectors(ids[keep], data, encoder)


def embedded_ids(c: Connection, vectors: Path, encoder: str) -> Ints:
    """(n,) rising ids of the items that have a vector."""
    shards = open_all(c, vectors, encoder)
    return np.unique(np.concatenate([np.zeros(0, np.int64), *(shard.ids for shard in shards)]))


def damaged(c: Connection, vectors: Path, encoder: str) -> list[str]:
    """Names of the shards whose bytes are not those that were recorded; reads them all."""
    folder = folder_of(vectors, encoder)
    return [shard.name for _, shard in _recorded(c, encoder) if _checksum(folder, shard.name) != shard.checksum]


def drop_items(c: Connection, vectors: Path, encoder: str, item_ids: Ints) -> int:
    """How many vectors went: the shards that hold them are written anew and the records swapped.

    The old files stay until a `sweep` after the commit, so a kill leaves one state or the other.
    """
    folder, dropped = folder_of(vectors, encoder), 0
    for id, recorded in _recorded(c, encoder):
        shard = _opened(folder, recorded)
        keep = ~np.isin(shard.ids, item_ids)
        if not keep.all():
            _swap(c, id, write(folder, shard.ids[keep], shard.data[keep]) if keep.any() else None)
            dropped += int(np.count_nonzero(~keep))
    return dropped


def compact(c: Connection, vectors: Path, encoder: str) -> bool:
    """Whether the encoder's shards were written as one, in the order recorded; one whole shard stays as it is.

    One shard is read as a map, several are copied into memory. The old files stay until a `sweep` after the commit.
    """
    recorded, ids = _recorded(c, encoder), items.all_ids(c)
    parts = [_opened(folder_of(vectors, encoder), shard) for _, shard in recorded]
    if len(parts) < 2:
        return False
    keep = _first(np.concatenate([part.ids for part in parts])) & np.isin(np.concatenate([p.ids for p in parts]), ids)
    rows = np.split(keep, np.cumsum([len(part.ids) for part in parts])[:-1])
    shard = _write_joined(folder_of(vectors, encoder), parts, rows)
    c.execute(delete(schema.shards).filter_by(encoder=encoder))
    record(c, encoder, shard)
    return True


def sweep(c: Connection, vectors: Path) -> int:
    """How many files were removed because no record names them; a file still mapped on Windows waits.

    Call it with the project locked: another process's shard may lie written and not yet recorded.
    """
    known = set(c.scalars(select(schema.shards.c.name)))
    ours = ((path, _FILE.fullmatch(path.name)) for path in vectors.glob("*/*"))
    return sum(_removed(path) for path, match in ours if match and match["name"] not in known)


def _write_joined(folder: Path, parts: Sequence[Shard], rows: Sequence[NDArray[np.bool_]]) -> ShardFile:
    """One shard of the chosen rows (n,) of each part, never more than a part in memory."""
    name, count, dim = uuid.uuid4().hex, sum(int(chosen.sum()) for chosen in rows), parts[0].data.shape[1]
    with disk_trouble(folder):
        data_path, ids_path = _paths(folder, name)
        unfinished = data_path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float16)), "fortran_order": False}
            np.lib.format.write_array_header_1_0(file, header | {"shape": (count, dim)})
            for part, chosen in zip(parts, rows, strict=True):
                file.write(np.ascontiguousarray(part.data[chosen]).tobytes())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(data_path)
        _write_flushed(ids_path, np.concatenate([part.ids[chosen] for part, chosen in zip(parts, rows, strict=True)]))
        _flush_folder(folder)
        return ShardFile(name, count, _checksum(folder, name))


def _paths(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.vectors.npy", folder / f"{name}.ids.npy"


def _write_flushed(path: Path, array: NDArray[Any]) -> None:
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there, and NTFS journals the rename itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checksum(folder: Path, name: str) -> int:
    value = 0
    for path in _paths(folder, name):
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                value = zlib.crc32(block, value)
    return value


def _recorded(c: Connection, encoder: str) -> list[tuple[int, ShardFile]]:
    t = schema.shards.c
    query = select(t.id, t.name, t.rows, t.checksum).filter_by(encoder=encoder).order_by(t.id)
    return [(id, ShardFile(*rest)) for id, *rest in c.execute(query)]


def _opened(folder: Path, shard: ShardFile) -> Shard:
    try:
        data, ids = (np.load(path, mmap_mode="r") for path in _paths(folder, shard.name))
    except (OSError, ValueError, EOFError) as error:
        raise StoreError(f"{folder / shard.name}: shard missing or cut short ({error}); {_COPY_BACK}") from error
    if not len(data) == len(ids) == shard.rows:
        got = f"{len(data)} vectors and {len(ids)} ids, wanted {shard.rows} of each"
        raise StoreError(f"{folder / shard.name}: shard holds {got}; {_COPY_BACK}")
    return Shard(shard.name, ids, data)


def _first(ids: Ints) -> NDArray[np.bool_]:
    """(n,) True at the first row of each id."""
    first = np.zeros(len(ids), bool)
    first[np.unique(ids, return_index=True)[1]] = True
    return first


def _swap(c: Connection, id: int, shard: ShardFile | None) -> None:
    t = schema.shards
    c.execute(
        delete(t).where(t.c.id == id) if shard is None else update(t).where(t.c.id == id).values(**shard._asdict())
    )


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
