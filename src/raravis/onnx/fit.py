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
    scale = min(sidecar.width / width, sidecar.height / height)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    corner = sidecar.place == "corner"
    x, y = (0, 0) if corner else ((sidecar.width - w) // 2, (sidecar.height - h) // 2)
    return Fit((0, 0, width, height), x, y, w, h)


def _crop(sidecar: Sidecar, width: int, height: int) -> Fit:
    scale = min(width / sidecar.width, height / sidecar.height) * sidecar.crop
    w, h = sidecar.width * scale, sidecar.height * scale
    x, y = (width - w) / 2, (height - h) / 2
    return Fit((x, y, x + w, y + h), 0, 0, sidecar.width, sidecar.height)


def resized(rgb: Pixels, at: Fit) -> Pixels:
    """(at.height, at.width, 3): the window, bilinear and antialiased; a view where the sizes agree already."""
    x0, y0, x1, y1 = at.window
    if abs(x1 - x0 - at.width) + abs(y1 - y0 - at.height) < 1e-6:
        return rgb[round(y0) : round(y0) + at.height, round(x0) : round(x0) + at.width]
    size = (at.width, at.height)
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR, at.window, reducing_gap=2.0))
