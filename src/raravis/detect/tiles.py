"""Overlapping grids, so that small objects survive the encoder's input size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from raravis.detect import Detections
from raravis.errors import InputError
from raravis.types import WHOLE, Pixels

MOST = 16  # a side: 256 boxes a frame, each 1/12 of the frame wide
MOST_OVERLAP = 0.9


class Tiles:
    """n x n equal boxes a frame, row by row, sharing `overlap` of a side with the next; first the frame itself.

    Several grids over one frame are joined by "+", as in `tiles:2+4`, and come coarsest first.
    """

    needs_pixels = False
    short_side = None

    def __init__(self, n: int | str = 3, overlap: float = 0.25, whole: bool = True) -> None:
        sides = _sides(n)
        if not (sides and sides[0] >= 1 and sides[-1] <= MOST and 0 <= overlap <= MOST_OVERLAP):
            wanted = f"n from 1 to {MOST} and an overlap from 0 to {MOST_OVERLAP}, such as tiles:3 or tiles:2+4"
            raise InputError(f"tiles: got n={n}, overlap={overlap:g}; wanted {wanted}")
        self.name = f"tiles:n={'+'.join(map(str, sides))},overlap={overlap:g},whole={'yes' if whole else 'no'}"
        grids = [_grid(side, overlap) for side in sides if side > 1 or not whole]
        self.boxes = np.concatenate([[WHOLE], *grids] if whole else grids)

    def __call__(self, frames: Sequence[Pixels | None]) -> list[Detections]:
        """One Detections a frame, the same boxes each, with score 1."""
        n = len(self.boxes)
        return [Detections(self.boxes.copy(), np.ones(n), [""] * n) for _ in frames]


def _sides(n: int | str) -> list[int]:
    """Tiles along a side of each grid, rising, each once; none where it cannot be read."""
    try:
        return sorted({int(side) for side in str(n).split("+")})
    except ValueError:
        return []


def _grid(n: int, overlap: float) -> NDArray[np.float64]:
    side = 1 / (1 + (n - 1) * (1 - overlap))
    low = np.linspace(0, 1 - side, n)
    high = np.append((low + side)[:-1], 1.0)
    rows, columns = np.divmod(np.arange(n * n), n)
    return np.stack([low[columns], low[rows], high[columns], high[rows]], axis=1)
