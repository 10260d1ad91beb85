"""Any YOLO-like ONNX detector whose sidecar states `decode` and `names`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.boxes import clip, widen
from raravis.detect import Detections
from raravis.detect.decode import decode, shape, suppress
from raravis.errors import InputError, ModelError
from raravis.onnx import Model, fit
from raravis.types import Floats, Pixels

OVERLAP = 0.45  # intersection over union from which two boxes are one object; what the YOLO family ships with


class OnnxDetector:
    """Boxes of an ONNX detector: `onnx:PATH`, or `onnx:path=PATH,threshold=0.4,margin=0.1,classes=car+truck`.

    `margin` is added on each side, as a share of the box's own width and height, after overlapping boxes are one.
    """

    needs_pixels = True

    def __init__(
        self, path: str, threshold: float = 0.25, margin: float = 0.1, classes: str = "", device: str = "cpu"
    ) -> None:
        if not 0 < threshold <= 1 or margin < 0:
            raise InputError(
                f"onnx detector: got threshold={threshold:g}, margin={margin:g}; wanted 0..1 and 0 or more"
            )
        self.model = Model(path, device=device)
        self.threshold, self.margin = threshold, margin
        side = self.model.sidecar
        for field in ("decode", "names"):
            if not getattr(side, field):
                raise ModelError(f"{path}: sidecar field {field!r} is missing; a detector needs it")
        self.model.check_shape(f"output {self.model.output!r}", shape(side), self.model.output_shape)
        self.short_side = side.short_side
        self._wanted = _wanted(classes, side.names)
        self.name = f"onnx:{self.model.id},threshold={threshold:g},margin={margin:g},classes={classes}"

    def __call__(self, frames: Sequence[Pixels | None]) -> list[Detections]:
        """One Detections a frame, best first, margins added, cut off at the frame's edges."""
        pictures = [frame for frame in frames if frame is not None]
        if len(pictures) < len(frames):
            raise InputError(f"{self.name}: got a frame without pixels, wanted (h, w, 3)")
        raw = (row for run in self.model(pictures) for row in run)
        return [self._detections(row, rgb) for row, rgb in zip(raw, pictures, strict=True)]

    def _detections(self, raw: Floats, rgb: Pixels) -> Detections:
        side, (height, width) = self.model.sidecar, rgb.shape[:2]
        found = decode(raw, side, self.threshold)
        rows = [row for row in suppress(found, OVERLAP) if found.classes[row] in self._wanted]
        boxes = fit(side, width, height).to_picture(found.boxes[rows]) / [width, height, width, height]
        inside = [clip(box) for box in boxes.tolist()]
        seen = [i for i, (x0, y0, x1, y1) in enumerate(inside) if x0 < x1 and y0 < y1]
        return Detections(
            np.array([widen(inside[i], self.margin) for i in seen], np.float64).reshape(-1, 4),
            found.scores[rows][seen],
            [side.names[found.classes[rows[i]]] for i in seen],
        )


def _wanted(classes: str, names: Sequence[str]) -> set[int]:
    """Numbers of the classes named, joined by "+"; all of them for none. Raises InputError with the known names."""
    asked = [name.strip() for name in classes.split("+") if name.strip()]
    for name in asked:
        if name not in names:
            raise InputError(f"onnx detector: no class {name!r}; known: {', '.join(names)}")
    return {number for number, name in enumerate(names) if name in asked or not asked}
