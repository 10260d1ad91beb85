"""ONNX files read into PyTorch answer as ONNX Runtime does, or are refused in a line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import finetune_making as making
import numpy as np
import pytest
from onnx import helper

from raravis.errors import ModelError
from raravis.onnx import Model
from raravis.onnx.backends import open_session

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from raravis.train.finetune import onnx_module  # noqa: E402  # needs PyTorch

BUILTIN = str(resources.files("raravis") / "models/builtin.onnx")
NOISE = np.random.default_rng(0).normal(0, 1, (5, 3, 16, 16)).astype(np.float32)


def weights(**shapes: tuple[int, ...]) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def both(file: Path) -> tuple[Any, Any]:
    """What PyTorch and ONNX Runtime say of noise."""
    with torch.inference_mode():
        ours = onnx_module.load(file, "vector")(torch.from_numpy(NOISE)).numpy()
    (theirs,) = open_session(file).run(["vector"], {"image": NOISE})
    return ours, theirs


def test_a_network_of_mobile_units_is_read_and_all_its_weights_learn(tiny: Path) -> None:
    ours, theirs = both(tiny)
    assert np.allclose(ours, theirs, atol=1e-5) and np.ptp(theirs, axis=0).min() > 0.01
    module = onnx_module.load(tiny, "vector")
    module(torch.from_numpy(NOISE)).square().sum().backward()
    assert len(list(module.parameters())) == 6
    assert all(weight.grad.abs().sum() > 0 for weight in module.parameters())


def test_vectors_brought_to_unit_length_as_pytorch_exports_it_are_read(tmp_path: Path) -> None:
    stored = weights(w=(4, 3), b=(4,))
    stored |= {"axes": np.array([2, 3]), "last": np.array([-1]), "tiny": np.array(1e-12, np.float32)}
    stored |= {"four": np.array([4])}
    node = helper.make_node
    nodes = [
        node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
        node("Gemm", ["mean", "w", "b"], ["linear"], transB=1, alpha=2.0, beta=0.5),
        node("Relu", ["linear"], ["positive"]),
        node("ReduceL2", ["positive", "last"], ["norm"], keepdims=1),
        node("Clip", ["norm", "tiny"], ["some"]),
        node("Shape", ["image"], ["n"], start=0, end=1),
        node("Concat", ["n", "four"], ["shape"], axis=0),
        node("Expand", ["some", "shape"], ["wide"]),
        node("Div", ["positive", "wide"], ["vector"]),
    ]
    ours, theirs = both(making.save(nodes, stored, tmp_path / "m.onnx", output=["n", 4]))
    assert np.allclose(ours, theirs, atol=1e-6)
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1)


def test_weights_kept_in_half_precision_become_parameters_in_single(tmp_path: Path) -> None:
    stored = {"half": weights(w=(4, 3, 1, 1))["w"].astype(np.float16)}
    nodes = [
        helper.make_node("Cast", ["half"], ["w"], to=1),
        helper.make_node("Conv", ["image", "w"], ["c"]),
        helper.make_node("GlobalAveragePool", ["c"], ["p"]),
        helper.make_node("Flatten", ["p"], ["vector"]),
    ]
    file = making.save(nodes, stored, tmp_path / "m.onnx", output=["n", 4])
    (weight,) = onnx_module.load(file, "vector").parameters()
    assert weight.dtype == torch.float32
    assert np.allclose(*both(file), atol=1e-6)


def test_the_built_in_encoder_is_read_as_it_runs_and_its_class_names_are_left_behind() -> None:
    pictures = making.pictures_of([0, 1, 2])
    read = onnx_module.backbone("builtin", BUILTIN, pictures)
    model = Model(BUILTIN)
    with torch.inference_mode():
        ours = read.module(torch.from_numpy(model.prepare(pictures))).numpy()
    assert np.abs(ours - np.concatenate([*model(pictures)])).max() < 1e-4
    assert not any(1001 in weight.shape for weight in read.module.parameters())
    assert (read.sidecar.dim, read.digest) == (384, model.digest)


@pytest.mark.data
def test_mobilenetv2_is_read_as_it_runs(data: Path) -> None:
    path = str(data / "models" / "mobilenetv2_imagenet_fp32.onnx")
    read = onnx_module.backbone("onnx:…", path, making.pictures_of([0, 1, 2]))  # raises where it differs
    assert len(list(read.module.parameters())) == 104


def test_a_file_that_is_read_differently_is_refused(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(onnx_module.OPERATORS, "Add", (torch.sub,))
    with pytest.raises(ModelError, match="answers differently from ONNX Runtime, by"):
        onnx_module.backbone("onnx:tiny", str(tiny), making.pictures_of([0, 1]))


def test_an_operator_that_is_not_known_is_one_line_with_those_that_are(tmp_path: Path) -> None:
    nodes = [helper.make_node("Sigmoid", ["image"], ["s"]), helper.make_node("Flatten", ["s"], ["vector"])]
    file = making.save(nodes, {}, tmp_path / "m.onnx", output=["n", 768])
    with pytest.raises(ModelError, match=r"operator Sigmoid cannot be trained here; .*timm:NAME.*known: Add, Clip"):
        onnx_module.load(file, "vector")


@pytest.mark.parametrize(("name", "value"), [("auto_pad", "SAME_UPPER"), ("axis", 2)])
def test_a_setting_that_is_not_known_is_one_line(tmp_path: Path, name: str, value: Any) -> None:
    kind = "Conv" if name == "auto_pad" else "Flatten"
    inputs = ["image", "w"] if kind == "Conv" else ["image"]
    nodes = [helper.make_node(kind, inputs, ["x"], **{name: value}), helper.make_node("Flatten", ["x"], ["vector"])]
    file = making.save(nodes, weights(w=(4, 3, 3, 3)), tmp_path / "m.onnx", output=["n", "d"])
    with pytest.raises(ModelError, match=f"operator {kind} with {name}=.*{value}"):
        onnx_module.load(file, "vector")


def test_what_is_no_onnx_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(b"no")
    with pytest.raises(ModelError, match="not a readable ONNX model"):
        onnx_module.load(file, "vector")
