"""The work of embedding: items → jobs → vectors in shards and a small JPEG of each, in one decoding pass a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from raravis.detect import pixels_needed
from raravis.embed import Encoder
from raravis.errors import MediaError, ModelError
from raravis.flow.clips import crops, frames_at_once, shown
from raravis.flow.encoder import loaded
from raravis.flow.media import Work, works
from raravis.media.pictures import jpeg
from raravis.store import items, progress, shards
from raravis.store.faults import disk_trouble
from raravis.store.items import ItemArrays
from raravis.store.progress import Mark
from raravis.store.project import Project
from raravis.types import Pixels

THUMB_SIDE = 224  # pixels of the longer side: a readable chip of about 6 kB
ENCODE_AT_ONCE = 16  # pictures: faster is not to be had by more, memory is

Shown = tuple[int, Pixels]  # an item's id, and the picture or the clip of it


@dataclass(frozen=True)
class Job:
    """What a worker needs for one shard."""

    spec: str
    works: Sequence[Work]
    short_sides: Sequence[int]  # of each work's frames, in pixels
    vectors: Path
    thumbs: Path


@dataclass
class Done:
    """What came of a job: the shard file, and the items that failed with the reason."""

    tried: int
    shard: shards.ShardFile | None = None
    failed: dict[int, str] = field(default_factory=dict)
    damage: dict[int, str] = field(default_factory=dict)  # by source id


def jobs(project: Project, spec: str, encoder: Encoder, table: ItemArrays) -> Iterator[Job]:
    """Jobs made when they are asked for: the packets of every file at once would fill the memory."""
    table = table.take(np.lexsort((table.pts, table.source_id)))
    size = int(np.clip(len(table) // 16, ENCODE_AT_ONCE, 256))
    folder = shards.folder_of(project.vectors, encoder.id)
    with project.read() as c:
        sides = _short_sides(items.of_sources(c, table.source_id.tolist()), encoder)
    for start in range(0, len(table), size):
        part = table.take(np.arange(start, min(start + size, len(table))))
        with project.read() as c:
            work = works(c, part)
        yield Job(spec, work, [sides[one.source_id] for one in work], folder, project.thumbs)


def _short_sides(every: ItemArrays, encoder: Encoder) -> dict[int, int]:
    """By source, so that the smallest of all its boxes fills the encoder's input.

    Of all: else an item's vector would hang on which others are left to do beside it.
    """
    ids, row = np.unique(every.source_id, return_inverse=True)
    smallest = np.ones(len(ids))
    np.minimum.at(smallest, row, (every.boxes[:, 2:] - every.boxes[:, :2]).min(axis=1, initial=1))
    needed = {s: pixels_needed(np.array([[0, 0, s, s]]), encoder.short_side) for s in np.unique(smallest).tolist()}
    return {source: needed[s] for source, s in zip(ids.tolist(), smallest.tolist(), strict=True)}


def embed_batch(job: Job) -> Done:
    """Decodes, crops, encodes and writes one shard and its thumbnails. Runs in a worker; touches no database."""
    encoder = loaded(job.spec)
    done = Done(tried=sum(len(work.ids) for work in job.works))
    ids: list[int] = []
    rows = [np.zeros((0, encoder.dim), np.float32)]
    frames = frames_at_once(encoder)
    for chunk in _chunks(_readable(job, frames, done), max(ENCODE_AT_ONCE // frames, 1)):
        vectors, good = _encode(encoder, chunk, done)
        rows.append(vectors)
        ids += good
    if ids:
        done.shard = shards.write(job.vectors, np.array(ids, np.int64), np.concatenate(rows))
    return done


def record(c: Any, encoder_id: str, done: Done) -> None:
    """Makes what came of a job count."""
    if done.shard is not None:
        shards.record(c, encoder_id, done.shard)
    owner = {item.id: item.source_id for item in items.get(c, done.failed)}
    marks = [Mark(str(item_id), "failed", reason, owner[item_id]) for item_id, reason in done.failed.items()]
    progress.mark_all(c, "embed", encoder_id, marks)
    progress.mark_all(c, "damage", "decoding", [Mark(str(i), "failed", why, i) for i, why in done.damage.items()])


def thumb_path(folder: Path, item_id: int) -> Path:
    """Where an item's small JPEG lies."""
    return folder / f"{item_id // 1000:06d}" / f"{item_id}.jpg"


def _readable(job: Job, frames: int, done: Done) -> Iterator[Shown]:
    for work, side in zip(job.works, job.short_sides, strict=True):
        missing = dict.fromkeys(work.ids.tolist(), "")
        try:
            for item_id, pictures in crops(work, frames, short_side=side, problems=done.damage):
                del missing[item_id]
                _write_thumb(job.thumbs, item_id, pictures[frames // 2])
                yield item_id, shown(pictures, frames)
        except MediaError as error:
            missing = dict.fromkeys(missing, str(error))
        done.failed |= {item: why or f"{work.name}: this frame does not decode" for item, why in missing.items()}


def _encode(encoder: Encoder, chunk: list[Shown], done: Done) -> tuple[np.ndarray[Any, Any], list[int]]:
    ids, pictures = zip(*chunk, strict=True)
    try:
        return encoder(pictures), list(ids)
    except ModelError as error:
        if len(chunk) > 1:  # one bad picture must not cost its neighbours
            parts = [_encode(encoder, [pair], done) for pair in chunk]
            return np.concatenate([part[0] for part in parts]), [item for part in parts for item in part[1]]
        done.failed[ids[0]] = str(error)
        return np.zeros((0, encoder.dim), np.float32), []


def _write_thumb(folder: Path, item_id: int, picture: Pixels) -> None:
    path = thumb_path(folder, item_id)
    if path.exists():  # from another encoder's pass: it may be open in a viewer
        return
    part = path.with_suffix(".part")  # so that a kill leaves no half picture
    with disk_trouble(path):
        path.parent.mkdir(exist_ok=True)
        part.write_bytes(jpeg(picture, long_side=THUMB_SIDE))
        part.replace(path)


def _chunks(pairs: Iterator[Shown], size: int) -> Iterator[list[Shown]]:
    chunk: list[Shown] = []
    for pair in pairs:
        chunk.append(pair)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
