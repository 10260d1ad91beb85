"""embed: crops of items → unit vectors in shards, and a small JPEG of each, in one decoding pass."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from raravis import boxes, plugins
from raravis.detect import pixels_needed
from raravis.embed import Encoder
from raravis.errors import MediaError, ModelError
from raravis.flow.media import Work, frames_of, within_reach, works
from raravis.flow.room import check_room, estimate
from raravis.flow.tell import Map, Say, Tell, quiet, silent
from raravis.media.pictures import jpeg
from raravis.scale.processes import in_process
from raravis.store import encoders, items, progress, shards
from raravis.store.faults import disk_trouble
from raravis.store.items import ItemArrays
from raravis.store.progress import Mark
from raravis.store.project import Project
from raravis.types import Ints, Pixels

THUMB_SIDE = 224  # pixels of the longer side: a readable chip of about 6 kB
FIT_PICTURES = 512  # a whitening of 256 dimensions wants a few hundred
ENCODE_AT_ONCE = 16  # pictures: faster is not to be had by more, memory is


def embed(
    project: Project,
    *,
    encoder: str = "builtin",
    retry_failed: bool = False,
    map: Map = in_process,
    tell: Tell = silent,
    say: Say = quiet,
) -> str:
    """The id of the encoder under which every item now has a vector; what has one already is left alone.

    Before it starts, `say` hears how much there is to do. Items that cannot be decoded or encoded are recorded as
    failed, with the reason, and tried again only with `retry_failed`. Raises ModelError for an encoder that cannot
    be used, StoreError when the disk will not hold the result; every batch finished before is kept.
    """
    with project.lock("raravis embed"):  # sweeping would take what another process has written and not recorded yet
        made = _embed(project, _absolute(encoder), retry_failed, map, tell, say)
        _tidy(project, made)
    return made


def _embed(project: Project, encoder: str, retry_failed: bool, map: Map, tell: Tell, say: Say) -> str:
    spec, made = ready(project, encoder)
    with project.begin() as c:
        shards.sweep(c, project.vectors)
        encoders.add(c, made.id, spec=encoder, dim=made.dim)
        if retry_failed:
            progress.clear(c, "embed", made.id)
        todo = _todo(c, project, made.id)
        if len(todo):
            say(str(estimate(c, todo, made)))
    check_room(project, len(todo), made.dim)
    done = 0
    with project.read() as c:
        table = items.some(c, todo)
    for result in map(embed_batch, _jobs(project, spec, made, table)):
        with project.begin() as c:
            _record(c, made.id, result)
        done += result.tried
        tell("embed", done, len(todo))
    return made.id


def embed_these(project: Project, encoder_id: str, ids: Sequence[int]) -> None:
    """These items have vectors and small pictures afterwards, or are recorded as failed; others are left alone.

    For the few frames that a question is about: in this process, a pass a file. The next `embed` joins their shards.
    """
    made = known(project, encoder_id)
    with project.read() as c:
        have = shards.embedded_ids(c, project.vectors, encoder_id)
        spec, table = encoders.require(c, encoder_id).spec, items.some(c, np.setdiff1d(ids, have))
    with project.lock("raravis embed"):
        for job in _jobs(project, spec_here(project, spec), made, table):
            result = embed_batch(job)
            with project.begin() as c:
                _record(c, made.id, result)


def ready(project: Project, spec: str) -> tuple[str, Encoder]:
    """The encoder and the spec that makes it again; one that learns from the collection learns first, once."""
    made: Any = plugins.make("embed", spec_here(project, spec))
    if getattr(made, "needs_fit", False):
        made = made.fit(_sample_pictures(project, made.short_side), project.encoders / f"{spec}.npz")
    return spec_here(project, spec), made


def spec_here(project: Project, spec: str) -> str:
    """The spec with the path of what the encoder learnt of this collection, wherever the project lies now."""
    learnt = learnt_file(project, spec)
    return f"{spec}:{learnt}" if learnt else spec


def learnt_file(project: Project, spec: str) -> Path | None:
    """What an encoder asked for by its bare name has learned of this collection; None where it has nothing to learn."""
    file = project.encoders / f"{spec}.npz"
    return file if ":" not in spec and file.exists() else None


def known(project: Project, encoder_id: str) -> Encoder:
    """The encoder whose vectors the project holds. Raises ModelError when its spec makes another one by now."""
    with project.read() as c:
        spec = encoders.require(c, encoder_id).spec
    made = ready(project, spec)[1]
    if made.id != encoder_id:
        raise ModelError(f"{spec}: makes {made.id} now, wanted {encoder_id}; put its files back, or embed anew")
    return made


def _absolute(spec: str) -> str:
    """The spec with a path that means the same from every folder."""
    name, _, argument = spec.partition(":")
    return f"{name}:{Path(argument).absolute()}" if argument and Path(argument).exists() else spec


def _tidy(project: Project, encoder_id: str) -> None:
    """One shard where there were many: it is read as a map."""
    with project.begin() as c:
        joined = shards.compact(c, project.vectors, encoder_id)
    if joined:
        with project.begin() as c:
            shards.sweep(c, project.vectors)


def _sample_pictures(project: Project, short_side: int) -> Iterator[Pixels]:
    with project.read() as c:
        table = items.arrays(c)
        table = table.take(within_reach(c, table))
        rows = np.random.default_rng(0).permutation(len(table.ids))[:FIT_PICTURES]
        picked = works(c, table.take(np.sort(rows)))
    if not picked:
        raise ModelError("nothing to learn the encoder from: no items yet; run ingest, sample and detect first")
    for work in picked:
        try:
            yield from (picture for _, picture in _crops(work, short_side))
        except MediaError:
            continue  # the embedding pass will meet and record it


@dataclass(frozen=True)
class Job:
    """What a worker needs for one shard."""

    spec: str
    works: Sequence[Work]
    short_side: int
    vectors: Path
    thumbs: Path


@dataclass
class Done:
    """What came of a job: the shard file, and the items that failed with the reason."""

    tried: int
    shard: shards.ShardFile | None = None
    failed: dict[int, str] = field(default_factory=dict)
    damage: dict[int, str] = field(default_factory=dict)  # by source id


def embed_batch(job: Job) -> Done:
    """Decodes, crops, encodes and writes one shard and its thumbnails. Runs in a worker; touches no database."""
    encoder = _encoder(job.spec)
    done = Done(tried=sum(len(work.ids) for work in job.works))
    ids: list[int] = []
    rows = [np.zeros((0, encoder.dim), np.float32)]
    for chunk in _chunks(_readable(job, done), ENCODE_AT_ONCE):
        vectors, good = _encode(encoder, chunk, done)
        rows.append(vectors)
        ids += good
    if ids:
        done.shard = shards.write(job.vectors, np.array(ids, np.int64), np.concatenate(rows))
    return done


@functools.lru_cache(maxsize=2)
def _encoder(spec: str) -> Encoder:
    return plugins.make("embed", spec)  # type: ignore[no-any-return]


def _readable(job: Job, done: Done) -> Iterator[tuple[int, Pixels]]:
    for work in job.works:
        missing = dict.fromkeys(work.ids.tolist(), "")
        try:
            for item_id, picture in _crops(work, job.short_side, done.damage):
                del missing[item_id]
                _write_thumb(job.thumbs, item_id, picture)
                yield item_id, picture
        except MediaError as error:
            missing = dict.fromkeys(missing, str(error))
        done.failed |= {item: why or f"{work.name}: this frame does not decode" for item, why in missing.items()}


def _crops(work: Work, short_side: int, problems: dict[int, str] | None = None) -> Iterator[tuple[int, Pixels]]:
    for frame in frames_of(work, short_side=short_side, problems=problems):
        for row in work.rows_at(frame.pts):
            yield int(work.ids[row]), boxes.crop(frame.rgb, tuple(work.boxes[row]))


def _encode(encoder: Encoder, chunk: list[tuple[int, Pixels]], done: Done) -> tuple[np.ndarray[Any, Any], list[int]]:
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
    part = path.with_suffix(".part")  # so that a kill leaves no half picture
    with disk_trouble(path):
        path.parent.mkdir(exist_ok=True)
        part.write_bytes(jpeg(picture, long_side=THUMB_SIDE))
        part.replace(path)


def thumb_path(folder: Path, item_id: int) -> Path:
    """Where an item's small JPEG lies."""
    return folder / f"{item_id // 1000:06d}" / f"{item_id}.jpg"


