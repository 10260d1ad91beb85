"""EZMode's annotations CSV and labels CSV as known answers: each folder of frames is a source.

`annotations` names a folder, a picture in it, a label's index and a box in pixels; `labels` names the labels.
Frame k of a folder, as sorted at ingest, covers the time [k, k + 1) / frame rate.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from raravis.boxes import clip
from raravis.errors import InputError
from raravis.formats.oracle import Oracle, Row
from raravis.time import Span
from raravis.types import YES, Box

ANNOTATIONS = ("vid_base_path", "image_base_path", "label")
LABELS = ("name", "index")
PIXELS = ("xmin", "ymin", "xmax", "ymax")


def read(
    annotations: Path,
    labels: Path,
    root: Path,
    *,
    frame_files: Callable[[Path], Sequence[Path]],
    frame_rate: float = 1.0,
) -> Oracle:
    """An oracle with a yes for each annotation, of any split: source is the folder's path below `root`.

    `frame_files` and `frame_rate` are those that read the folders at ingest; pictures are opened for their
    size where a box is given. Raises InputError with file, line, column, what was got and what is wanted.
    """
    names = {cells["index"]: cells["name"] for _, cells in _table(labels, LABELS)}
    numbered = cache(lambda folder: _numbered(folder, frame_files))
    size = cache(_size)
    rows = []
    for line, cells in _table(annotations, ANNOTATIONS):
        where = f"{annotations}, line {line}"
        if cells["label"] not in names:
            raise InputError(f"{where}, column label: got {cells['label']!r}; wanted an index that {labels} names")
        source = PurePosixPath(cells["vid_base_path"]).as_posix()
        number, picture = _picture(numbered(root / source), root / source, cells["image_base_path"], where)
        box = _box(cells, size(picture), where) if cells.get("xmin") else None
        span = Span(number / frame_rate, (number + 1) / frame_rate)
        rows.append(Row(source, names[cells["label"]], YES, span, box))
    return Oracle(rows, path=str(annotations))


def _table(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and cells by column; columns beyond the wanted ones are fine."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            if missing := [name for name in wanted if name not in (reader.fieldnames or ())]:
                raise InputError(f"{path}, line 1: no column {', '.join(missing)}; wanted {', '.join(wanted)}")
            for cells in reader:
                yield reader.line_num, {name: str(text).strip() for name, text in cells.items() if name}
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV file in UTF-8: {error}") from None


def _numbered(folder: Path, frame_files: Callable[[Path], Sequence[Path]]) -> dict[str, tuple[int, Path]]:
    """Number and path of each picture, by file name and by name without suffix."""
    if not folder.is_dir():
        return {}
    found = list(enumerate(frame_files(folder)))
    return {path.stem: (at, path) for at, path in found} | {path.name: (at, path) for at, path in found}


def _picture(numbered: dict[str, tuple[int, Path]], folder: Path, name: str, where: str) -> tuple[int, Path]:
    """Number and path of the picture that an annotation names, with or without its folder and suffix."""
    try:
        return numbered[PurePosixPath(name).name]
    except KeyError:
        message = f"{where}, column image_base_path: no picture {name!r} in {folder}; wanted one of its frames"
        raise InputError(message) from None


def _size(picture: Path) -> tuple[int, int]:
    try:
        with Image.open(picture) as image:
            return image.size
    except (OSError, UnidentifiedImageError) as error:
        raise InputError(f"{picture}: cannot be read for its size: {error}") from None


def _box(cells: dict[str, str], size: tuple[int, int], where: str) -> Box:
    try:
        x0, y0, x1, y1 = (float(cells[name]) for name in PIXELS)
    except (KeyError, ValueError):
        raise InputError(f"{where}: xmin, ymin, xmax, ymax must be four numbers, or xmin empty for no box") from None
    box = clip((x0 / size[0], y0 / size[1], x1 / size[0], y1 / size[1]))
    if not (box[0] < box[2] and box[1] < box[3]):
        raise InputError(f"{where}: the box {x0}, {y0}, {x1}, {y1} has no area in a picture of {size[0]} x {size[1]}")
    return box
