"""What comes out: a vector, or boxes and in which layout; and the names of the classes."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from raravis.errors import ModelError
from raravis.onnx.classes import directions
from raravis.onnx.describe.draft import Draft
from raravis.onnx.describe.facts import Facts
from raravis.types import Floats

STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32))
MOST_FINAL = 1000  # boxes that a network hands over once it has chosen; 300 is usual
VECTORS = ("embed", "vector", "feature", "pool")  # how outputs are named that were made to be compared
SCORES = ("logit", "prob", "softmax", "score", "class")
MEGADETECTOR = ["animal", "person", "vehicle"]


def outputs(facts: Facts, draft: Draft) -> None:
    """Fills in `output` with `dim`, or with `decode`, `names` and what else a detector needs. Raises ModelError."""
    task = facts.metadata.get("task", "detect")
    if task not in ("detect", "classify"):
        raise ModelError(f"{facts.file}: its task is {task!r}; wanted a detector of boxes or an encoder")
    shapes = {name: out.shape for name, out in facts.out.items()}
    if not (_pair(facts, draft, shapes) or _rows(facts, draft, shapes) or _vector(facts, draft, shapes)):
        shown = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
        wanted = "(n, D) vectors, or boxes as yolov5, yolov8, yolov10, yolox or DETR put them out"
        raise ModelError(
            f"{facts.file}: got outputs {shown}; wanted {wanted}; export it so, for instance with its pooling"
        )


def _pair(facts: Facts, draft: Draft, shapes: dict[str, Any]) -> bool:
    """DETR: scores and boxes side by side, a row a query."""
    rank3 = {name: shape for name, shape in shapes.items() if len(shape) == 3}
    fours = sorted((name for name, shape in rank3.items() if shape[2] == 4), key=lambda name: "box" not in name.lower())
    for boxes in fours:
        others = [name for name, shape in rank3.items() if name != boxes and shape[1] == rank3[boxes][1]]
        others.sort(key=lambda name: not any(word in name.lower() for word in SCORES))
        if others:
            draft.know(output=others[0], boxes=boxes, decode="detr")
            _detr_classes(facts, draft, queries=rank3[boxes][1], columns=rank3[others[0]][2])
            return True
    return False


def _detr_classes(facts: Facts, draft: Draft, *, queries: int, columns: int) -> None:
    known = _known_names(facts)
    if known and len(known) in (columns, columns - 1):
        draft.know(scores="sigmoid" if len(known) == columns else "softmax")
    else:
        scores = "softmax" if queries == 100 else "sigmoid"
        check = f"softmax if one of the {columns} columns stands for no object"
        draft.guess(f"usual with {queries} queries", check, scores=scores)
    _names(facts, draft, columns - (draft.fields["scores"] == "softmax"))


def _rows(facts: Facts, draft: Draft, shapes: dict[str, Any]) -> bool:
    """YOLO: one output, a row or a column a box."""
    for name, shape in shapes.items():
        layout = _layout(facts, facts.out[name]) if len(shape) == 3 else None
        if layout is not None:
            draft.know(output=name, decode=layout.decode)
            draft.family = "yolox" if layout.decode == "yolox" or "yolox" in facts.words else ""
            if layout.decode == "yolox":
                draft.know(strides=list(layout.strides))
            _names(facts, draft, layout.classes)
            if layout.decode == "yolov5" and shape[1] == _cells(facts, layout.strides):
                why = "a row a cell, in pixels: so YOLOv6, and YOLOX where its graph decodes"
                draft.guess(why, "YOLOX wants colour BGR, divide 1, place corner", decode="yolov5")
            return True
    return False


class Layout(NamedTuple):
    """How a YOLO's output is read."""

    decode: str
    classes: int  # 0: the layout does not tell
    strides: tuple[int, ...] = ()


