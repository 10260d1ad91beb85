"""`photo.jpg#x0,y0,x1,y1`: a picture, or the part of it that is meant."""

from __future__ import annotations

import math
from pathlib import Path

from raravis import boxes
from raravis.errors import InputError
from raravis.media.pictures import read_picture
from raravis.types import Pixels

LEAST = 4  # pixels a side: less shows nothing, and is a slip of the pen

Numbers = tuple[float, float, float, float]


def read_region(spec: str | Path) -> Pixels:
    """(h, w, 3) of what `FILE` or `FILE#x0,y0,x1,y1` means: of a picture turned upright, corners in 0..1.

    Numbers are whole pixels where any of them is above 1. A file whose own name is the whole of `spec` comes first.
    Raises MediaError for a file that is no picture, InputError for corners that are no box inside it, or a tiny one.
    """
    path, corners = split(spec)
    rgb = read_picture(path)
    return rgb if corners is None else boxes.crop(rgb, _box(corners, rgb, str(spec)))


def split(spec: str | Path) -> tuple[Path, Numbers | None]:
    """The file, and the corners where there are any. Raises InputError for corners that are not four numbers."""
    name, mark, corners = str(spec).rpartition("#")
    if not mark or is_there(str(spec)) or not is_there(name):
        return Path(spec), None
    try:
        x0, y0, x1, y1 = map(_finite, corners.split(","))
    except ValueError:
        raise InputError(f"{spec}: got {corners!r} after the #; wanted x0,y0,x1,y1 in 0..1 or in pixels") from None
    return Path(name), (x0, y0, x1, y1)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def is_there(name: str) -> bool:
    """Whether a file or folder has this name; no name is too long to be asked for."""
    try:
        return Path(name).exists()
    except OSError:  # longer than a name may be
        return False


def _box(corners: Numbers, rgb: Pixels, spec: str) -> Numbers:
    height, width = rgb.shape[:2]
    x0, y0, x1, y1 = _fractions(corners, width, height, spec)
    if not (x0 < x1 and y0 < y1):
        raise InputError(f"{spec}: no box; wanted left,top,right,bottom, with left < right and top < bottom")
    if not (x0 >= 0 and y0 >= 0 and x1 <= 1 and y1 <= 1):
        raise InputError(f"{spec}: the box leaves the picture, which is {width}x{height} pixels; wanted one inside it")
    left, top, right, bottom = boxes.to_pixels((x0, y0, x1, y1), width, height)
    if min(right - left, bottom - top) < LEAST:
        got = f"a box of {right - left}x{bottom - top} pixels"
        raise InputError(f"{spec}: got {got}; wanted {LEAST} or more a side of the picture's {width}x{height}")
    return x0, y0, x1, y1


def _fractions(corners: Numbers, width: int, height: int, spec: str) -> Numbers:
    """The corners as shares of the picture, whichever way they were given."""
    if not any(value > 1 for value in corners):
        return corners
    if not all(value.is_integer() for value in corners):
        raise InputError(f"{spec}: got fractions beside a number above 1; wanted all in 0..1, or all in whole pixels")
    x0, y0, x1, y1 = corners
    return x0 / width, y0 / height, x1 / width, y1 / height
