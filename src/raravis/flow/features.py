"""features: vectors out to plain files, and vectors that something else made in from them."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import load
from raravis.flow.encoder import GIVEN
from raravis.flow.media import within_reach
from raravis.flow.spaces import missing, settle
from raravis.flow.tell import Say, quiet, typed
from raravis.formats import features
from raravis.media.folders import frame_files
from raravis.store import encoders, items, progress, shards, sources
from raravis.store.items import ItemArrays
from raravis.store.progress import Mark
from raravis.store.project import Project
from raravis.types import Floats, Ints, Source

Files = Callable[[str], list[str]]
MOMENT = "#t="  # before the seconds of a moment of a video


@dataclass(frozen=True)
class Taken:
    """What came of vectors in files."""

    encoder: str
    vectors: int  # now beside their items
    unknown: tuple[str, ...]  # names that no single source of the project has
    without: int  # items that got no vector


def write_features(project: Project, folder: str | Path, *, encoder: str | None = None) -> Path:
    """`features.npy` float32 (N, D) in a folder, and `features.json`: the path of each, a moment's as `path#t=1.5`.

    Rows are in the order embedded. Raises InputError where nothing is embedded.
    """
    held = load(project, encoder)
    rows = zip(held.table.source_id.tolist(), held.table.pts.tolist(), strict=True)
    frames = _listing()
    names = [_named(held.sources[source], pts, frames) for source, pts in rows]
    return features.write(Path(folder), held.vectors.data, names)


def read_features(
    project: Project,
    path: str | Path,
    *,
    paths: str | Path | None = None,
    name: str = "features",
    switch: bool = True,
    say: Say = quiet,
) -> Taken:
    """The vectors of files become a space of the project, each beside the picture of its name, scaled to unit length.

    A name fits the one picture, a file or one of a folder of frames, whose path, name, or name without folders, or also
    without suffix, it is; what fits none, or several, is told. Items without a vector are recorded as failed in this
    space. The project turns to it where every item has one, unless `switch` is off. Raises InputError for files that
    are no vectors, or where nothing fits.
    """
    data, names = features.read(Path(path), Path(paths) if paths else None)
    unit = _unit(data, path)
    encoder = f"{GIVEN}-{name}-{hashlib.sha256(np.ascontiguousarray(unit).tobytes()).hexdigest()[:8]}"
    with project.lock("raravis features"):
        ids, unknown = _items_of(project, names)
        fits = ids >= 0
        if not fits.any():
            raise InputError(f"{path}: {_nothing_fits(project, names)}")
        _keep(project, encoder, ids[fits], unit[fits], str(path))
        with project.read() as c:
            without = len(missing(c, project, encoder))
        _mark_missing(project, encoder, str(path))
        settle(project, encoder, switch=switch and not without, say=say)
    return Taken(encoder, int(fits.sum()), tuple(unknown), without)


def _named(source: Source, pts: int, frames: Files) -> str:
    return next(iter(_pictures(source, pts, frames)), source.places[0].path + _moment(source, pts))


def _unit(data: Floats, path: str | Path) -> Floats:
    length = np.linalg.norm(data, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(length[:, 0]) | (length[:, 0] == 0))
    if len(bad):
        raise InputError(f"{path}: {len(bad)} vectors are zero or not finite, the first in row {bad[0]}")
    return np.asarray(data / length, np.float32)


def _items_of(project: Project, names: list[str]) -> tuple[Ints, list[str]]:
    """(N,) the item that each name stands for, the first of its picture; -1 where no or several pictures fit."""
    with project.read() as c:
        table = items.arrays(c)
        table = table.take(within_reach(c, table))
        known = {source.id: source for source in sources.all(c)}
    by_name = _by_name(table, known)
    found = np.array([next((by_name[key] for key in _keys(name) if key in by_name), -1) for name in names], np.int64)
    ids, count = np.unique(found, return_counts=True)
    found[np.isin(found, ids[count > 1])] = -1
    return found, [name for name, item in zip(names, found.tolist(), strict=True) if item < 0]


def _by_name(table: ItemArrays, known: Mapping[int, Source]) -> dict[str, int]:
    """Item by every name that is its picture's alone."""
    frames = _listing()
    _, first = np.unique(np.stack([table.source_id, table.pts]), axis=1, return_index=True)
    rows = zip(table.ids[first].tolist(), table.source_id[first].tolist(), table.pts[first].tolist(), strict=True)
    named = ((item, text) for item, source, pts in rows for text in _pictures(known[source], pts, frames))
    pairs = {(key, item) for item, text in named for key in _keys(text)}
    count = Counter(key for key, _ in pairs)
    return {key: item for key, item in pairs if count[key] == 1}


def _pictures(source: Source, pts: int, frames: Files) -> list[str]:
    """What the picture is called in each place that is there; a moment of a video as `write_features` calls it."""
    here = [place for place in source.places if Path(place.path).exists()]
    called = [(place, f"/{frames(place.path)[pts]}" if source.kind == "frames" else "") for place in here]
    tail = _moment(source, pts) if source.kind == "video" else ""
    return [text + part + tail for place, part in called for text in (place.path, place.name)]


def _moment(source: Source, pts: int) -> str:
    return f"{MOMENT}{source.seconds(pts):.6f}".rstrip("0").rstrip(".")


def _listing() -> Files:
    """A folder's frames by name; each folder is looked into once."""
    return functools.cache(lambda folder: [path.name for path in frame_files(Path(folder))])


def _keys(name: str) -> list[str]:
    """What somebody may have called it, the fullest first."""
    path = PurePath(name.replace("\\", "/"))
    bare = path.with_suffix("") if path.suffix and MOMENT not in name else path  # a moment's seconds are no suffix
    return list(dict.fromkeys((path.as_posix(), bare.as_posix(), path.name, bare.name)))


def _keep(project: Project, encoder: str, ids: Ints, data: Floats, path: str) -> None:
    with project.begin() as c:
        encoders.add(c, encoder, spec=GIVEN, dim=data.shape[1])
        have = shards.embedded_ids(c, project.vectors, encoder)
    new = ~np.isin(ids, have)
    if new.any():
        shard = shards.write(shards.folder_of(project.vectors, encoder), ids[new], data[new])
        with project.begin() as c:
            shards.record(c, encoder, shard)


def _mark_missing(project: Project, encoder: str, path: str) -> None:
    with project.begin() as c:
        table = items.some(c, missing(c, project, encoder))
        rows = zip(table.ids.tolist(), table.source_id.tolist(), strict=True)
        marks = [Mark(str(item), "failed", f"no vector for it in {path}", source) for item, source in rows]
        progress.mark_all(c, "embed", encoder, marks)


def _nothing_fits(project: Project, names: list[str]) -> str:
    with project.read() as c:
        if not items.count(c):
            steps = f"{typed(project, 'ingest', 'PICTURES')}, then sample and detect"
            return f"the project has no items that vectors could be of; run: {steps}"
    return f"none of its {len(names)} names, such as {names[0]!r}, is that of a picture in the project"
