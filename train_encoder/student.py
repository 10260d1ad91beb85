"""The network that is trained: narrower MobileNetV2 units (Sandler et al. 2018, arXiv:1801.04381) and a linear layer.

A unit widens, filters each channel by itself, and narrows again. It is cut from the teacher's unit of the same place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn


class Unit(nn.Module):
    """(n, in, h, w) -> (n, out, h / stride, w / stride); what comes in is added where the shapes allow."""

    def __init__(self, widen: nn.Module, filter: nn.Module, narrow: nn.Module, *, residual: bool) -> None:
        super().__init__()
        self.widen, self.filter, self.narrow, self.residual = widen, filter, narrow, residual

    def wide(self, x: Tensor) -> Tensor:
        """What the last layer narrows."""
        return nn.functional.relu6(self.filter(nn.functional.relu6(self.widen(x))))

    def forward(self, x: Tensor) -> Tensor:
        """The unit's output."""
        narrow = self.narrow(self.wide(x))
        return x + narrow if self.residual else narrow


class Network(nn.Module):
    """Pictures (n, 3, h, w) in -1..1 -> (n, d), not yet of unit length."""

    def __init__(self, units: list[Unit], last: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.units, self.last, self.head = nn.Sequential(*units), last, head

    def pooled(self, x: Tensor) -> Tensor:
        """(n, c) features before the linear layer."""
        return nn.functional.relu6(self.last(self.units(x))).mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Features after it."""
        return self.head(self.pooled(x))


class Shifted(nn.Conv2d):
    """A convolution of stride 2 as TensorFlow pads it: one row and one column, at the end."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h / 2, w / 2)."""
        return super().forward(nn.functional.pad(x, (0, 1, 0, 1)))


def convolution(inside: int, outside: int, *, kernel: int = 1, stride: int = 1, alone: bool = False) -> nn.Conv2d:
    """One layer of a unit; `alone`: each channel by itself."""
    kind, padding = (Shifted, 0) if stride == 2 else (nn.Conv2d, kernel // 2)
    return kind(inside, outside, kernel, stride, padding, groups=inside if alone else 1)


def teacher(file: Path) -> Network:
    """MobileNetV2 as it lies in the ONNX file, batch normalisation folded in, and without its classifier."""
    graph = onnx.load(file).graph
    stored = {entry.name: torch.tensor(numpy_helper.to_array(entry)) for entry in graph.initializer}
    layers = [_loaded(node, stored) for node in graph.node if node.op_type == "Conv"]
    units = []
    for widen, filter, narrow in zip(layers[0:51:3], layers[1:51:3], layers[2:51:3], strict=True):
        same = widen.in_channels == narrow.out_channels and widen.stride == filter.stride == (1, 1)
        units.append(Unit(widen, filter, narrow, residual=same))
    return Network(units, layers[51], nn.Identity()).eval()


def class_layer(file: Path) -> tuple[Tensor, Tensor]:
    """The teacher's classifier: weight (1001, 1280) and bias (1001,)."""
    stored = {entry.name: torch.tensor(numpy_helper.to_array(entry)) for entry in onnx.load(file).graph.initializer}
    return stored["w63"].flatten(1), stored["b63"]


def _loaded(node: Any, stored: dict[str, Tensor]) -> nn.Conv2d:
    weight, bias = stored[node.input[1]], stored[node.input[2]]
    told = {attribute.name: list(attribute.ints) or attribute.i for attribute in node.attribute}
    outside, of_each, kernel, _ = weight.shape
    layer = convolution(
        of_each * told["group"], outside, kernel=kernel, stride=told["strides"][0], alone=told["group"] > 1
    )
    layer.weight.data, layer.bias.data = weight, bias
    return layer


def normalised(network: Network, pictures: Tensor) -> Network:
    """The same function with batch normalisation after every convolution, so that it can be trained."""
    seen: dict[str, tuple[Tensor, Tensor]] = {}
    convolutions = {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)}
    hooks = [layer.register_forward_hook(_watch(seen, name)) for name, layer in convolutions.items()]
    with torch.no_grad():
        network.eval()(pictures)
    for hook in hooks:
        hook.remove()
    for name, layer in convolutions.items():
        parent, _, own = name.rpartition(".")
        setattr(network.get_submodule(parent), own, nn.Sequential(layer, _norm(layer, *seen[name])))
    return network


def _watch(seen: dict[str, tuple[Tensor, Tensor]], name: str) -> Any:
    def hook(layer: nn.Conv2d, _: Any, out: Tensor) -> None:
        seen[name] = out.mean(dim=(0, 2, 3)), out.var(dim=(0, 2, 3))

    return hook


def _norm(layer: nn.Conv2d, mean: Tensor, variance: Tensor) -> nn.BatchNorm2d:
    """Batch normalisation that changes nothing yet; the layer's bias moves into it."""
    norm = nn.BatchNorm2d(layer.out_channels, momentum=0.02)
    bias = layer.bias.detach()
    norm.running_mean.data, norm.running_var.data = mean - bias, variance.clone()
    norm.weight.data, norm.bias.data = (variance + norm.eps).sqrt(), mean.clone()
    layer.bias = None
    return norm
