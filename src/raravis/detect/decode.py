"""What YOLO-like networks put out, as boxes in pixels of their input; and what is left of overlapping ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.onnx import Sidecar
from raravis.types import Floats

Numbers = NDArray[np.float64]


class Found(NamedTuple):
    """Boxes of one picture over the threshold, in pixels of the network's input."""

    boxes: Numbers  # (n, 4) xyxy
    scores: Numbers  # (n,)
    classes: NDArray[np.intp]  # (n,)


def shape(sidecar: Sidecar) -> list[int | str]:
    """The output that this decoding takes, a name where any size is right."""
    classes = len(sidecar.names)
    if sidecar.decode == "yolov8":
        return ["n", 4 + classes, "boxes"]
    return ["n", len(cells(sidecar)) if sidecar.decode == "yolox" else "boxes", 5 + classes]


def decode(raw: Floats, sidecar: Sidecar, threshold: float) -> Found:
    """The boxes that score at least the threshold; each has the class it scores best for.

    yolox:  (cells, 5 + C) offsets in strides, log sizes, objectness, classes.
    yolov5: (boxes, 5 + C) centre and size in pixels, objectness, classes.
    yolov8: (4 + C, boxes) centre and size in pixels, classes.
    """
    rows = (raw.T if sidecar.decode == "yolov8" else raw).astype(np.float64)
    scores = rows[:, 4:] if sidecar.decode == "yolov8" else rows[:, 5:] * rows[:, 4:5]
    best = scores.argmax(axis=1)
    score = scores[np.arange(len(rows)), best]
    kept = np.flatnonzero(score >= threshold)
    centre, size = rows[kept, :2], rows[kept, 2:4]
    if sidecar.decode == "yolox":
        cell = cells(sidecar)[kept]
        centre, size = (centre + cell[:, :2]) * cell[:, 2:], np.exp(size) * cell[:, 2:]
    return Found(np.concatenate([centre - size / 2, centre + size / 2], axis=1), score[kept], best[kept])


def cells(sidecar: Sidecar) -> Numbers:
    """(cells, 3) column, row and stride of each, stride by stride, row by row."""
    grids = []
    for stride in sidecar.strides:
        row, column = np.indices((sidecar.height // stride, sidecar.width // stride)).reshape(2, -1)
        grids.append(np.stack([column, row, np.full(len(row), stride)], axis=1))
    return np.concatenate(grids).astype(np.float64)


def suppress(found: Found, overlap: float) -> NDArray[np.intp]:
    """Rows, best first, without those that share more than `overlap` with a better one of their class.

    Shared is intersection over union; of equal scores the earlier row is the better.
    """
    left = np.argsort(-found.scores, kind="stable")
    kept: list[Any] = []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        shared = iou(found.boxes[best], found.boxes[left]) > overlap
        left = left[~(shared & (found.classes[left] == found.classes[best]))]
    return np.array(kept, np.intp)


def iou(box: Numbers, boxes: Numbers) -> Numbers:
    """(n,) intersection over union of one box with each; 0 where both are empty."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    area = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(shared / np.maximum(area - shared, 1e-12), np.float64)