def _todo(c: Any, project: Project, encoder_id: str) -> Ints:
    """Ids of items without a vector that have not failed before."""
    have = shards.embedded_ids(c, project.vectors, encoder_id)
    failed = np.array([int(item) for item in progress.states(c, "embed", encoder_id)], np.int64)
    table = items.arrays(c)
    return np.setdiff1d(table.ids[within_reach(c, table)], np.union1d(have, failed))


def _jobs(project: Project, spec: str, encoder: Encoder, table: ItemArrays) -> Iterator[Job]:
    """Jobs made when they are asked for: the packets of every file at once would fill the memory."""
    table = table.take(np.lexsort((table.pts, table.source_id)))
    size = int(np.clip(len(table) // 16, ENCODE_AT_ONCE, 256))
    folder = shards.folder_of(project.vectors, encoder.id)
    for start in range(0, len(table), size):
        part = table.take(np.arange(start, min(start + size, len(table))))
        side = pixels_needed(part.boxes, encoder.short_side)
        with project.read() as c:
            work = works(c, part)
        yield Job(spec, work, side, folder, project.thumbs)


def _record(c: Any, encoder_id: str, done: Done) -> None:
    if done.shard is not None:
        shards.record(c, encoder_id, done.shard)
    owner = {item.id: item.source_id for item in items.get(c, done.failed)}
    marks = [Mark(str(item_id), "failed", reason, owner[item_id]) for item_id, reason in done.failed.items()]
    progress.mark_all(c, "embed", encoder_id, marks)
    progress.mark_all(c, "damage", "decoding", [Mark(str(i), "failed", why, i) for i, why in done.damage.items()])


def _chunks(pairs: Iterator[tuple[int, Pixels]], size: int) -> Iterator[list[tuple[int, Pixels]]]:
    chunk: list[tuple[int, Pixels]] = []
    for pair in pairs:
        chunk.append(pair)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
