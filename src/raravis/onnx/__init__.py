"""ONNX models: a JSON sidecar beside each says how pictures go in and what comes out."""

from raravis.onnx.fit import Fit, fit, resized
from raravis.onnx.model import Model
from raravis.onnx.sidecar import Sidecar, find, read

__all__ = ["Fit", "Model", "Sidecar", "find", "fit", "read", "resized"]
