"""What is trained: a network that somebody trained before, with the way pictures enter it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from raravis.onnx import Sidecar


@dataclass(frozen=True, eq=False)
class Backbone:
    """A module of PyTorch: prepared pictures (n, 3, H, W) or (n, H, W, 3) -> (n, D), in one batch of any size."""

    spec: str  # as people wrote it
    digest: str  # of weights and preparation
    sidecar: Sidecar  # of its input
    module: Any
