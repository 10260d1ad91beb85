"""Boxes are xyxy in 0..1; every conversion has a name."""

from __future__ import annotations

from raravis.types import Box, Pixels


def to_pixels(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 in whole pixels, at least one pixel wide and high, inside the picture."""
    x0 = min(int(box[0] * width), width - 1)
    y0 = min(int(box[1] * height), height - 1)
    x1, y1 = round(box[2] * width), round(box[3] * height)
    return x0, y0, min(max(x1, x0 + 1), width), min(max(y1, y0 + 1), height)


def crop(rgb: Pixels, box: Box) -> Pixels:
    """(h, w, 3) view of the box's pixels."""
    x0, y0, x1, y1 = to_pixels(box, rgb.shape[1], rgb.shape[0])
    return rgb[y0:y1, x0:x1]


def clip(box: Box) -> Box:
    """The part of a box that lies inside the picture."""
    x0, y0, x1, y1 = (min(max(float(v), 0.0), 1.0) for v in box)
    return x0, y0, x1, y1


def widen(box: Box, margin: float) -> Box:
    """The box with `margin` times its own width and height added on each side, kept inside the picture."""
    dx, dy = margin * (box[2] - box[0]), margin * (box[3] - box[1])
    return clip((box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy))
