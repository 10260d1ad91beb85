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


class Graph:
    """A graph in the making: each step takes names or arrays and gives the name of what it makes."""

    def __init__(self, shape: list[int | str], kind: int = TensorProto.FLOAT) -> None:
        self.input = tensor("images", shape, kind)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def __call__(self, op: str, *inputs: Any, **attributes: Any) -> str:
        names = [name if isinstance(name, str) else self._constant(name) for name in inputs]
        self.nodes.append(helper.make_node(op, names, [f"{op}{len(self.nodes)}"], **attributes))
        return f"{op}{len(self.nodes) - 1}"

    def _constant(self, values: Any) -> str:
        whole = isinstance(values, np.ndarray) and values.dtype == np.int64  # axes and the like
        array = values if whole else np.asarray(values, np.float32)
        self.constants.append(numpy_helper.from_array(array, f"constant{len(self.constants)}"))
        return f"constant{len(self.constants) - 1}"

    def save(self, path: Path, outputs: dict[str, tuple[str, list[int | str]]], **metadata: str) -> Path:
        """`outputs`: by the name they get, the step that makes them and their shape."""
        for name, (made, _) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [made], [name]))
        shapes = [tensor(name, shape) for name, (_, shape) in outputs.items()]
        save(path, self.nodes, [self.input], shapes, self.constants)
        model = onnx.load(path)
        helper.set_model_props(model, metadata)
        onnx.save(model, path)
        return path


SEEN = ["red", "blue"]  # the classes of `seeing`


def seeing(
    path: Path,
    decode: str,
    *,
    size: tuple[int, int],
    batch: int | str = "n",
    brightest: float = 1.0,
    channels: tuple[int, int] = (0, 2),
    scores: str = "softmax",
) -> Path:
    """A detector that sees one red and one blue rectangle, on black, and puts out their boxes as `decode` wants.

    A pixel belongs to a rectangle when its channel is over half of `brightest`; `channels` says where red and blue are.
    """
    height, width = size
    graph = Graph([batch, 3, height, width])
    boxes, seen = [], []
    for channel in channels:
        plane = graph("Gather", "images", np.int64([channel]), axis=1)
        mask = graph("Greater", plane, brightest / 2)
        low = [graph("Where", mask, ramp, 1e4) for ramp in _ramps(size)]
        high = [graph("Where", mask, ramp + 1, -1e4) for ramp in _ramps(size)]
        ends = [graph("ReduceMin", one, axes=[2, 3], keepdims=0) for one in low]
        ends += [graph("ReduceMax", one, axes=[2, 3], keepdims=0) for one in high]
        boxes.append(graph("Concat", *ends, axis=1))  # (n, 4) xyxy
        seen.append(graph("ReduceMax", graph("Cast", mask, to=TensorProto.FLOAT), axes=[2, 3], keepdims=0))  # (n, 1)
    axis = np.int64([1])
    corners = graph("Concat", *(graph("Unsqueeze", box, axis) for box in boxes), axis=1)  # (n, 2, 4)
    score = graph("Concat", *(graph("Unsqueeze", one, axis) for one in seen), axis=1)  # (n, 2, 1)
    return _told(graph, path, decode, corners, score, batch, size, scores)


def _ramps(size: tuple[int, int]) -> list[np.ndarray[Any, Any]]:
    """Column and row of every pixel."""
    row, column = np.indices(size)
    return [column[None, None].astype(np.float32), row[None, None].astype(np.float32)]


def _told(
    graph: Graph, path: Path, decode: str, corners: str, score: str, n: int | str, size: tuple[int, int], scores: str
) -> Path:
    low, high = (graph("Slice", corners, np.int64([a]), np.int64([a + 2]), np.int64([2])) for a in (0, 2))
    centre = graph("Mul", graph("Add", low, high), 0.5)
    extent = graph("Max", graph("Sub", high, low), 1.0)  # where nothing is seen, high lies below low
    of_class = graph("Mul", score, [np.eye(2)])  # (n, 2, 2)
    if decode == "yolov8":
        rows = graph("Transpose", graph("Concat", centre, extent, of_class, axis=2), perm=[0, 2, 1])
        return graph.save(path, {"output0": (rows, [n, 6, 2])})
    if decode == "yolov5":
        return graph.save(path, {"output0": (graph("Concat", centre, extent, score, of_class, axis=2), [n, 2, 7])})
    if decode == "yolov10":
        number = graph("Mul", score, [[[0], [1]]])
        return graph.save(path, {"output0": (graph("Concat", corners, score, number, axis=2), [n, 2, 6])})
    box = graph("Div", graph("Concat", centre, extent, axis=2), [[[size[1], size[0]] * 2]])
    if decode == "rtdetr":
        return graph.save(path, {"output0": (graph("Concat", box, of_class, axis=2), [n, 2, 6])})
    if decode == "detr":
        sure = graph("Sub", graph("Mul", of_class, 20.0), 10.0)  # logits: 10 if it is seen, else -10
        nothing = graph("Mul", score, 0.0)
        logits = graph("Concat", sure, nothing, axis=2) if scores == "softmax" else sure
        return graph.save(path, {"logits": (logits, [n, 2, 2 + (scores == "softmax")]), "boxes": (box, [n, 2, 4])})
    assert decode == "yolox"  # both boxes told by the first two cells, in columns 0 and 1 of stride 8
    cells = sum((size[0] // stride) * (size[1] // stride) for stride in (8, 16, 32))
    offset = graph("Sub", graph("Div", centre, 8.0), [[[0, 0], [1, 0]]])
    rows = graph("Concat", offset, graph("Log", graph("Div", extent, 8.0)), score, of_class, axis=2)
    padded = graph("Pad", rows, np.int64([0, 0, 0, 0, cells - 2, 0]))
    return graph.save(path, {"output": (padded, [n, cells, 7])})
