"""Pictures as a model wants them: placed on its input, in its layout, colour order and range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.onnx.fit import fit, resized
from raravis.onnx.sidecar import Sidecar
from raravis.types import Floats, Pixels


def prepare(sidecar: Sidecar, pictures: Sequence[Pixels]) -> Floats:
    """(N, 3, H, W) or (N, H, W, 3), as the sidecar says."""
    first = sidecar.layout == "NCHW"
    shape = (3, sidecar.height, sidecar.width) if first else (sidecar.height, sidecar.width, 3)
    batch = np.empty((len(pictures), *shape), np.float32)
    for row, rgb in zip(batch, pictures, strict=True):
        placed = _placed(sidecar, rgb)[..., :: -1 if sidecar.colour == "BGR" else 1]
        row[:] = placed.transpose(2, 0, 1) if first else placed
    of_channel = (3, 1, 1) if first else (3,)
    mean, std = (np.array(values, np.float64).reshape(of_channel) for values in (sidecar.mean, sidecar.std))
    batch *= (1 / (sidecar.divide * std)).astype(np.float32)
    batch -= (mean / std).astype(np.float32)
    return batch


def trials(sidecar: Sidecar, count: int) -> Floats:
    """Prepared pictures of noise, each on a colour of its own: a network answers each differently."""
    rng = np.random.default_rng(0)
    side = sidecar.short_side
    levels = rng.integers(0, 100, (count, side, side, 3)) + 155 * rng.random((count, 1, 1, 3))
    return prepare(sidecar, list(levels.astype(np.uint8)))


def _placed(sidecar: Sidecar, rgb: Pixels) -> Pixels:
    at = fit(sidecar, rgb.shape[1], rgb.shape[0])
    small = resized(rgb, at, sidecar.resample)
    if small.shape[:2] == (sidecar.height, sidecar.width):
        return small
    canvas = np.full((sidecar.height, sidecar.width, 3), sidecar.fill, np.uint8)
    canvas[at.y : at.y + at.height, at.x : at.x + at.width] = small
    return canvas
