"""The trained head as an ONNX file that runs without raravis, and a JSON that says what it wants and gives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from raravis.errors import InputError
from raravis.formats.export import Export, new_file
from raravis.types import Floats, Head

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
    told = described(export.head, export.encoder_spec, version=export.version, created=export.created)
    about = told | {"about": {"trained_on": list(export.taught)}}
    return write_head(export.head, about, folder, encoder_file=export.encoder_file)


def write_head(head: Head, about: Mapping[str, Any], folder: Path, *, encoder_file: Path | None = None) -> Path:
    """The same of a head and what its JSON says."""
    text = json.dumps(about, indent=2, ensure_ascii=False)
    with new_file(folder / "classifier.json") as partial:
        partial.write_text(text + "\n", encoding="utf-8")
    with new_file(folder / "classifier.onnx") as partial:
        partial.write_bytes(graph(head, text).SerializeToString())
    if encoder_file is not None:
        with new_file(folder / encoder_file.name) as partial:
            shutil.copyfile(encoder_file, partial)
    return folder / "classifier.onnx"


def graph(head: Head, about: str = "{}", *, opset: int = OPSET, ir_version: int = IR_VERSION) -> Any:
    """The head as an ONNX model, its calibration folded into the last layer: Gemm and Relu, Gemm and Sigmoid.

    Of classes that exclude one another it ends in Softmax.
    """
    inputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", head.dim])]
    outputs = [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n", len(head.names)])]
    nodes: list[Any] = []
    constants: dict[str, Floats] = {}
    for number, layer in enumerate(_layers(head)):
        last = number == len(head.hidden)
        names, values = (("weight", "bias"), ("logit", "probability")) if last else _inner(number)
        constants |= zip(names, layer, strict=True)
        nodes.append(helper.make_node("Gemm", [f"hidden{number - 1}" if number else "embedding", *names], values[:1]))
        squash = {"op_type": "Softmax", "axis": 1} if head.exclusive else {"op_type": "Sigmoid"}
        nodes.append(
            helper.make_node(**(squash if last else {"op_type": "Relu"}), inputs=values[:1], outputs=values[1:])
        )
    initial = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    body = helper.make_graph(nodes, "classifier", inputs, outputs, initial)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
    helper.set_model_props(model, {"raravis": about})
    onnx.checker.check_model(model)
    return model


def _inner(number: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """Names of a hidden layer's constants, and of its sum and what ReLU makes of it."""
    return (f"weight{number}", f"bias{number}"), (f"sum{number}", f"hidden{number}")


def _layers(head: Head) -> list[tuple[Floats, Floats]]:
    """Weight and bias of each layer, calibrated."""
    scale, shift = head.calibration.astype(np.float64)
    last = (np.asarray(head.weight * scale, np.float32), np.asarray(head.bias * scale + shift, np.float32))
    return [*head.hidden, last]


def described(head: Head, encoder_spec: Mapping[str, Any], *, version: str, created: str) -> dict[str, Any]:
    """What a program needs to feed the classifier and read it."""
    return {
        "names": list(head.names),
        "threshold": [float(str(value)) for value in head.threshold],  # the short decimals of a float32
        "exclusive": head.exclusive,
        "encoder": head.encoder,
        "encoder_spec": dict(encoder_spec),
        "dim": head.dim,
        "input": {"name": "embedding", "shape": ["n", head.dim], "dtype": "float32", "norm": "unit length"},
        "output": {"name": "probability", "shape": ["n", len(head.names)], "dtype": "float32"},
        "answers": len(head.trained_on),
        "version": version,
        "created": created,
    }
