"""Any ONNX image encoder with a sidecar that states its `dim`; with class `names`, words can be looked for too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.embed import unit
from raravis.errors import ModelError
from raravis.onnx import Model
from raravis.onnx.classes import directions
from raravis.types import Floats, Pixels


class OnnxEncoder:
    """Vectors of an ONNX model: `onnx:PATH`, the path of the model or of a sidecar that names it.

    A `NamedEncoder` where the sidecar has `names`: those of the classes that the model's last layer tells apart.
    """

    def __init__(self, path: str, *, device: str = "cpu", backend: str = "onnxruntime") -> None:
        self.model = Model(path, device=device, backend=backend)
        if not self.model.sidecar.dim:
            raise ModelError(f"{path}: {_missing(path, self.model.sidecar.decode)}")
        self.id = self.model.id
        self.dim = self.model.sidecar.dim
        self.short_side = self.model.sidecar.short_side
        self.model.check_shape(f"output {self.model.output!r}", ["n", self.dim], self.model.output_shape)
        if names := self.model.sidecar.names:
            self.names = names
            self.directions = directions(self.model.path, self.model.output, len(names))

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, D) unit length, in order. Raises ModelError naming the rows that come out zero or not finite."""
        runs = list(self.model(pictures))
        return unit(np.concatenate(runs) if runs else np.zeros((0, self.dim), np.float32), self.id)


def _missing(path: str, decode: str) -> str:
    if decode:
        return f"its sidecar says that it is a detector; use it as one: --detect onnx:{path}"
    return "sidecar field 'dim' is missing; wanted the length of a vector"
