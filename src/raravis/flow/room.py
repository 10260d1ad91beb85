"""What the work will take, said before it starts; and a stop when the disk will not hold it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from raravis.embed import Encoder
from raravis.errors import StoreError
from raravis.flow.clips import frames_at_once, moments, of_pictures
from raravis.scale.processes import cores
from raravis.store import items, sources
from raravis.store.project import Project
from raravis.types import Ints, Source

THUMB_BYTES = 9_000  # a 224-pixel JPEG of a busy picture
SPARE_BYTES = 64_000_000  # a database that meets a full disk helps nobody
# Two Zen 5 cores, one thread each: 15 ms a 1080p keyframe, 2.6 ms a further reference frame (median of three files)
SECONDS_A_KEY_MEGAPIXEL = 0.0075
SECONDS_A_FRAME_MEGAPIXEL = 0.0026


@dataclass(frozen=True)
class Estimate:
    """Items to embed, and about how many minutes and megabytes that takes."""

    files: int
    hours: float
    items: int
    minutes: float
    megabytes: float

    def __str__(self) -> str:
        return (
            f"{self.files} files, {self.hours:.1f} hours, {self.items} items to look at: "
            f"about {max(self.minutes, 0.1):.1f} minutes and {self.megabytes:.0f} MB"
        )


def estimate(c: Any, todo: Ints, encoder: Encoder, *, workers: int | None = None) -> Estimate:
    """What embedding the items `todo` (ids) will take on `workers` cores (default: all).

    The encoder is timed on noise; decoding is guessed from the picture sizes.
    """
    table = items.arrays(c)
    table = table.take(np.isin(table.ids, todo))
    table = table.take(np.argsort(table.source_id, kind="stable"))
    ids, first = np.unique(table.source_id, return_index=True)
    found = list(sources.some(c, ids.tolist()).values())
    pts, end = (np.split(column, first[1:]) for column in (table.pts, table.end))
    spans = dict(zip(ids.tolist(), zip(pts, end, strict=True), strict=False))  # no items: one part of nothing
    decode = sum(_decode_seconds(c, source, spans[source.id], frames_at_once(encoder)) for source in found)
    seconds = (decode + _encode_seconds(encoder) * len(table)) / (workers or cores())
    hours = sum(float(source.duration * source.time_base) for source in found) / 3600
    return Estimate(len(found), hours, len(table), seconds / 60, _bytes(len(table), encoder.dim) / 1e6)


def _encode_seconds(encoder: Encoder) -> float:
    """Seconds an item, from one batch after a first that warms up."""
    shape = (2, encoder.short_side, encoder.short_side, 3)
    noise = list(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    of_pictures(encoder, noise[:1])
    begun = time.perf_counter()
    of_pictures(encoder, noise)
    return (time.perf_counter() - begun) / len(noise)


def check_room(project: Project, count: int, dim: int) -> None:
    """Raises StoreError when the project's disk will not hold `count` more vectors and thumbnails."""
    need, free = _bytes(count, dim), shutil.disk_usage(project.folder).free
    if count and need + SPARE_BYTES > free:
        raise StoreError(
            f"{project.folder}: the disk has {free / 1e6:.0f} MB free, {count} items need about {ceil(need / 1e6)} MB, "
            f"and {SPARE_BYTES / 1e6:.0f} MB to spare; make room, or choose a coarser --sample, "
            "and run the same command again"
        )


def _bytes(count: int, dim: int) -> int:
    vectors = 2 * (2 * dim + 8)  # twice: for a while they lie in the shards and in the one that joins them
    return count * (vectors + THUMB_BYTES + 400)


def _decode_seconds(c: Any, source: Source, span: tuple[Ints, Ints], frames: int) -> float:
    megapixels = source.width * source.height / 1e6
    if source.kind != "video":
        return len(span[0]) * megapixels * SECONDS_A_KEY_MEGAPIXEL
    packets = sources.packets(c, source.id)
    keys, wanted = packets.pts[packets.key], np.unique(moments(packets, *span, frames))
    start = np.searchsorted(packets.pts, keys[np.maximum(np.searchsorted(keys, wanted, "right") - 1, 0)])
    between = np.searchsorted(packets.pts, wanted) - start
    return float(megapixels) * float(len(wanted) * SECONDS_A_KEY_MEGAPIXEL + between.sum() * SECONDS_A_FRAME_MEGAPIXEL)
