"""The trained network as `builtin.onnx` with its sidecar: weights of 16 bits, batch of any size, class names on top.

python export.py VIEWS OUT FOLDER
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from distil import inputs
from onnx import TensorProto, helper, numpy_helper
from student import Network, class_layer
from torch import Tensor, nn
from views import SIDE

VERSION = "2"  # 1 was the hand-made descriptor
RIDGE = 1e-2  # of the mean variance
FIT_EVERY = 5  # views
SMALL = 256  # numbers: what is shorter stays as it is


class Shipped(nn.Module):
    """(n, d) of unit length, and (n, 1001) how well each class fits."""

    def __init__(self, network: Network, evener: nn.Linear, classes: nn.Linear) -> None:
        super().__init__()
        self.network, self.evener, self.classes = network, evener, classes

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Embedding and logits."""
        plain = nn.functional.normalize(self.network(image))
        embedding = nn.functional.normalize(self.evener(plain))
        return embedding, self.classes(embedding)


def finished(views: Path, network: Network, data: Path) -> Shipped:
    """The network with the two layers on top that are fitted rather than trained, on a view in so many."""
    rows = np.arange(0, len(np.load(views / "scene.npy", mmap_mode="r")), FIT_EVERY)
    pixels = np.load(views / "views.npy", mmap_mode="r")
    plain = torch.cat([_plain(network, pixels[rows[at : at + 128]]) for at in range(0, len(rows), 128)])
    evener = evened(plain)
    told = torch.from_numpy(np.load(views / "teacher.npy", mmap_mode="r")[rows].astype(np.float32))
    with torch.no_grad():
        return Shipped(network, evener, class_layer_over(nn.functional.normalize(evener(plain)), told, data))


def evened(plain: Tensor) -> nn.Linear:
    """Whitening, shrunk by the mean variance: a student says the less of a direction the harder it was to learn."""
    mean = plain.mean(dim=0)
    variance, directions = torch.linalg.eigh(torch.cov(plain.T.double()))
    basis = directions * (variance.clamp(min=0) + variance.mean()) ** -0.5
    layer = nn.Linear(*basis.shape)
    layer.weight.data = basis.T.float().contiguous()
    layer.bias.data = -layer.weight.data @ mean
    return layer


def class_layer_over(vectors: Tensor, told: Tensor, data: Path) -> nn.Linear:
    """The teacher's classifier over the student's vectors (n, d), by least squares on its own features (n, 1280)."""
    weight, bias = class_layer(data / "models/mobilenetv2_imagenet_fp32.onnx")
    logits = told @ weight.T + bias
    logits -= logits.mean(dim=1, keepdim=True)
    mean, wanted = vectors.mean(dim=0), logits.mean(dim=0)
    gram = (vectors - mean).T @ (vectors - mean) / len(vectors)
    gram += RIDGE * gram.diagonal().mean() * torch.eye(len(gram))
    layer = nn.Linear(vectors.shape[1], logits.shape[1])
    layer.weight.data = torch.linalg.solve(gram, (vectors - mean).T @ (logits - wanted) / len(vectors)).T.contiguous()
    layer.bias.data = wanted - layer.weight.data @ mean
    return layer


def _plain(network: Network, pixels: Any) -> Tensor:
    with torch.no_grad():
        return nn.functional.normalize(network(inputs(pixels)))


def write(module: nn.Module, file: Path) -> None:
    """The ONNX file, batch open; weights lie in it as float16 and are float32 again once loaded."""
    shape = {"image": {0: torch.export.Dim("n")}}
    program = torch.onnx.export(
        module.eval(),
        (torch.zeros(2, 3, SIDE, SIDE),),
        dynamo=True,
        input_names=["image"],
        output_names=["embedding", "logits"],
        dynamic_shapes=shape,
        optimize=True,
        verbose=False,
    )
    model = program.model_proto
    _halve(model)
    model.doc_string, model.producer_name, model.producer_version = "raravis builtin encoder", "raravis", VERSION
    for node in model.graph.node:
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
        value.ClearField("metadata_props")
    onnx.checker.check_model(model)
    onnx.save(model, file)


def _halve(model: Any) -> None:
    casts = []
    for stored in model.graph.initializer:
        array = numpy_helper.to_array(stored)
        if array.dtype == np.float32 and array.size > SMALL:
            name = stored.name
            stored.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def sidecar(file: Path, dim: int, names: list[str]) -> dict[str, Any]:
    """What `raravis` reads beside the model."""
    return {
        "name": "builtin",
        "version": VERSION,
        "width": SIDE,
        "height": SIDE,
        "divide": 1,
        "mean": 128,
        "std": 128,
        "resize": "squash",
        "output": "embedding",
        "dim": dim,
        "batch": 16,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "names": names,
    }


def main(views: str, out: str, folder: str) -> None:
    """Writes both files into the folder."""
    data = Path(os.environ["RARAVIS_DATA"])
    network = torch.load(Path(out) / "student.pt", weights_only=False).float().to(memory_format=torch.contiguous_format)
    network.eval()
    file = Path(folder) / "builtin.onnx"
    write(finished(Path(views), network, data), file)
    names = (data / "models/imagenet_labels.txt").read_text().splitlines()
    told = sidecar(file, network.head.out_features, names)
    file.with_suffix(".json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
