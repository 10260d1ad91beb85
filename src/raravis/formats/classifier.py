"""The trained head as an ONNX file that runs without raravis, and a JSON that says what it wants and gives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from raravis.errors import InputError
from raravis.formats.export import Export, new_file
from raravis.types import Head

OPSET = 17
IR_VERSION = 8  # what opset 17 came with: runtimes older than the one here load it too


def write(export: Export, folder: Path) -> Path:
    """`classifier.onnx`: `embedding` float32 (n, D) to `probability` (n, C); `classifier.json` beside it.

    A file that the encoder needs lies beside them.

    Raises:
        InputError: there is no classifier yet.
    """
    if export.head is None:
        raise InputError(f"no classifier for {export.concept!r} yet: train one (it needs a yes and a no), then export")
    about = json.dumps(described(export, export.head), indent=2, ensure_ascii=False)
    with new_file(folder / "classifier.json") as partial:
        partial.write_text(about + "\n", encoding="utf-8")
    with new_file(folder / "classifier.onnx") as partial:
        partial.write_bytes(graph(export.head, about).SerializeToString())
    if export.encoder_file is not None:
        with new_file(folder / export.encoder_file.name) as partial:
            shutil.copyfile(export.encoder_file, partial)
    return folder / "classifier.onnx"


def graph(head: Head, about: str = "{}") -> Any:
    """The head as an ONNX model, its calibration folded into weight and bias: a Gemm and a Sigmoid."""
    d, c = head.weight.shape
    scale, shift = head.calibration.astype(np.float64)
    inputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", d])]
    outputs = [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n", c])]
    constants = {"weight": head.weight * scale, "bias": head.bias * scale + shift}
    nodes = [
        helper.make_node("Gemm", ["embedding", "weight", "bias"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    initial = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
    body = helper.make_graph(nodes, "classifier", inputs, outputs, initial)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    helper.set_model_props(model, {"raravis": about})
    onnx.checker.check_model(model)
    return model


def described(export: Export, head: Head) -> dict[str, Any]:
    """What a program needs to feed the classifier and read it."""
    return {
        "names": list(head.names),
        "threshold": [float(str(value)) for value in head.threshold],  # the short decimals of a float32
        "encoder": head.encoder,
        "encoder_spec": dict(export.encoder_spec),
        "dim": len(head.weight),
        "input": {"name": "embedding", "shape": ["n", len(head.weight)], "dtype": "float32", "norm": "unit length"},
        "output": {"name": "probability", "shape": ["n", len(head.names)], "dtype": "float32"},
        "answers": len(head.trained_on),
        "version": export.version,
        "created": export.created,
    }
