"""Encoders that are classifiers too: the rows of their last layer are directions for their class names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx_making as making
import pytest
from onnx import helper, numpy_helper

from raravis.embed import NamedEncoder
from raravis.embed.onnx import OnnxEncoder
from raravis.errors import ModelError
from raravis.testing import check_encoder, pictures
from raravis.types import Floats

ROWS = np.array([[3, 4, 0], [0, 0, 2], [0, -5, 0], [1, 1, 1]], np.float32)  # four classes of a mean colour
NAMES = ["third", "blue", "no green", "grey"]
LAYERS = ("Gemm", "Gemm transposed", "MatMul", "Conv")


def classifier(path: Path, layer: str, *, names: list[str] | None = NAMES) -> str:
    """`embedding` (n, 3), the mean colour, and `scores` (n, 4), a linear layer on it."""
    pooled = helper.make_node("GlobalAveragePool", ["image"], ["pooled"])
    flat = helper.make_node("Flatten", ["pooled"], ["embedding"])
    weight = {"Conv": ROWS[:, :, None, None], "Gemm transposed": ROWS}.get(layer, ROWS.T)
    if layer == "Conv":
        rest = [
            helper.make_node("Conv", ["pooled", "rows"], ["maps"]),
            helper.make_node("Flatten", ["maps"], ["scores"]),
        ]
    elif layer == "MatMul":
        rest = [
            helper.make_node("Identity", ["embedding"], ["same"]),
            helper.make_node("MatMul", ["same", "rows"], ["scores"]),
        ]
    else:
        settings = {"transB": 1} if layer == "Gemm transposed" else {}
        rest = [helper.make_node("Gemm", ["embedding", "rows"], ["scores"], **settings)]
    making.save(
        path,
        [pooled, flat, *rest],
        [making.tensor("image", ["n", 3, 4, 4])],
        [making.tensor("embedding", ["n", 3]), making.tensor("scores", ["n", 4])],
        [numpy_helper.from_array(np.ascontiguousarray(weight), "rows")],
    )
    making.sidecar(path, output="embedding", names=names)
    return str(path)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_rows_of_the_last_layer_are_the_directions_of_the_classes(tmp_path: Path, layer: str) -> None:
    encoder = OnnxEncoder(classifier(tmp_path / "m.onnx", layer))
    assert isinstance(encoder, NamedEncoder) and encoder.names == tuple(NAMES)
    third = 3**-0.5
    wanted = [[0.6, 0.8, 0], [0, 0, 1], [0, -1, 0], [third, third, third]]
    np.testing.assert_allclose(encoder.directions, wanted, atol=1e-6)
    check_encoder(encoder)


def test_names_change_no_vector_and_no_id(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    named = OnnxEncoder(classifier(tmp_path / "m.onnx", "Gemm"))
    plain = OnnxEncoder(classifier(tmp_path / "plain" / "m.onnx", "Gemm", names=None))
    assert named.id == plain.id and not isinstance(plain, NamedEncoder)
    np.testing.assert_array_equal(named(pictures()), plain(pictures()))


def test_names_without_such_a_layer_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'names': got 2 names, but no linear layer takes .* 'embedding' to 2 scores"):
        OnnxEncoder(classifier(tmp_path / "m.onnx", "Gemm", names=["a", "b"]))
    making.sidecar(making.mean_colour(tmp_path / "colour.onnx"), names=["a", "b", "c"])
    with pytest.raises(ModelError, match=r"got 3 names, but no linear layer"):
        OnnxEncoder(str(tmp_path / "colour.onnx"))


@pytest.mark.data
def test_the_imagenet_encoder_knows_its_classes_by_name(data: Path) -> None:
    import onnxruntime as ort

    encoder = OnnxEncoder(str(data / "models" / "mobilenetv2_imagenet_fp32.onnx"))
    assert isinstance(encoder, NamedEncoder) and len(encoder.names) == 1001
    assert list(encoder.names) == (data / "models" / "imagenet_labels.txt").read_text(encoding="utf-8").splitlines()
    prepared = encoder.model.prepare(pictures(sizes=((64, 64), (48, 90))))
    session = ort.InferenceSession(encoder.model.path, providers=["CPUExecutionProvider"])
    vectors, scores = session.run(["embedding", "logits"], {"image": prepared})
    dots: Floats = vectors @ encoder.directions.T
    of_class = np.array([np.corrcoef(one, other)[0, 1] for one, other in zip(dots, scores, strict=True)])
    assert (of_class > 0.9).all()  # but for the lengths of rows, and biases
