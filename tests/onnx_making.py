"""Tiny ONNX models: one whose vector is the mean colour, one that says the same whatever it is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

COLOURS = {"name": "mean-colour", "version": "1", "width": 4, "height": 4, "dim": 3, "mean": 0.25}


def save(path: Path, nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: Sequence[Any] = ()) -> Path:
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, list(constants))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def tensor(name: str, shape: list[int | str], kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def mean_colour(
    path: Path,
    *,
    batch: int | str = "n",
    size: tuple[int, int] = (4, 4),
    layout: str = "NCHW",
    kind: int = TensorProto.FLOAT,
) -> Path:
    """(n, 3): the mean of each channel over the input (height, width)."""
    rows: list[int | str] = [batch, 3, *size] if layout == "NCHW" else [batch, *size, 3]
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    node = helper.make_node("ReduceMean", ["image"], ["vector"], axes=axes, keepdims=0)
    return save(path, [node], [tensor("image", rows, kind)], [tensor("vector", [batch, 3], kind)])


def says(path: Path, answer: np.ndarray[Any, Any], *, size: tuple[int, int]) -> Path:
    """A model for one picture (height, width) that always puts out `answer`, its first axis the picture."""
    constant = numpy_helper.from_array(answer.astype(np.float32), "answer")
    node = helper.make_node("Identity", ["answer"], ["output"])
    outputs = [tensor("output", list(answer.shape))]
    return save(path, [node], [tensor("images", [1, 3, *size])], outputs, [constant])


def sidecar(model: Path, **fields: Any) -> Path:
    """The sidecar beside a model; COLOURS, changed by the fields; None leaves one out."""
    told = {name: value for name, value in (COLOURS | fields).items() if value is not None}
    path = model.with_suffix(".json")
    path.write_text(json.dumps(told), encoding="utf-8")
    return path
