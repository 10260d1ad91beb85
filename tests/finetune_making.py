"""Small pictures of three colours, labelled, and networks small enough to be trained in a moment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from raravis.train.labelled import Labelled

COLOURS = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200]])
SIDE = 16


def pictures_of(colours: Sequence[int], *, seed: int = 0) -> list[Any]:
    """Of mixed sizes and shapes, in noise that hides none of the colours."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(12, 40, (len(colours), 2))
    return [
        np.clip(COLOURS[colour] + rng.normal(0, 60, (high, wide, 3)), 0, 255).astype(np.uint8)
        for colour, (high, wide) in zip(colours, sizes, strict=True)
    ]


def save(nodes: Sequence[Any], stored: dict[str, Any], file: Path, *, output: Sequence[int | str]) -> Path:
    """A model that takes `image` and puts out `vector`, and its sidecar."""
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, list(output))],
        [numpy_helper.from_array(value, name) for name, value in stored.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, file)
    told = {"name": "tiny", "version": "1", "width": SIDE, "height": SIDE, "mean": 0.5, "std": 0.25}
    file.with_suffix(".json").write_text(json.dumps(told | {"dim": output[-1], "batch": 4}), encoding="utf-8")
    return file


def labelled(n: int = 48, *, unreadable: Sequence[int] = (), **given: Any) -> Labelled:
    """Pictures of three colours in turn, two of each group, nothing said of a split."""
    colours = np.arange(n) // 2 % 3
    shown = pictures_of(colours.tolist())

    def pictures(rows: Any) -> Iterator[tuple[int, Any]]:
        return ((row, shown[row]) for row in sorted(rows.tolist(), reverse=True) if row not in unreadable)

    told = {
        "names": ("red", "green", "blue"),
        "exclusive": True,
        "value": np.where(np.arange(3) == colours[:, None], 1, -1).astype(np.int8),
        "group": np.arange(n) // 2,
        "weight": np.ones(n, np.float32),
        "split": ("",) * n,
        "shown": tuple(f"{row}.jpg" for row in range(n)),
        "pictures": pictures,
    }
    return Labelled(**told | given)


def encoder(folder: Path) -> Path:
    """An ONNX encoder of 16 x 16 pixels to 12 numbers, at random."""
    rng = np.random.default_rng(0)
    shapes = {"w0": (8, 3, 3, 3), "b0": (8,), "w1": (8, 1, 3, 3), "b1": (8,), "w2": (12, 8, 1, 1), "b2": (12,)}
    stored = {name: rng.normal(0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()}
    stored |= {"low": np.array(0, np.float32), "high": np.array(6, np.float32)}
    nodes = [
        helper.make_node("Conv", ["image", "w0", "b0"], ["c0"], pads=[0, 0, 1, 1], strides=[2, 2]),
        helper.make_node("Clip", ["c0", "low", "high"], ["r0"]),
        helper.make_node("Conv", ["r0", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1], group=8),
        helper.make_node("Add", ["r0", "c1"], ["a1"]),
        helper.make_node("Conv", ["a1", "w2", "b2"], ["c2"]),
        helper.make_node("GlobalAveragePool", ["c2"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["vector"]),
    ]
    return save(nodes, stored, folder / "tiny.onnx", output=["n", 12])
