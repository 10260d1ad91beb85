"""Answered items as a COCO data set: what was asked, what was said, by whom, and where in its source it lies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from raravis.formats.export import Export, new_folder
from raravis.formats.sheet import save_jpeg
from raravis.types import CANT_TELL, NO, YES, Box, Label, Source

Frames = dict[tuple[int, int], list[Label]]  # (source, pts): the answers on that picture
CATEGORY = 1


def write(export: Export, folder: Path) -> Path:
    """`coco/annotations.json`, with JPEGs in `coco/images/` when pictures are written, else named where they lie.

    A picture with a no and no yes is `"negative": true` and has no annotations; what nobody could tell is listed
    under `cant_tell` and is no image, nor is what follows from the answers and was shown to nobody: `propagated`.
    Pictures whose file is gone are listed under `missing`.
    """
    target = folder / "coco"
    with new_folder(target) as partial:
        (partial / "annotations.json").write_text(_lines(_document(export, partial)), encoding="utf-8")
    return target / "annotations.json"


def pixel_box(box: Box, width: int, height: int) -> list[float]:
    """[x, y, width, height] in pixels, to a thousandth, from xyxy in 0..1."""
    x0, y0, x1, y1 = box
    return [round(v, 3) for v in (x0 * width, y0 * height, (x1 - x0) * width, (y1 - y0) * height)]


def _lines(document: dict[str, Any]) -> str:
    """JSON with a row a line, so that a person can search it and a diff can show it."""
    rows = {
        key: "[\n" + ",\n".join(map(_json, value)) + "\n]" if isinstance(value, list) else _json(value)
        for key, value in document.items()
    }
    return "{\n" + ",\n".join(f"{_json(key)}: {row}" for key, row in rows.items()) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _document(export: Export, folder: Path) -> dict[str, Any]:
    frames = _frames(export, {YES, NO})
    images = list(_images(export, frames, folder))
    shown = {(image["source_id"], image["pts"]): image for image in images}
    yes = [(shown[key], label) for key in shown for label in frames[key] if label.value == YES]
    return {
        "info": {"description": export.concept, "version": export.version, "date_created": export.created},
        "licenses": [],
        "categories": [{"id": CATEGORY, "name": export.concept, "supercategory": ""}],
        "images": images,
        "annotations": [_annotation(export, n, image, label) for n, (image, label) in enumerate(yes, 1)],
        "cant_tell": _listed(export, _frames(export, {CANT_TELL})),
        "propagated": _listed(export, _by_frame(export, export.propagated)),
        "missing": _listed(export, {key: labels for key, labels in frames.items() if key not in shown}),
    }


def _frames(export: Export, values: set[int]) -> Frames:
    """The answers with these values by picture, in order of source and pts."""
    return _by_frame(export, (label for label in export.labels if label.value in values))


def _by_frame(export: Export, labels: Iterable[Label]) -> Frames:
    found: Frames = {}
    for label in labels:
        item = export.items[label.item_id]
        found.setdefault((item.source_id, item.pts), []).append(label)
    return dict(sorted(found.items()))


def _listed(export: Export, frames: Frames) -> list[dict[str, Any]]:
    """A row an answer, without a picture."""
    return [_moment(export, key) | _answer(label) for key, labels in frames.items() for label in labels]


def _images(export: Export, frames: Frames, folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of `images`, in order; writes each picture as it comes, so that one at a time is in memory."""
    pictures = _written(export, frames, folder) if export.pictures_written else _named(export, frames)
    for number, (key, name, width, height) in enumerate(pictures, 1):
        negative = all(label.value == NO for label in frames[key])
        answers = [_answer(label) for label in frames[key]]
        standard = {"id": number, "file_name": name, "width": width, "height": height}
        yield standard | _moment(export, key) | {"attributes": {"negative": negative, "answers": answers}}


def _written(export: Export, frames: Frames, folder: Path) -> Iterator[tuple[tuple[int, int], str, int, int]]:
    (folder / "images").mkdir()
    firsts = [export.items[labels[0].item_id] for labels in frames.values()]
    for item, rgb in export.pictures(firsts):
        name = f"images/{item.source_id:06d}_{item.pts:012d}.jpg"
        save_jpeg(rgb, folder / name)
        yield (item.source_id, item.pts), name, rgb.shape[1], rgb.shape[0]


def _named(export: Export, frames: Frames) -> Iterator[tuple[tuple[int, int], str, int, int]]:
    """A still by its path; a moment of a video by the path and its seconds, as in Media Fragments URIs."""
    for source_id, pts in frames:
        source = export.sources[source_id]
        moment = "" if source.kind == "image" else f"#t={source.seconds(pts):.6f}"
        yield (source_id, pts), source.places[0].path + moment, source.width, source.height


def _annotation(export: Export, number: int, image: dict[str, Any], label: Label) -> dict[str, Any]:
    box = pixel_box(label.box or export.items[label.item_id].box, image["width"], image["height"])
    about = {"id": number, "image_id": image["id"], "category_id": CATEGORY, "bbox": box, "iscrowd": 0}
    drawn = {"area": round(box[2] * box[3], 3), "box_from": "answer" if label.box else "item"}
    return about | drawn | _answer(label)


def _moment(export: Export, key: tuple[int, int]) -> dict[str, Any]:
    """Where a picture comes from; time_base as `1/30000`, seconds from the source's first frame."""
    source: Source = export.sources[key[0]]
    seconds = round(source.seconds(key[1]), 6)
    name = source.places[0].name
    return {
        "source": name,
        "source_id": source.id,
        "pts": key[1],
        "time_base": str(source.time_base),
        "seconds": seconds,
    }


def _answer(label: Label) -> dict[str, Any]:
    """Who answered what, and in which round; value 1 yes, -1 no, 0 can't tell."""
    said = {"item_id": label.item_id, "value": label.value, "labeller": label.by, "label_source": label.source}
    return said | {"round": label.round_id}
