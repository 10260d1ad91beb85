"""Whole frames for people to look at, exactly the one asked for, the newest of them held in memory."""

from __future__ import annotations

import functools
import math
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from raravis.errors import InputError, MediaError
from raravis.flow.clips import moments
from raravis.flow.media import open_source
from raravis.flow.viewing.reach import reachable, told_by_name
from raravis.media.pictures import jpeg
from raravis.store import items, sources
from raravis.store.project import Project
from raravis.types import Ints, Packets, Source

STEP = 8  # frames made in one pass: whoever looks at one steps to the next, and each pass begins at a keyframe
HELD_BYTES = 64_000_000  # of JPEGs

Key = tuple[int, int, int]  # source id, pts, width


class Frames:
    """JPEGs of frames of a project's sources, the longer side at most so many pixels. Several threads may ask."""

    def __init__(self, project: Project, *, roots: Sequence[Path] = (), held_bytes: int = HELD_BYTES) -> None:
        self.project, self.roots, self.held_bytes = project, tuple(roots), held_bytes
        self.packets = functools.lru_cache(maxsize=32)(self._packets)
        self._held: OrderedDict[Key, bytes] = OrderedDict()
        self._size, self._lock = 0, Lock()

    def at_hand(self, source_id: int, pts: int, *, width: int) -> bytes | None:
        """The frame, where it need not be decoded."""
        with self._lock:
            found = self._held.get((source_id, pts, width))
            if found is not None:
                self._held.move_to_end((source_id, pts, width))
            return found

    def frame(self, source_id: int, pts: int, *, width: int, steps: bool = True) -> bytes:
        """The frame at exactly this pts; with `steps` those beside it are made along with it.

        Raises InputError for no such source or frame, MediaError with the reason where it cannot be had.
        """
        found = self.at_hand(source_id, pts, width=width)
        if found is not None:
            return found
        wanted = _block(source_id, self.packets(source_id), pts, STEP if steps else 1)
        with self.project.read() as c:
            source = sources.get(c, source_id)
            path = reachable(source, roots=self.roots, size_bytes=sources.size_bytes(c, source_id))
        for at, data in self._made(source, path, wanted, width):
            self._hold((source_id, at, width), data)
            found = data if at == pts else found
        if found is None:
            raise MediaError(f"source {source_id}: the frame at {source.seconds(pts):.3f} s does not decode")
        return found

    def of_item(self, item_id: int) -> tuple[int, int]:
        """Source id and pts of the frame that the item's picture is from: one in the middle of its span."""
        with self.project.read() as c:
            (item,) = items.get(c, [item_id])
        pts, end = np.array([[item.pts], [item.end]], np.int64)
        return item.source_id, int(moments(self.packets(item.source_id), pts, end, 1)[0, 0])

    def forget(self) -> None:
        """Nothing is held any more."""
        self.packets.cache_clear()
        with self._lock:
            self._held.clear()
            self._size = 0

    def _packets(self, source_id: int) -> Packets:
        with self.project.read() as c:
            sources.get(c, source_id)  # says so where there is none
            return sources.packets(c, source_id)

    def _made(self, source: Source, path: Path, wanted: Ints, width: int) -> list[tuple[int, bytes]]:
        scale = min(width / max(source.width, source.height), 1.0)
        short_side = max(math.ceil(min(source.width, source.height) * scale), 1)
        with told_by_name(source, path):
            reader = open_source(source.kind, source.places[0].name, (str(path),))
            shown = reader.frames(self.packets(source.id), wanted, short_side=short_side)
            return [(one.pts, jpeg(one.rgb, long_side=width)) for one in shown]

    def _hold(self, key: Key, data: bytes) -> None:
        with self._lock:
            self._size += len(data) - len(self._held.pop(key, b""))
            self._held[key] = data
            while self._size > self.held_bytes and len(self._held) > 1:
                self._size -= len(self._held.popitem(last=False)[1])


def _block(source_id: int, packets: Packets, pts: int, size: int) -> Ints:
    """The pts of the block of frames that this one is in."""
    row = int(np.searchsorted(packets.pts, pts))
    if row == len(packets) or packets.pts[row] != pts:
        raise InputError(f"source {source_id}: no frame at pts {pts}; it has {len(packets)} frames")
    return packets.pts[row // size * size : (row // size + 1) * size]
