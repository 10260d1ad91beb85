"""Where a picture lands on a model's input, and the way back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from raravis.onnx.sidecar import Sidecar
from raravis.types import Pixels


class Fit(NamedTuple):
    """Where a picture's window lands on the input, all in pixels: input = picture * scale + shift."""

    window: tuple[float, float, float, float]  # x0, y0, x1, y1 of the picture
    x: int  # left edge on the input
    y: int
    width: int  # size on the input
    height: int

    def to_picture(self, xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 4) boxes in pixels of the picture from boxes in pixels of the input."""
        x0, y0, x1, y1 = self.window
        scale = np.array([(x1 - x0) / self.width, (y1 - y0) / self.height] * 2)
        shift = np.array([self.x, self.y] * 2)
        return np.asarray((xyxy - shift) * scale + np.array([x0, y0] * 2), np.float64)


def fit(sidecar: Sidecar, width: int, height: int) -> Fit:
    """How a picture of this size enters the model."""
    if sidecar.resize == "squash":
        return Fit((0, 0, width, height), 0, 0, sidecar.width, sidecar.height)
    if sidecar.resize == "crop":
        return _crop(sidecar, width, height)
    if sidecar.resize == "crop-resized":
        return _crop_resized(sidecar, width, height)
    return _letterbox(sidecar, width, height)


def _letterbox(sidecar: Sidecar, width: int, height: int) -> Fit:
    """As the networks were trained: YOLOX cuts sizes off and starts at the corner; YOLOv5 on round, and centre."""
    scale = min(sidecar.width / width, sidecar.height / height)
    if sidecar.place == "corner":
        return Fit((0, 0, width, height), 0, 0, max(1, int(width * scale)), max(1, int(height * scale)))
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    return Fit((0, 0, width, height), (sidecar.width - w) // 2, (sidecar.height - h) // 2, w, h)


def _crop(sidecar: Sidecar, width: int, height: int) -> Fit:
    scale = min(width / sidecar.width, height / sidecar.height) * sidecar.crop
    w, h = sidecar.width * scale, sidecar.height * scale
    x, y = (width - w) / 2, (height - h) / 2
    return Fit((x, y, x + w, y + h), 0, 0, sidecar.width, sidecar.height)


def _crop_resized(sidecar: Sidecar, width: int, height: int) -> Fit:
    """As torchvision and transformers do: resized, the longer side cut to whole pixels, and so is the middle of it."""
    edge, w, h = sidecar.short_side, sidecar.width, sidecar.height
    across, down = (edge, int(edge * height / width)) if width <= height else (int(edge * width / height), edge)
    x, y, of_x, of_y = (across - w) // 2, (down - h) // 2, width / across, height / down
    return Fit((x * of_x, y * of_y, (x + w) * of_x, (y + h) * of_y), 0, 0, w, h)


def resized(rgb: Pixels, at: Fit, resample: str = "bilinear") -> Pixels:
    """(at.height, at.width, 3): the window, antialiased; a view where the sizes agree already."""
    x0, y0, x1, y1 = at.window
    if abs(x1 - x0 - at.width) + abs(y1 - y0 - at.height) < 1e-6:
        return rgb[round(y0) : round(y0) + at.height, round(x0) : round(x0) + at.width]
    how = Image.Resampling[resample.upper()]
    return np.asarray(Image.fromarray(rgb).resize((at.width, at.height), how, at.window, reducing_gap=2.0))
