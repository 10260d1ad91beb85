"""From rows of the store to pixels: a source's share of a batch, and the frames it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from raravis.errors import MediaError
from raravis.media.reader import Reader, open_reader
from raravis.store import sources
from raravis.store.items import ItemArrays
from raravis.types import WHOLE, Bools, Frame, Ints, Packets, Source, SourceKind


@dataclass(frozen=True, eq=False)
class Work:
    """Some items of one source, by rising pts, and all that reading them needs. Travels to workers."""

    source_id: int
    kind: SourceKind
    name: str
    paths: tuple[str, ...]
    packets: Packets
    ids: Ints  # (n,)
    pts: Ints  # (n,)
    end: Ints  # (n,) pts
    boxes: np.ndarray[Any, Any]  # (n, 4)

    @classmethod
    def of(cls, source: Source, packets: Packets, ids: Ints, pts: Ints, end: Ints, boxes: Any = None) -> Work:
        """A source's Work for these items, sorted by pts; without boxes (n, 4) they are of whole frames."""
        paths = tuple(place.path for place in source.places)
        boxes = np.tile(WHOLE, (len(pts), 1)) if boxes is None else boxes
        return cls(source.id, source.kind, source.places[0].name, paths, packets, ids, pts, end, boxes)


def works(c: Any, table: ItemArrays) -> list[Work]:
    """One Work a source, of the items in the table."""
    if not len(table):
        return []  # np.split would make one part of nothing
    table = table.take(np.lexsort((table.pts, table.source_id)))
    ids, first = np.unique(table.source_id, return_index=True)
    known, packets = sources.some(c, ids.tolist()), sources.packets_of(c, ids.tolist())
    cut = [np.split(column, first[1:]) for column in (table.ids, table.pts, table.end, table.boxes)]
    return [Work.of(known[i], packets[i], *part) for i, *part in zip(ids.tolist(), *cut, strict=True)]


def within_reach(c: Any, table: ItemArrays) -> Bools:
    """(N,) False where an item's source lies nowhere any more: its file was overwritten by other content."""
    return np.isin(table.source_id, sources.placed_ids(c))


def open_source(kind: SourceKind, name: str, paths: tuple[str, ...]) -> Reader:
    """A reader of the first place that still has the file. Raises MediaError."""
    for path in paths:
        if Path(path).exists():
            return open_reader(kind, Path(path))
    raise MediaError(f"{name}: no file at {paths[0]} any more; if the folder moved: raravis relocate OLD NEW")


def frames_of(
    work: Work, pts: Ints | None = None, *, short_side: int | None = None, problems: dict[int, str] | None = None
) -> Iterator[Frame]:
    """The frames that the work's items begin with, or those at `pts`, by rising pts, each once, in one pass.

    Those that do not decode are missing; `problems` gets what went wrong on the way, by the source's id.
    """
    reader = open_source(work.kind, work.name, work.paths)
    yield from reader.frames(work.packets, np.unique(work.pts if pts is None else pts), short_side=short_side)
    if problems is not None and reader.problems:
        problems[work.source_id] = "; ".join(reader.problems)
