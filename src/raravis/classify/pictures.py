"""A classifier that takes pixels: one ONNX file, run as its sidecar says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raravis.errors import ModelError
from raravis.onnx import Model
from raravis.types import Floats, Pixels


class OfPictures:
    """A Classifier; the model puts out (n, C) calibrated probabilities itself."""

    def __init__(self, file: Path, *, device: str = "cpu") -> None:
        self.model = Model(str(file), device=device)
        sidecar = self.model.sidecar
        if len(sidecar.threshold) != len(sidecar.names) or not sidecar.names:
            raise ModelError(
                f"{file}: sidecar field 'threshold': got {len(sidecar.threshold)} numbers for {len(sidecar.names)} "
                "names; wanted one for each class"
            )
        self.model.check_shape(f"output {self.model.output!r}", ["n", len(sidecar.names)], self.model.output_shape)
        self.id = self.model.id
        self.names, self.exclusive = sidecar.names, sidecar.exclusive
        self.threshold: Floats = np.array(sidecar.threshold, np.float32)
        self.short_side = sidecar.short_side

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, C) probabilities, in order."""
        runs = list(self.model(pictures))
        return np.concatenate(runs) if runs else np.zeros((0, len(self.names)), np.float32)
