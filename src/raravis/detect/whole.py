"""The frame itself is what is searched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.detect import Detections
from raravis.types import WHOLE, Pixels


class Whole:
    """One box a frame: all of it."""

    name = "whole"
    needs_pixels = False
    short_side = None

    def __call__(self, frames: Sequence[Pixels | None]) -> list[Detections]:
        """One Detections a frame, with one box and score 1."""
        return [Detections(np.array([WHOLE]), np.ones(1), [""]) for _ in frames]
