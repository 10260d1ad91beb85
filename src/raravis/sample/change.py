"""A look whenever the picture has changed since the last look kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from raravis.errors import InputError
from raravis.sample.every import Every
from raravis.types import Floats, Frame, Ints, Packets, Pixels

_TILE = 8  # pixels of the small picture


class Change:
    """Frames whose most changed part differs from the last kept frame by more than `threshold` grey levels.

    Candidates are every `seconds`. A still camera yields few looks, and a slow change adds up until it
    counts, because the comparison is with what was kept, not with what came just before.
    """

    needs_pixels = True
    short_side = 64

    def __init__(self, threshold: float = 8.0, seconds: float = 0.5) -> None:
        self.threshold, self.seconds = threshold, seconds

    def __call__(self, packets: Packets, frames: Callable[[Ints], Iterator[Frame]] | None = None) -> Ints:
        """Rising pts (k,), the first frame that decodes among them. `frames` gives the pixels of given pts."""
        if frames is None:
            raise InputError("sample change compares pictures; it needs a source that can be decoded")
        kept: list[int] = []
        last: Floats | None = None
        for frame in frames(Every(self.seconds)(packets)):
            grey = tiles(frame.rgb)
            if last is None or grey.shape != last.shape or np.abs(grey - last).max() > self.threshold:
                kept.append(frame.pts)
                last = grey
        return np.array(kept, np.int64)


def tiles(rgb: Pixels) -> Floats:
    """Mean grey level of each tile of 8 x 8 pixels, the last ones smaller: noise averages out, objects stay."""
    grey: Floats = rgb.mean(2, dtype=np.float32)
    for axis in (0, 1):
        starts = np.arange(0, grey.shape[axis], _TILE)
        counts = np.diff(np.append(starts, grey.shape[axis]))
        sums = np.add.reduceat(grey, starts, axis=axis)
        grey = np.asarray(sums / np.expand_dims(counts, 1 - axis), np.float32)
    return grey
