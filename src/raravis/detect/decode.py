"""What detection networks put out, as boxes in pixels of their input; and what is left of overlapping ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import sigmoid
from raravis.onnx import Sidecar
from raravis.types import Bools, Floats

Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]

MOST = 300  # boxes a picture; what the YOLO family keeps
AT_ONCE = 128  # boxes compared with each other at once; fastest from 64 to 256
OVERLAPPING = ("yolox", "yolov5", "yolov8")  # they find one object many times; the others were trained not to


class Found(NamedTuple):
    """Boxes of one picture over the threshold, in pixels of the network's input."""

    boxes: Numbers  # (n, 4) xyxy
    scores: Numbers  # (n,)
    classes: Rows  # (n,)

    def take(self, rows: Rows) -> Found:
        """These rows, in this order."""
        return Found(self.boxes[rows], self.scores[rows], self.classes[rows])


def shapes(sidecar: Sidecar) -> list[list[int | str]]:
    """The outputs that this decoding takes, a name where any size is right."""
    classes = len(sidecar.names)
    known: dict[str, list[list[int | str]]] = {
        "yolox": [["n", len(cells(sidecar)), 5 + classes]],
        "yolov5": [["n", "boxes", 5 + classes]],
        "yolov8": [["n", 4 + classes, "boxes"]],
        "yolov10": [["n", "boxes", 6]],
        "rtdetr": [["n", "boxes", 4 + classes]],
        "detr": [["n", "boxes", classes + (sidecar.scores == "softmax")], ["n", "boxes", 4]],
    }
    return known[sidecar.decode]


def decode(outputs: Sequence[Floats], sidecar: Sidecar, threshold: float) -> Found:
    """The boxes of one picture that score at least the threshold; each has the class it scores best for.

    yolox:   (cells, 5 + C) offsets in strides, log sizes, objectness, classes.
    yolov5:  (boxes, 5 + C) centre and size in pixels, objectness, classes.
    yolov8:  (4 + C, boxes) centre and size in pixels, classes.
    yolov10: (boxes, 6) two corners in pixels, score, class number.
    rtdetr:  (boxes, 4 + C) centre and size in 0..1, classes.
    detr:    (boxes, C + 1) logits, the last class "no object", or (boxes, C) with scores "sigmoid"; and (boxes, 4)
             centre and size in 0..1.
    """
    if sidecar.decode == "detr":
        told = _softmax(outputs[0])[:, :-1] if sidecar.scores == "softmax" else sigmoid(outputs[0])
        return _queries(told, outputs[1], sidecar, threshold)
    if sidecar.decode == "yolov10":
        return _chosen(outputs[0], threshold)
    if sidecar.decode == "rtdetr":
        return _queries(outputs[0][:, 4:], outputs[0][:, :4], sidecar, threshold)
    if sidecar.decode == "yolov8":
        return _columns(outputs[0], threshold)
    return _rows(outputs[0], sidecar, threshold)


def _queries(classes: Floats, boxes: Floats, sidecar: Sidecar, threshold: float) -> Found:
    kept, scores, best = _best(classes, threshold)
    return Found(_corners(boxes[kept]) * ([sidecar.width, sidecar.height] * 2), scores, best)


def _chosen(rows: Floats, threshold: float) -> Found:
    kept = rows[rows[:, 4] >= threshold].astype(np.float64)
    return Found(kept[:, :4], kept[:, 4], kept[:, 5].round().astype(np.intp))


def _columns(columns: Floats, threshold: float) -> Found:
    kept, scores, classes = _best(columns[4:].T, threshold)
    return Found(_corners(columns[:4, kept].T), scores, classes)


def _rows(rows: Floats, sidecar: Sidecar, threshold: float) -> Found:
    likely = np.flatnonzero(rows[:, 4] >= threshold)  # no class scores above 1, so no other row can pass
    kept, scores, classes = _best(rows[likely, 5:] * rows[likely, 4:5], threshold)
    placed = rows[likely[kept], :4]
    if sidecar.decode == "yolox":
        placed = _on_cells(placed, cells(sidecar)[likely[kept]])
    return Found(_corners(placed), scores, classes)


def _best(scores: Floats, threshold: float) -> tuple[Rows, Numbers, Rows]:
    """Rows (n, classes) whose best class reaches the threshold, its score, and which it is; the first of equals."""
    best = scores.max(axis=1)
    kept = np.flatnonzero(best >= threshold)
    return kept, best[kept].astype(np.float64), scores[kept].argmax(axis=1)


def _on_cells(boxes: Floats, cell: Numbers) -> Floats:
    """Centre and size in pixels, from offsets in strides and log sizes."""
    placed = np.concatenate([boxes[:, :2] + cell[:, :2], np.exp(boxes[:, 2:])], axis=1) * cell[:, 2:]
    return placed.astype(np.float32)


def _corners(boxes: Floats) -> Numbers:
    """(n, 4) xyxy from centre and size."""
    centre, half = boxes[:, :2].astype(np.float64), boxes[:, 2:].astype(np.float64) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def cells(sidecar: Sidecar) -> Numbers:
    """(cells, 3) column, row and stride of each, stride by stride, row by row."""
    grids = []
    for stride in sidecar.strides:
        row, column = np.indices((sidecar.height // stride, sidecar.width // stride)).reshape(2, -1)
        grids.append(np.stack([column, row, np.full(len(row), stride)], axis=1))
    return np.concatenate(grids).astype(np.float64)


def suppress(found: Found, overlap: float, *, most: int = MOST, agnostic: bool = False) -> Rows:
    """Rows, best first, at most `most`, without those that share more than `overlap` with a better one of their class.

    With `agnostic`, of any class. Shared is intersection over union; of equal scores the earlier row is the better.
    """
    order, kept = best_first(found), np.zeros(0, np.intp)
    for start in range(0, len(order), AT_ONCE):
        rows = order[start : start + AT_ONCE]
        fresh = rows[~_clash(found, kept, rows, overlap, agnostic).any(axis=0)]
        kept = np.append(kept, fresh[_greedy(_clash(found, fresh, fresh, overlap, agnostic))])
        if len(kept) >= most:
            break
    return kept[:most]


def best_first(found: Found) -> Rows:
    """(n,) rows by falling score; of equal scores the earlier row first."""
    return np.argsort(-found.scores, kind="stable")


def _greedy(clash: Bools) -> list[int]:
    """Of n in order, those that clash (n, n) with none kept before."""
    kept, out = [], np.zeros(len(clash), bool)
    for number, row in enumerate(clash):
        if not out[number]:
            kept.append(number)
            out |= row
    return kept


def _clash(found: Found, a: Rows, b: Rows, overlap: float, agnostic: bool) -> Bools:
    """(a, b) whether two are one object seen twice."""
    clash: Bools = iou(found.boxes[a], found.boxes[b]) > overlap
    return clash if agnostic else clash & (found.classes[a][:, None] == found.classes[b])


def iou(a: Numbers, b: Numbers) -> Numbers:
    """(a, b) intersection over union of each pair of boxes; 0 where both are empty."""
    low, high = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
    width, height = np.moveaxis(np.maximum(high - low, 0), 2, 0)
    shared = width * height
    joint = _areas(a)[:, None] + _areas(b) - shared
    return np.asarray(shared / np.maximum(joint, 1e-12), np.float64)


def _areas(boxes: Numbers) -> Numbers:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float64)
