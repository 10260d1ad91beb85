"""`photo.jpg#x0,y0,x1,y1`: a picture, or the part of it that is meant."""

from __future__ import annotations

import math
from pathlib import Path

from raravis import boxes
from raravis.errors import InputError
from raravis.media.pictures import read_picture
from raravis.types import Pixels

Numbers = tuple[float, float, float, float]


def read_region(spec: str | Path) -> Pixels:
    """(h, w, 3) of what `FILE` or `FILE#x0,y0,x1,y1` means: of a picture turned upright, corners in 0..1.

    Numbers are pixels where any of them is above 1. A file whose own name is the whole of `spec` comes first.
    Raises MediaError for a file that is no picture, InputError for corners that are no box inside it.
    """
    path, corners = split(spec)
    rgb = read_picture(path)
    return rgb if corners is None else boxes.crop(rgb, _box(corners, rgb, str(spec)))


def split(spec: str | Path) -> tuple[Path, Numbers | None]:
    """The file, and the corners where there are any. Raises InputError for corners that are not four numbers."""
    name, mark, corners = str(spec).rpartition("#")
    if not mark or _is_there(str(spec)) or not _is_there(name):
        return Path(spec), None
    try:
        x0, y0, x1, y1 = map(float, corners.split(","))
    except ValueError:
        raise InputError(f"{spec}: got {corners!r} after the #; wanted x0,y0,x1,y1 in 0..1 or in pixels") from None
    return Path(name), (x0, y0, x1, y1)


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # longer than a name may be
        return False


def _box(corners: Numbers, rgb: Pixels, spec: str) -> Numbers:
    height, width = rgb.shape[:2]
    x0, y0, x1, y1 = corners
    if any(value > 1 for value in corners):
        x0, y0, x1, y1 = x0 / width, y0 / height, x1 / width, y1 / height
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1 and all(map(math.isfinite, corners))):
        raise InputError(f"{spec}: no box inside {width}x{height} pixels; wanted x0 < x1 and y0 < y1, 0..1 or pixels")
    return x0, y0, x1, y1
