"""Lists on disk: written into a generation of their own, verified when opened, memory-mapped.

What says where everything is (the head of the file: the layout, centroids, the lists' lengths), the ids and the
manifest are verified each time; the codes, most of the bytes, by `index check` alone. A byte that flips in them can
only cost a vector its place: scores come from the vectors, and numbers are checked.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from raravis.errors import StoreError
from raravis.index import generations, manifest
from raravis.index.lists import GONE, Lists, library
from raravis.index.manifest import AGAIN, Manifest
from raravis.types import Ints, Vectors

LISTS, IDS = "lists.faiss", "ids.npy"
SAMPLE = 64  # vectors whose checksums are kept
BLOCK = 1 << 22
TRIES = 5  # of opening what may be swept meanwhile


def keep(lists: Lists, vectors: Vectors, folder: Path) -> None:
    """Writes the lists, which hold nothing but these vectors, as the newest generation in the folder.

    Killed at any moment, the old one counts. Raises StoreError where the disk refuses.
    """
    with generations.begun(folder) as made:
        library().write_index(lists.index, str(made / LISTS))
        np.save(made / IDS, lists.ids)
        for name in (LISTS, IDS):
            _flush(made / name)
        manifest.write(made, _described(lists, vectors, made))


def opened(folder: Path, vectors: Vectors) -> Lists | None:
    """The newest generation, for these vectors; None where there is none.

    Raises StoreError, saying what to do, where it is damaged or was made of others. InputError without the library.
    """
    for attempt in range(TRIES):
        made = generations.newest(folder)
        if made is None:
            return None
        try:
            return _opened(made, vectors)
        except FileNotFoundError as error:
            if attempt == TRIES - 1 or generations.newest(folder) == made:  # else swept: there is a newer one
                raise StoreError(f"{error.filename}: is missing; {AGAIN}") from None
    raise AssertionError("unreachable")


def damaged(folder: Path) -> str | None:
    """The file of the newest generation whose bytes are not those that were written, read as a whole; None: none is."""
    made = generations.newest(folder)
    if made is None:
        return None
    said = manifest.read(made)
    wanted = ((LISTS, said.crc), (IDS, said.ids_crc))
    return next((str(made / name) for name, crc in wanted if _crc(made / name) != crc), None)


def _described(lists: Lists, vectors: Vectors, made: Path) -> Manifest:
    size = (made / LISTS).stat().st_size
    head = size - lists.count * (int(lists.index.code_size) + 8)  # the library writes the lists last: codes and numbers
    return Manifest(
        kind=lists.kind,
        encoder=lists.encoder,
        dim=vectors.data.shape[1],
        rows=len(lists.ids),
        count=lists.count,
        seed=lists.seed,
        trained_on=lists.trained_on,
        trained_at=lists.trained_at,
        recall=lists.recall,
        efforts=lists.efforts,
        sample=_sample(lists.ids, vectors),
        ids_crc=_crc(made / IDS),
        bytes=size,
        head=head,
        head_crc=_crc(made / LISTS, head),
        crc=_crc(made / LISTS),
    )


def _sample(ids: Ints, vectors: Vectors) -> tuple[tuple[int, int], ...]:
    there = np.flatnonzero(ids != GONE)
    some = ids[there[np.linspace(0, len(there) - 1, min(SAMPLE, len(there))).astype(np.int64)]]
    return tuple((id, crc) for id, crc in _checksums(some, vectors).items())


def _checksums(ids: Ints, vectors: Vectors) -> dict[int, int]:
    """By id, of those that are among the vectors: crc32 of its numbers as float16."""
    rows = np.flatnonzero(np.isin(vectors.ids, ids))
    return {int(vectors.ids[row]): zlib.crc32(vectors.data[row].astype(np.float16).tobytes()) for row in rows}


def _opened(made: Path, vectors: Vectors) -> Lists:
    said = manifest.read(made)
    dim = vectors.data.shape[1]
    if (said.encoder, said.dim) != (vectors.encoder, dim):
        raise StoreError(
            f"{made}: made of vectors of {said.encoder} ({said.dim} numbers), wanted {vectors.encoder} ({dim}); {AGAIN}"
        )
    _verify(made, said)
    there = _checksums(np.array([id for id, _ in said.sample], np.int64), vectors)
    if any(there.get(id, crc) != crc for id, crc in said.sample):
        raise StoreError(f"{made}: made of other vectors than these; {AGAIN}")
    ids = np.load(made / IDS)
    index = _mapped(made / LISTS)
    if (int(index.ntotal), int(index.d), len(ids)) != (said.count, dim, said.rows):
        raise StoreError(f"{made}: holds {index.ntotal} vectors of {index.d}, wanted {said.count} of {dim}; {AGAIN}")
    about = (said.kind, said.encoder, said.seed, said.trained_on, said.trained_at, said.recall, said.efforts)
    return Lists(index, ids, *about, made / LISTS)


def _verify(made: Path, said: Manifest) -> None:
    size = (made / LISTS).stat().st_size
    if size != said.bytes:
        raise StoreError(f"{made / LISTS}: got {size} bytes, wanted {said.bytes}: cut short or written over; {AGAIN}")
    if _crc(made / LISTS, said.head) != said.head_crc:
        raise StoreError(f"{made / LISTS}: is not as it was written; {AGAIN}")
    if _crc(made / IDS) != said.ids_crc:
        raise StoreError(f"{made / IDS}: is not as it was written; {AGAIN}")


def _mapped(file: Path) -> Any:
    faiss = library()
    try:
        return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:  # what the library raises for whatever it is
        raise StoreError(f"{file}: the library cannot read it ({str(error).splitlines()[0]}); {AGAIN}") from None


def _crc(file: Path, size: int | None = None) -> int:
    """Of its first bytes, or of all."""
    value, left = 0, file.stat().st_size if size is None else size
    with file.open("rb") as stream:
        while left > 0 and (block := stream.read(min(BLOCK, left))):
            value, left = zlib.crc32(block, value), left - len(block)
    return value


def _flush(file: Path) -> None:
    with file.open("r+b") as stream:
        os.fsync(stream.fileno())
