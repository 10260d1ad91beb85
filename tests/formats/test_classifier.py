from __future__ import annotations

import json

import numpy as np
import onnxruntime
import pytest

from raravis.errors import InputError
from raravis.formats.classifier import write
from raravis.types import Head


def head(d: int = 6, c: int = 2) -> Head:
    rng = np.random.default_rng(0)
    weight, bias, calibration = (rng.normal(size=s).astype(np.float32) for s in ((d, c), c, (2, c)))
    threshold = np.full(c, 0.3, np.float32)
    return Head(("fox", "owl")[:c], weight, bias, calibration, threshold, "builtin@1", (4, 5, 9))


def unit(n: int, d: int = 6) -> np.ndarray:
    x = np.random.default_rng(1).normal(size=(n, d)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@pytest.mark.parametrize("n", [0, 1, 50])
def test_onnx_runtime_alone_gives_the_heads_probabilities(n, make_export, tmp_path):
    session = onnxruntime.InferenceSession(write(make_export(head=head()), tmp_path).read_bytes())
    (got,) = session.run(["probability"], {"embedding": unit(n)})
    assert got.shape == (n, 2) and got.dtype == np.float32
    np.testing.assert_allclose(got, head().probability(unit(n)), atol=1e-6)


def test_a_probability_can_be_checked_by_hand(make_export, tmp_path):
    one = Head(("fox",), *(np.array(v, np.float32) for v in ([[3.0], [4.0]], [1.0], [[2.0], [-12.0]], [0.5])), "toy@1")
    session = onnxruntime.InferenceSession(write(make_export(head=one), tmp_path).read_bytes())
    (got,) = session.run(None, {"embedding": np.array([[0.6, 0.8], [1.0, 0.0]], np.float32)})
    # 2 * (5 + 1) - 12 = 0 -> 1/2; 2 * (3 + 1) - 12 = -4 -> 1 / (1 + e^4)
    np.testing.assert_allclose(got[:, 0], [0.5, 1 / (1 + np.exp(4.0))], atol=1e-6)


def test_the_json_says_what_goes_in_and_what_comes_out(make_export, tmp_path):
    write(make_export(head=head(), encoder_spec={"size": [224, 224]}), tmp_path)
    about = json.loads((tmp_path / "classifier.json").read_text(encoding="utf-8"))
    assert about["names"] == ["fox", "owl"] and about["threshold"] == [0.3, 0.3]
    assert about["encoder"] == "builtin@1" and about["encoder_spec"] == {"size": [224, 224]}
    assert about["dim"] == 6 and about["answers"] == 3 and about["version"] == "0.1.0"


def test_the_model_carries_the_same_words_so_that_it_stands_alone(make_export, tmp_path):
    session = onnxruntime.InferenceSession(write(make_export(head=head()), tmp_path).read_bytes())
    carried = json.loads(session.get_modelmeta().custom_metadata_map["raravis"])
    assert carried == json.loads((tmp_path / "classifier.json").read_text(encoding="utf-8"))


def test_without_a_head_the_message_says_what_to_do(make_export, tmp_path):
    with pytest.raises(InputError, match="no classifier for 'fox' yet"):
        write(make_export(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def deep(*, exclusive: bool) -> Head:
    rng = np.random.default_rng(2)
    shapes = ((6, 5), (5,), (5, 4), (4,))
    w0, b0, w1, b1 = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    last = head(4, 2)
    return Head(
        last.names, last.weight, last.bias, last.calibration, last.threshold, "toy@1", hidden=((w0, b0), (w1, b1)),
        exclusive=exclusive,
    )  # fmt: skip


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("n", [0, 1, 50])
def test_hidden_layers_and_classes_that_exclude_one_another_come_out_the_same(n, exclusive, make_export, tmp_path):
    session = onnxruntime.InferenceSession(write(make_export(head=deep(exclusive=exclusive)), tmp_path).read_bytes())
    (got,) = session.run(["probability"], {"embedding": unit(n)})
    assert got.shape == (n, 2)
    np.testing.assert_allclose(got, deep(exclusive=exclusive).probability(unit(n)), atol=1e-6)
    about = json.loads((tmp_path / "classifier.json").read_text(encoding="utf-8"))
    assert about["dim"] == 6 and about["exclusive"] is exclusive
