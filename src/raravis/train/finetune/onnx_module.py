"""An ONNX file as a PyTorch module that can be trained: the operators of MobileNet-like networks, and no others.

Float weights become parameters; shapes and bounds stay what they are. Imports PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional

from raravis.errors import ModelError
from raravis.onnx import Model
from raravis.train.finetune.backbone import Backbone
from raravis.types import Floats, Pixels

Operator = Callable[..., Any]
AGREE = 1e-4


class OnnxModule(torch.nn.Module):  # type: ignore[misc]  # without PyTorch its types are unknown
    """What the model's one input is, to the output that was asked for."""

    def __init__(self, graph: Any, output: str, where: str) -> None:
        super().__init__()
        stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        (self.input,) = (each.name for each in graph.input if each.name not in stored)
        self.output = output
        nodes = _folded(_needed(graph, output), stored)
        self._steps = [(_operator(node, where), list(node.input), node.output[0]) for node in nodes]
        used = {name: node.op_type for node in nodes for name in node.input if name in stored}
        self._taught = [name for name, kind in used.items() if kind != "Clip" and _is_weight(stored[name])]
        self.weights = torch.nn.ParameterList(torch.tensor(stored[name], dtype=torch.float32) for name in self._taught)
        self._constants = {name: stored[name].tolist() for name in used if name not in self._taught}

    def forward(self, x: Any) -> Any:
        """The output; the batch may be of any size."""
        known: dict[str, Any] = {"": None, self.input: x} | self._constants
        known |= zip(self._taught, self.weights, strict=True)
        for operator, inputs, output in self._steps:
            known[output] = operator(*(known[name] for name in inputs))
        return known[self.output]


def backbone(spec: str, path: str, pictures: Sequence[Pixels]) -> Backbone:
    """The encoder in the file, from its path or its sidecar's; it answers the pictures as ONNX Runtime does.

    Raises ModelError where it does not, or cannot be trained here.
    """
    model = Model(path)
    if not model.sidecar.dim:
        raise ModelError(f"{path}: its sidecar says no 'dim', the length of its vectors; wanted an encoder")
    module = load(Path(model.path), model.output)
    away = _difference(module, model, model.prepare(pictures))
    if not away <= AGREE:
        raise ModelError(f"{path}: read into PyTorch it answers differently from ONNX Runtime, by {away:.1e} of 1")
    return Backbone(spec, model.digest, model.sidecar, module)


def _difference(module: OnnxModule, model: Model, prepared: Floats) -> float:
    """The largest, as a share of the largest number that comes out."""
    if not len(prepared):
        return 0.0
    with torch.inference_mode():
        got = module(torch.from_numpy(prepared)).numpy()
    wanted = np.concatenate([model.run(part)[0] for part in np.array_split(prepared, len(prepared))])
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


def load(file: Path, output: str) -> OnnxModule:
    """The module. Raises ModelError naming the first operator or setting that is not known here."""
    try:
        graph = onnx.load(str(file)).graph
    except Exception as error:  # noqa: BLE001 protobuf's own classes share no narrower parent
        raise ModelError(f"{file}: not a readable ONNX model: {type(error).__name__}") from None
    return OnnxModule(graph, output, str(file))


def _needed(graph: Any, output: str) -> list[Any]:
    """The nodes that the output needs, in their order."""
    wanted, nodes = {output}, []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            nodes.append(node)
    return nodes[::-1]


def _folded(nodes: Sequence[Any], stored: dict[str, Any]) -> list[Any]:
    """Without the nodes that only write down a constant or widen one; what they say is in `stored` afterwards."""
    left = []
    for node in nodes:
        told = _attributes(node)
        if node.op_type == "Constant" and "value" in told:
            stored[node.output[0]] = numpy_helper.to_array(told["value"])
        elif node.op_type == "Cast" and node.input[0] in stored:
            to = onnx.helper.tensor_dtype_to_np_dtype(told["to"])
            stored[node.output[0]] = stored[node.input[0]].astype(to)
        else:
            left.append(node)
    return left


def _is_weight(value: Any) -> bool:
    return value.ndim > 0 and value.dtype in (np.float32, np.float16)


