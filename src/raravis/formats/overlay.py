"""Boxes with what they hold, and a bar of time, drawn into a picture."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from raravis.boxes import to_pixels
from raravis.formats.sheet import Colour, drawable
from raravis.types import Box, Pixels

COLOURS: tuple[Colour, ...] = (  # told apart by most people who see red and green alike
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167),
)  # fmt: skip
_INK, _GROUND, _HEAD = (0, 0, 0), (32, 34, 38), (255, 255, 255)


class Mark(NamedTuple):
    """What is drawn of one find."""

    box: Box
    text: str
    of: int  # number of the class, which gives the colour


class Bar(NamedTuple):
    """The source's time along the bottom edge, all in 0..1."""

    spans: Sequence[tuple[float, float, int]]  # from, to, number of the class
    now: float


def drawn(rgb: Pixels, marks: Sequence[Mark], bar: Bar | None = None) -> Pixels:
    """A copy of the picture with each mark's box, its text at the box's top, and the bar."""
    image = Image.fromarray(rgb)  # a copy, as ImageDraw wants
    draw = ImageDraw.Draw(image)
    size = max(min(image.size) // 24, 10)
    for number, mark in enumerate(marks):
        _mark(draw, image.size, mark, size, sum(other.box == mark.box for other in marks[:number]))
    if bar is not None:
        _bar(draw, image.size, bar)
    return np.asarray(image)


def _mark(draw: ImageDraw.ImageDraw, picture: tuple[int, int], mark: Mark, size: int, above: int) -> None:
    """The box, and its text inside it below `above` others of the same box."""
    x0, y0, x1, y1 = to_pixels(mark.box, *picture)
    colour = COLOURS[mark.of % len(COLOURS)]
    draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=colour, width=max(size // 6, 1))
    text, font = drawable(mark.text), _font(size)
    wide, top = draw.textlength(text, font=font) + size // 2, y0 + above * (size + size // 2)
    left = max(min(x0, picture[0] - int(wide)), 0)  # text that would leave the picture is moved into it
    draw.rectangle((left, top, left + wide, top + size + size // 2), fill=colour)
    draw.text((left + size // 4, top + size // 8), text, _INK, font)


def _bar(draw: ImageDraw.ImageDraw, picture: tuple[int, int], bar: Bar) -> None:
    """A line a class, so that classes found at once are all seen."""
    width, height = picture
    lines = sorted({of for _, _, of in bar.spans})
    high = max(height // 60, 3)
    top = height - high * max(len(lines), 1)
    draw.rectangle((0, top, width, height), fill=_GROUND)
    for begin, end, of in bar.spans:
        left, line = int(begin * width), top + high * lines.index(of)
        right = max(int(end * width), left + 1)  # a moment is seen too
        draw.rectangle((left, line, right - 1, line + high - 1), fill=COLOURS[of % len(COLOURS)])
    now = min(int(bar.now * width), width - 1)
    draw.rectangle((now, top, now + width // 400, height), fill=_HEAD)


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
