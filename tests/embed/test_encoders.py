"""Encoders of ONNX models, the toy, and what every encoder's vectors have in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx_making as making
import pytest

from raravis import testing
from raravis.embed import unit
from raravis.embed.onnx import OnnxEncoder
from raravis.embed.toy import Toy
from raravis.errors import ModelError
from raravis.plugins import make


def plain(colour: tuple[int, int, int], height: int = 8, width: int = 8) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8) + np.array(colour, np.uint8)


@pytest.fixture
def encoder(tmp_path: Path) -> OnnxEncoder:
    model = making.mean_colour(tmp_path / "m.onnx")
    making.sidecar(model, divide=1, mean=0)
    return OnnxEncoder(str(model))


def test_vectors_have_length_one_and_the_direction_that_the_model_gives(encoder: OnnxEncoder) -> None:
    np.testing.assert_allclose(encoder([plain((30, 40, 0)), plain((0, 0, 9))]), [[0.6, 0.8, 0], [0, 0, 1]], atol=1e-6)


def test_the_row_without_a_vector_is_named(encoder: OnnxEncoder) -> None:
    with pytest.raises(ModelError, match=r"no vector for rows \[1\] of 3"):
        encoder([plain((1, 2, 3)), plain((0, 0, 0)), plain((3, 2, 1))])


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_zero_nan_and_infinite_rows_are_no_vectors(bad: float) -> None:
    with pytest.raises(ModelError, match=r"rows \[2\] of 3"):
        unit(np.array([[3, 4], [1, 0], [bad, 0]], np.float32), "some encoder")


def test_very_small_and_very_large_rows_are_scaled_without_loss() -> None:
    np.testing.assert_allclose(unit(np.array([[3e-30, 4e-30], [3e30, 4e30]], np.float32), "e"), [[0.6, 0.8]] * 2)


def test_a_detectors_sidecar_makes_no_encoder(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx")
    making.sidecar(model, dim=None)
    with pytest.raises(ModelError, match="'dim' is missing"):
        OnnxEncoder(str(model))


def test_a_dim_that_is_not_the_models_is_refused_with_both_shapes(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx")
    making.sidecar(model, dim=5)
    with pytest.raises(ModelError, match=r"want shape \['n', 5\], got shape \['n', 3\]"):
        OnnxEncoder(str(model))


def test_the_spec_takes_a_path_and_settings(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m=1.onnx")
    making.sidecar(model)
    assert make("embed", f"onnx:{model}").id == make("embed", f"onnx:path={model},device=cpu").id


def test_pictures_alike_in_colour_and_place_are_near_for_the_toy() -> None:
    red, reddish, split = plain((200, 0, 0)), plain((180, 20, 10), 30, 20), plain((200, 0, 0))
    split[:, 4:] = 255
    near, far = Toy()([red, reddish, split]) @ Toy()([red])[0], Toy()([plain((0, 0, 200))]) @ Toy()([red])[0]
    assert near[1] > 0.95 > near[2] > far[0]


@pytest.mark.data
def test_mobilenet_finds_the_photos_of_one_class_among_others(data: Path) -> None:
    from PIL import Image

    names = [line.split(",")[:2] for line in (data / "grocery" / "labels.csv").read_text().splitlines()[1:]]
    files = {
        fine: [file for file, f in names if f == fine][:6] for fine in ("Banana", "Red-Bell-Pepper", "Oatly-Oat-Milk")
    }
    pictures = [np.asarray(Image.open(data / "grocery" / "images" / file)) for fine in files for file in files[fine]]
    vectors = make("embed", "onnx:$RARAVIS_DATA/models/mobilenetv2_imagenet_fp32.onnx")(pictures)
    likeness = vectors @ vectors.T - 9 * np.eye(len(vectors))
    classes = np.repeat(np.arange(len(files)), 6)
    assert (classes[likeness.argmax(axis=1)] == classes).mean() > 0.8


def test_the_onnx_and_toy_encoders_keep_the_contract(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx", batch=2)
    making.sidecar(model, mean=0.5, std=0.25)
    testing.check_encoder(OnnxEncoder(str(model)))
    testing.check_encoder(Toy())
