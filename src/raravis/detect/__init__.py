"""Frames to boxes worth a look."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from raravis.types import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The boxes of one frame, best first."""

    boxes: NDArray[np.float64]  # (n, 4) xyxy in 0..1
    scores: NDArray[np.float64]  # (n,) how sure the detector is; larger is surer
    names: list[str]  # (n,) classes; "" where the detector knows none

    def __post_init__(self) -> None:
        n = len(self.names)
        assert self.boxes.shape == (n, 4) and self.scores.shape == (n,), (self.boxes.shape, self.scores.shape, n)

    def __len__(self) -> int:
        return len(self.names)


class Detector(Protocol):
    """What flow asks of a detector; `testing.check_detector` holds one to it."""

    name: str  # the spec with its settings: it enters the items
    needs_pixels: bool  # False: frames may be None, and every frame gets the same boxes
    short_side: int | None  # pixels of a frame's shorter side that it can use; None: it looks at none

    def __call__(self, frames: Sequence[Pixels | None]) -> list[Detections]:
        """One Detections a frame, in order; a frame without a find has none."""


def pixels_needed(boxes: NDArray[np.float64], encoder_side: int, *, most: int = 1080) -> int:
    """The frame's shorter side to decode, in pixels, so that the smallest box still fills the encoder's input.

    At most `most`, but never less than the encoder's own side; frames are not enlarged.
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    needed = math.ceil(encoder_side / float(sides.min(initial=1.0)) - 1e-9)
    return max(encoder_side, min(needed, most))
