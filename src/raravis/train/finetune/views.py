"""What the network is shown of a picture: all of it as it will be in use, or in training a crop, flipped or mixed.

Whatever is drawn by lot is drawn by NumPy, so that the same seed shows the same on every device. Imports PyTorch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from raravis.onnx import Sidecar
from raravis.types import Bools, Floats, Ints, Pixels

ASPECT = 4 / 3  # of a crop, at most


class Draw(NamedTuple):
    """What was drawn for a batch of n pictures."""

    windows: Floats  # (n, 4) left, top, width, height in 0..1
    flipped: Bools  # (n,)
    partner: Ints  # (n,) whom each is mixed with
    share: Floats  # (n,) of itself in the mixture


def draw(rng: np.random.Generator, n: int, *, smallest: float, mixup: float) -> Draw:
    """Crops of `smallest` to all of the area, half of them flipped, each picture with a share of its own.

    The share is drawn from Beta(mixup, mixup), and folded so that a picture is itself more than its partner.
    """
    area, shape = rng.uniform(smallest, 1, n), np.exp(rng.uniform(-1, 1, n) * np.log(ASPECT) / 2)
    size = np.minimum(np.stack([np.sqrt(area) * shape, np.sqrt(area) / shape], axis=1), 1)
    corner = rng.random((n, 2)) * (1 - size)
    flipped, partner = rng.random(n) < 0.5, rng.permutation(n)
    share = rng.beta(mixup, mixup, n) if mixup else np.ones(n)
    windows = np.concatenate([corner, size], axis=1).astype(np.float32)
    return Draw(windows, flipped, partner, np.maximum(share, 1 - share).astype(np.float32))


def whole(n: int) -> Draw:
    """Nothing left to chance: all of each picture, as it is."""
    windows = np.tile(np.array([0, 0, 1, 1], np.float32), (n, 1))
    return Draw(windows, np.zeros(n, bool), np.arange(n), np.ones(n, np.float32))


def shown(sidecar: Sidecar, pixels: Pixels, device: Any) -> Any:
    """What the network takes, of pictures (n, height, width, 3) of the input's own size: all of them."""
    return normalised(sidecar, torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float())


def changed(sidecar: Sidecar, pixels: Pixels, drawn: Draw, device: Any) -> Any:
    """The same of larger pictures: each cropped and flipped as drawn, brought to the input's size, and mixed."""
    pictures = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float()
    size = [len(pixels), 3, sidecar.height, sidecar.width]
    grid = functional.affine_grid(torch.from_numpy(_maps(drawn)).to(device), size, align_corners=False)
    cut = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    return mixed(normalised(sidecar, cut), drawn)


def mixed(values: Any, drawn: Draw) -> Any:
    """(n, …) each row with its partner's, by its own share: of pictures, and of what they are to teach."""
    share = torch.from_numpy(drawn.share).to(values.device).reshape(-1, *[1] * (values.ndim - 1))
    partner = torch.from_numpy(drawn.partner).to(values.device)
    return share * values + (1 - share) * values[partner]


def normalised(sidecar: Sidecar, pictures: Any) -> Any:
    """Levels 0..255 (n, 3, h, w) as the network takes them, in its layout; as `onnx.prepare` does it."""
    mean, std = (torch.tensor(values, dtype=torch.float64).reshape(3, 1, 1) for values in (sidecar.mean, sidecar.std))
    scale, shift = (1 / (sidecar.divide * std)).float(), (mean / std).float()
    values = pictures * scale.to(pictures.device) - shift.to(pictures.device)
    return values if sidecar.layout == "NCHW" else values.permute(0, 2, 3, 1)


def _maps(drawn: Draw) -> Floats:
    """(n, 2, 3) from -1..1 on the input to -1..1 on the picture."""
    x, y, w, h = drawn.windows.T
    maps = np.zeros((len(x), 2, 3), np.float32)
    maps[:, 0, 0], maps[:, 1, 1] = np.where(drawn.flipped, -w, w), h
    maps[:, 0, 2], maps[:, 1, 2] = 2 * x + w - 1, 2 * y + h - 1
    return maps