def _layout(facts: Facts, out: Floats) -> Layout | None:
    """The layout, by how many cells a picture of this size has; None for what is no YOLO's."""
    _, a, b = out.shape
    for strides in STRIDES:
        cells = _cells(facts, strides)
        if b == cells and a > 4:
            return Layout("yolov8", a - 4, strides)
        if a == cells and b > 5:
            in_pixels = float(np.abs(out[..., :2]).max()) > min(facts.width, facts.height) / 2
            return Layout("yolov5" if in_pixels else "yolox", b - 5, strides)
        if a == 3 * cells and b > 5:  # three anchors a cell
            return Layout("yolov5", b - 5, strides)
    if b == 6 and a <= MOST_FINAL and "detr" not in facts.words:
        return Layout("yolov10", 0)
    return _by_names(len(_known_names(facts)), a, b)


def _by_names(known: int, a: int, b: int) -> Layout | None:
    """The layout that has room for so many classes; None for none."""
    if known and b == 4 + known and a <= MOST_FINAL:
        return Layout("rtdetr", known)
    if known and a == 4 + known:
        return Layout("yolov8", known)
    return Layout("yolov5", known) if known and b == 5 + known else None


def _cells(facts: Facts, strides: tuple[int, ...]) -> int:
    return sum((facts.height // stride) * (facts.width // stride) for stride in strides)


def _names(facts: Facts, draft: Draft, classes: int) -> None:
    """The names; `classes` 0: as many as are known, for the layout does not tell."""
    known = _known_names(facts)
    if known and classes in (0, len(known)):
        draft.know(names=known)
    elif classes == 3 and re.search(r"megadetector|md_?v\d", facts.words):
        draft.guess("it is called MegaDetector", "its documentation", names=MEGADETECTOR)
    elif classes in (0, 80):
        why = "it has 80 classes, as COCO has" if classes else "no other list is usual"
        draft.guess(why, "names and their order in its training data", names=_coco())
    else:
        why = "names are not in the model" if not known else f"the model names {len(known)} classes, but has {classes}"
        draft.guess(why, "put in the names in the order of the scores", names=[f"class{i}" for i in range(classes)])


def _known_names(facts: Facts) -> list[str]:
    """Class names by their numbers, from the metadata or Hugging Face's config; none where neither has them."""
    told = facts.metadata.get("names") or facts.config.get("id2label") or []
    if isinstance(told, dict) and all(str(key).isdecimal() for key in told):
        told = [told[key] for key in sorted(told, key=int)]
    return [str(name) for name in told] if isinstance(told, list) else []


def _coco() -> list[str]:
    text = resources.files("raravis").joinpath("sidecars", "yolox_nano.json").read_text(encoding="utf-8")
    return list(json.loads(text)["names"])


def _vector(facts: Facts, draft: Draft, shapes: dict[str, Any]) -> bool:
    """An encoder: (n, D)."""
    flat = {name: int(shape[1]) for name, shape in shapes.items() if len(shape) == 2 and shape[1] > 1}
    if not flat:
        return False
    named = [name for name in flat if any(word in name.lower() for word in VECTORS)]
    chosen = (named or list(flat))[0]
    others = {name: dim for name, dim in flat.items() if name != chosen}
    draft.know(output=chosen, dim=flat[chosen])
    if others:
        listed = ", ".join(f"{name} (n, {dim})" for name, dim in others.items())
        why = f"{'by its name' if named else 'the first'}; there is {listed}"
        draft.guess(why, "the one before the last layer is wanted", output=chosen)
    if any(word in chosen.lower() for word in SCORES) or flat[chosen] in (1000, 1001):
        better = "the layer before makes better vectors: export that"
        draft.notes.append(f"output {json.dumps(chosen)}: looks like a classifier's scores; {better}")
    _words(facts, draft, set(others.values()))
    return True


def _words(facts: Facts, draft: Draft, sizes: set[int]) -> None:
    """The names of a classifier's classes, where its last layer can be found: then words can be looked for."""
    known = _known_names(facts)
    if len(known) in sizes:
        with suppress(ModelError):
            directions(str(facts.file), draft.fields["output"], len(known))
            draft.know(names=known)
