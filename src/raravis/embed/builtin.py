"""The encoder that needs no download: a small network trained by this project, in `raravis/models`."""

from __future__ import annotations

from importlib import resources

from raravis.embed.onnx import OnnxEncoder


class Builtin(OnnxEncoder):
    """`builtin`, or `builtin:device=cuda`; what it was trained on and what it is bad at: docs/encoders.md.

    A `NamedEncoder`: it has learnt to name ImageNet's classes.
    """

    def __init__(self, device: str = "cpu", backend: str = "onnxruntime") -> None:
        super().__init__(str(resources.files("raravis") / "models/builtin.onnx"), device=device, backend=backend)
