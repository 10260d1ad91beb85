"""Any ONNX detector whose sidecar states `decode` and `names`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.boxes import clip, widen
from raravis.detect import Detections
from raravis.detect.decode import MOST, OVERLAPPING, Found, best_first, decode, shapes, suppress
from raravis.errors import InputError, ModelError
from raravis.onnx import Model, fit
from raravis.types import Floats, Pixels

OVERLAP = 0.45  # intersection over union from which two boxes are one object; what the YOLO family ships with


class OnnxDetector:
    """Boxes of an ONNX detector: `onnx:PATH`, or `onnx:path=PATH,threshold=0.4,margin=0.1,classes=car+truck`.

    `margin` is added on each side, as a share of the box's own width and height, after overlapping boxes are one.
    `most` boxes of a frame are kept, of the wanted classes; `agnostic` lets a box suppress one of another class.
    """

    needs_pixels = True

    def __init__(
        self,
        path: str,
        threshold: float = 0.25,
        margin: float = 0.1,
        classes: str = "",
        device: str = "cpu",
        most: int = MOST,
        agnostic: bool = False,
    ) -> None:
        if not 0 < threshold <= 1 or margin < 0 or most < 1:
            got = f"threshold={threshold:g}, margin={margin:g}, most={most}"
            raise InputError(f"onnx detector: got {got}; wanted 0..1, 0 or more, 1 or more")
        self.model = Model(path, device=device)
        self.threshold, self.margin, self.most, self.agnostic = threshold, margin, most, agnostic
        if self.model.sidecar.dim and not self.model.sidecar.decode:
            raise ModelError(f"{path}: its sidecar says that it is an encoder; use it as one: --encoder onnx:{path}")
        _check_fit(self.model)
        self.short_side = self.model.sidecar.short_side
        self._wanted = _wanted(classes, self.model.sidecar.names)
        younger = (f",most={most}" if most != MOST else "") + (",agnostic=yes" if agnostic else "")
        self.name = f"onnx:{self.model.id},threshold={threshold:g},margin={margin:g},classes={classes}{younger}"

    def __call__(self, frames: Sequence[Pixels | None]) -> list[Detections]:
        """One Detections a frame, best first, margins added, cut off at the frame's edges.

        Raises ModelError where the network puts out NaN.
        """
        pictures = [frame for frame in frames if frame is not None]
        if len(pictures) < len(frames):
            raise InputError(f"{self.name}: got a frame without pixels, wanted (h, w, 3)")
        outputs = (one for run in self.model.runs(pictures) for one in zip(*run, strict=True))
        return [self._detections(one, rgb) for one, rgb in zip(outputs, pictures, strict=True)]

    def _detections(self, outputs: Sequence[Floats], rgb: Pixels) -> Detections:
        side, (height, width) = self.model.sidecar, rgb.shape[:2]
        found = self._found(outputs)
        boxes = fit(side, width, height).to_picture(found.boxes) / [width, height, width, height]
        inside = [clip(box) for box in boxes.tolist()]
        seen = [i for i, (x0, y0, x1, y1) in enumerate(inside) if x0 < x1 and y0 < y1]
        return Detections(
            np.array([widen(inside[i], self.margin) for i in seen], np.float64).reshape(-1, 4),
            found.scores[seen],
            [side.names[found.classes[i]] for i in seen],
        )

    def _found(self, outputs: Sequence[Floats]) -> Found:
        """What one picture's outputs show of the wanted classes, best first, each object once."""
        side = self.model.sidecar
        if any(np.isnan(out.min(initial=0)) for out in outputs):
            raise ModelError(f"{self.model.path}: put out NaN; look at divide, mean and std in its sidecar")
        found = decode(outputs, side, self.threshold)
        if len(strange := np.setdiff1d(found.classes, np.arange(len(side.names)))):
            got = f"class number {strange[0]}, but names for 0 to {len(side.names) - 1}"
            raise ModelError(f"{self.model.path}: got {got}; name every class in the sidecar")
        found = found.take(np.flatnonzero(np.isin(found.classes, self._wanted)))
        if side.decode in OVERLAPPING:
            return found.take(suppress(found, OVERLAP, most=self.most, agnostic=self.agnostic))
        return found.take(best_first(found)[: self.most])


def _check_fit(model: Model) -> None:
    """Raises ModelError where the sidecar lacks what a detector needs, or the model's outputs are not what it says."""
    side = model.sidecar
    for field in ("decode", "names", *(["boxes"] if side.decode == "detr" else [])):
        if not getattr(side, field):
            raise ModelError(f"{model.path}: sidecar field {field!r} is missing; a detector needs it")
    wanted = shapes(side)
    model.check_shape(f"output {model.output!r}", wanted[0], model.output_shape)
    if len(wanted) > 1:
        model.check_shape(f"output {side.boxes!r}", wanted[1], model.boxes_shape)


def _wanted(classes: str, names: Sequence[str]) -> list[int]:
    """Numbers of the classes named, joined by "+"; all of them for none. Raises InputError with the known names."""
    asked = [name.strip() for name in classes.split("+") if name.strip()]
    for name in asked:
        if name not in names:
            raise InputError(f"onnx detector: no class {name!r}; known: {', '.join(names)}")
    return [number for number, name in enumerate(names) if name in asked or not asked]