def _attributes(node: Any) -> dict[str, Any]:
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def _operator(node: Any, where: str) -> Operator:
    """What the node does, its settings bound. Raises ModelError for what is not known here."""
    instead = "cannot be trained here; take the network from its library: timm:NAME or hf:NAME"
    if node.op_type not in OPERATORS or node.domain not in ("", "ai.onnx"):
        raise ModelError(f"{where}: operator {node.op_type} {instead}; known: {', '.join(OPERATORS)}")
    function, *names = OPERATORS[node.op_type]
    told = _attributes(node)
    for name, value in told.items():
        if name not in names and (harmless := HARMLESS.get((node.op_type, name))) is not ANY and value != harmless:
            raise ModelError(f"{where}: operator {node.op_type} with {name}={value!r} {instead}")
    return partial(function, **{name: value for name, value in told.items() if name in names})


def _conv(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    pads: Sequence[int] = (0, 0, 0, 0),
    strides: Sequence[int] = (1, 1),
    dilations: Sequence[int] = (1, 1),
    group: int = 1,
) -> Any:
    top, left, bottom, right = pads
    if (top, left) != (bottom, right):  # as TensorFlow pads
        x, top, left = functional.pad(x, (left, right, top, bottom)), 0, 0
    return functional.conv2d(x, weight, bias, tuple(strides), (top, left), tuple(dilations), group)


def _gemm(a: Any, b: Any, c: Any = 0.0, *, alpha: float = 1.0, beta: float = 1.0, **turned: int) -> Any:
    product = (a.T if turned.get("transA") else a) @ (b.T if turned.get("transB") else b)
    return alpha * product + beta * c


def _clip(x: Any, lowest: Any = None, highest: Any = None, **bounds: float) -> Any:
    """Its bounds are inputs from opset 11 on, of one number or a list of it, and attributes before."""
    given = (bounds.get("min", lowest), bounds.get("max", highest))
    return torch.clamp(x, *(bound[0] if isinstance(bound, list) else bound for bound in given))


def _over(function: Operator) -> Operator:
    """A function over axes: these are an input from opset 13 or 18 on, an attribute before."""

    def reduced(x: Any, given: Any = None, *, axes: Any = None, keepdims: int = 1) -> Any:
        return function(x, dim=tuple(given or axes or range(x.ndim)), keepdim=bool(keepdims))

    return reduced


def _expand(x: Any, shape: Sequence[Any]) -> Any:
    """As ONNX does it: a 1 on either side takes the other's size."""
    own = [1] * (len(shape) - x.ndim) + list(x.shape)
    return x.expand([o if isinstance(s, int) and s == 1 else s for s, o in zip(shape, own, strict=True)])


def _shape(x: Any, *, start: int = 0, end: int | None = None) -> list[Any]:
    """Sizes as numbers, or as the exporter's names for them, never as a tensor."""
    return list(x.shape[start:end])


def _concat(*parts: Any, axis: int) -> Any:
    return list(chain(*parts)) if isinstance(parts[0], list) else torch.cat(parts, dim=axis)


ANY = object()
OPERATORS: Mapping[str, tuple[Any, ...]] = {  # what does it, and the settings that it takes
    "Add": (torch.add,),
    "Clip": (_clip, "min", "max"),
    "Concat": (_concat, "axis"),
    "Conv": (_conv, "pads", "strides", "dilations", "group"),
    "Div": (torch.div,),
    "Expand": (_expand,),
    "Flatten": (partial(torch.flatten, start_dim=1),),
    "Gemm": (_gemm, "alpha", "beta", "transA", "transB"),
    "GlobalAveragePool": (lambda x: x.mean(dim=(2, 3), keepdim=True),),
    "Identity": (lambda x: x,),
    "ReduceL2": (_over(torch.linalg.vector_norm), "axes", "keepdims"),
    "ReduceMean": (_over(torch.mean), "axes", "keepdims"),
    "Relu": (torch.relu,),
    "Shape": (_shape, "start", "end"),
}
HARMLESS = {  # settings that change nothing where they have this value
    ("Conv", "auto_pad"): b"NOTSET",
    ("Conv", "kernel_shape"): ANY,  # the weight says it too
    ("Flatten", "axis"): 1,
    ("ReduceL2", "noop_with_empty_axes"): 0,
    ("ReduceMean", "noop_with_empty_axes"): 0,
}
