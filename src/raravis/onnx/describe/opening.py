"""What a graph does to its pictures before the network begins: y = scale * x + shift, a number or one a channel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

Numbers = NDArray[np.float64]
FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE)
PASSED = ("Cast", "Identity", "Transpose")  # these leave the values as they are


class Affine(NamedTuple):
    """The first arithmetic of a graph."""

    scale: Numbers
    shift: Numbers


def opening(graph: Any, name: str) -> Affine | None:
    """What is computed of the input before anything else happens; None where nothing is."""
    constants = _constants(graph)
    scale, shift, found = np.ones(1), np.zeros(1), False
    while (node := _only_user(graph, name)) is not None:
        if node.op_type not in PASSED:
            step = _step(node, name, constants)
            if step is None:
                break
            scale, shift, found = scale * step.scale, shift * step.scale + step.shift, True
        name = node.output[0]
    return Affine(scale, shift) if found else None


def _only_user(graph: Any, name: str) -> Any:
    users = [node for node in graph.node if name in node.input]
    return users[0] if len(users) == 1 else None


def _step(node: Any, name: str, constants: dict[str, Numbers]) -> Affine | None:
    """What one node does, if it is arithmetic with constants."""
    first = node.input[0] == name
    other = constants.get(node.input[1 if first else 0]) if len(node.input) == 2 else None
    if other is None or other.size not in (1, 3):
        return None
    zero, one = np.zeros(1), np.ones(1)
    if node.op_type == "Sub":
        return Affine(one, -other) if first else Affine(-one, other)
    if node.op_type == "Div":
        return Affine(1 / other, zero) if first and np.all(other) else None
    return {"Add": Affine(one, other), "Mul": Affine(other, zero)}.get(node.op_type)


def _constants(graph: Any) -> dict[str, Numbers]:
    """Single numbers and threes by name, flat."""
    nodes = [node for node in graph.node if node.op_type == "Constant"]
    told = {node.output[0]: one.t for node in nodes for one in node.attribute if one.name == "value"}
    tensors = told | {tensor.name: tensor for tensor in graph.initializer}
    small = {name: tensor for name, tensor in tensors.items() if tensor.data_type in FLOATS and _is_small(tensor)}
    return {name: numpy_helper.to_array(tensor).astype(np.float64).ravel() for name, tensor in small.items()}


def _is_small(tensor: Any) -> bool:
    return int(np.prod(tensor.dims)) in (1, 3) and tensor.data_location != TensorProto.EXTERNAL
