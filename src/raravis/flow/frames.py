"""frames: the items as picture files, without those that look like the one before, or as a film to leaf through."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from raravis.errors import InputError, MediaError
from raravis.flow.clips import crops
from raravis.flow.collection import Collection, load
from raravis.flow.media import Work, works
from raravis.formats.clips import file_name
from raravis.media.film import write_film
from raravis.store.project import Project
from raravis.types import Ints, Pixels, Place

COLUMNS = ("file", "source", "seconds", "pts", "time_base", "item")


@dataclass(frozen=True)
class Written:
    """What was written, and which items were left out or could not be read."""

    pictures: int
    alike: int  # passed over: too like the one kept before
    failed: tuple[str, ...]  # sources, with the reason


def frames(
    project: Project,
    folder: str | Path,
    *,
    distinct: float | None = None,
    film: str | Path | None = None,
    rate: float = 2.0,
    size: tuple[int, int] = (320, 180),
    encoder: str | None = None,
) -> Written:
    """Each item of the collection as a JPEG of quality 95 in a folder a source, and `frames.csv`, which names them.

    `distinct`: only items whose cosine with the last one kept of their source is at most this. `film`: instead of the
    files, one video of them by source and time, `rate` pictures a second, fitted into `size` pixels. What is there
    already is written anew. Raises InputError where nothing is embedded, MediaError where the film cannot be written.
    """
    held = load(project, encoder)
    if film is not None and any(Path(film).absolute() == Path(place.path) for place in _places(held)):
        raise InputError(f"{film}: is one of the project's own files; choose another name for the film")
    rows = kept(held, distinct) if distinct is not None else np.arange(len(held))
    failed: list[str] = []
    pictures = _pictures(project, held, rows, failed)
    if film is not None:
        made = write_film((rgb for _, rgb in pictures), Path(film), rate=rate, size=size)
    else:
        made = _write(held, pictures, Path(folder))
    return Written(made, len(held) - len(rows), tuple(failed))


def _places(held: Collection) -> Iterator[Place]:
    return (place for source in held.sources.values() for place in source.places)


def kept(held: Collection, distinct: float) -> Ints:
    """Rows, by source and time: the first of each source, and then whatever is less like the last one kept."""
    order = np.lexsort((held.table.pts, held.table.source_id))
    chosen: list[int] = []
    last, of = np.zeros(0, np.float32), -1
    for row, source in zip(order.tolist(), held.table.source_id[order].tolist(), strict=True):
        vector = held.vectors.data[row].astype(np.float32)
        if source != of or float(vector @ last) <= distinct:
            chosen.append(row)
            last, of = vector, source
    return np.array(chosen, np.int64)


def _pictures(project: Project, held: Collection, rows: Ints, failed: list[str]) -> Iterator[tuple[int, Pixels]]:
    """Item and picture, by source and time, one pass a file; a source that cannot be read goes into `failed`."""
    with project.read() as c:
        found = works(c, held.table.take(np.sort(rows)))
    for work in found:
        yield from _of_source(work, failed)


def _of_source(work: Work, failed: list[str]) -> Iterator[tuple[int, Pixels]]:
    try:
        yield from ((item, rgb) for item, (rgb,) in crops(work, 1))
    except MediaError as error:
        failed.append(str(error))


def _write(held: Collection, pictures: Iterator[tuple[int, Pixels]], folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "frames.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(COLUMNS)
        made = [rows.writerow(_written(held, item, rgb, folder)) for item, rgb in pictures]
    return len(made)


def _written(held: Collection, item: int, rgb: Pixels, folder: Path) -> tuple[str, str, str, int, str, int]:
    row = int(held.rows(np.array([item]))[0])
    source, pts = held.sources[int(held.table.source_id[row])], int(held.table.pts[row])
    name = source.places[0].name
    seconds = source.seconds(pts)
    stem = file_name(f"{item:08d}", name, seconds)
    file = folder / f"{source.id:05d}" / f"{stem}.jpg"
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(rgb).save(file, quality=95)
    return file.relative_to(folder).as_posix(), name, f"{seconds:.6f}", pts, str(source.time_base), item
