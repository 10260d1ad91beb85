"""The last layer of a classifier: what direction in the space of its vectors each class lies in."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from raravis.arrays import unit
from raravis.errors import ModelError
from raravis.types import Floats

_AS_IT_IS = {"Identity", "Flatten", "Squeeze", "Unsqueeze", "Reshape", "Dropout"}  # same numbers in the same order


def directions(model: str, output: str, classes: int) -> Floats:
    """(classes, D) unit length, in the order of the scores: where a picture's vector leans if it is of the class.

    Rows of the linear layer (Gemm, MatMul or 1 x 1 Conv) that takes the vector to the scores. Raises ModelError where
    the model has no such layer.
    """
    graph = onnx.load(model).graph
    known = {tensor.name: tensor for tensor in graph.initializer}
    cast = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in known]
    known |= {node.output[0]: known[node.input[0]] for node in cast}  # weights that are kept in half precision
    same = _equal_to(graph, output)
    for node in graph.node:
        if node.input and node.input[0] in same and len(node.input) > 1 and node.input[1] in known:
            rows = _rows(node, numpy_helper.to_array(known[node.input[1]]))
            if rows is not None and len(rows) == classes:
                return unit(rows)
    raise ModelError(
        f"{model}: sidecar field 'names': got {classes} names, but no linear layer takes the output {output!r} "
        f"to {classes} scores; correct the names or leave them out"
    )


def _equal_to(graph: Any, name: str) -> set[str]:
    """Names of the tensors that hold the same numbers as this one, whatever their shape."""
    made_by = {out: node for node in graph.node for out in node.output}
    while name in made_by and made_by[name].op_type in _AS_IT_IS:
        name = made_by[name].input[0]
    same = {name}
    for node in graph.node:  # each comes after what it takes
        if node.op_type in _AS_IT_IS and node.input[0] in same:
            same.add(node.output[0])
    return same


def _rows(node: Any, weight: Any) -> Floats | None:
    """(C, D) rows of a linear layer; None of any other."""
    settings = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    if node.op_type == "Conv" and weight.shape[2:] == (1, 1) and settings.get("group", 1) == 1:
        return np.asarray(weight[:, :, 0, 0], np.float32)
    if node.op_type == "MatMul" and weight.ndim == 2:
        return np.asarray(weight.T, np.float32)
    if node.op_type == "Gemm" and not settings.get("transA", 0):
        return np.asarray(weight if settings.get("transB", 0) else weight.T, np.float32)
    return None
