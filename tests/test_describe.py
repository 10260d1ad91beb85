"""A first sidecar from a model: what it holds, that it is taken, that it runs, and that every guess is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx_making as making
import pytest
from onnx import TensorProto

from raravis.detect.onnx import OnnxDetector
from raravis.embed.onnx import OnnxEncoder
from raravis.errors import ModelError
from raravis.onnx.describe import Description, describe

IMAGENET = [0.485, 0.456, 0.406]


def with_sidecar(model: Path, **changed: Any) -> tuple[Description, str]:
    """What is described, and the path of the model beside which it now lies."""
    described = describe(str(model))
    model.with_suffix(".json").write_text(json.dumps(described.fields | changed))
    return described, str(model)


def about(described: Description, field: str) -> str:
    """The note that begins with or names a field."""
    return next(note for note in described.notes[1:] if f"{field} " in note.split(":")[0])


def detector(path: Path, shapes: dict[str, list[int]], *, side: int = 640, **metadata: str) -> Path:
    """Zeros of these shapes for a picture (side, side)."""
    graph = making.Graph([1, 3, side, side])
    outputs = {name: (graph("ConstantOfShape", np.int64(shape)), list(shape)) for name, shape in shapes.items()}
    return graph.save(path, outputs, **metadata)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_an_encoder_is_described_and_then_runs(tmp_path: Path, layout: str) -> None:
    model = making.mean_colour(tmp_path / "my model.onnx", layout=layout, size=(4, 6))
    described, path = with_sidecar(model)
    told = described.fields
    assert (told["name"], told["height"], told["width"], told["layout"], told["dim"]) == ("my-model", 4, 6, layout, 3)
    assert told["mean"] == IMAGENET and "a guess (most encoders" in about(described, "mean")
    vectors = OnnxEncoder(path)([np.full((9, 9, 3), 255, np.uint8)])
    white = (1 - np.array(IMAGENET)) / told["std"]
    np.testing.assert_allclose(vectors[0], white / np.linalg.norm(white), atol=1e-5)


def test_describing_writes_nothing_and_says_what_the_model_is_first(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    described = describe(str(model))
    assert described.notes[0].startswith("opset 13; input ['n', 3, 4, 4]; a picture of noise gave vector [1, 3]")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert all(": a guess (" in note and "; to check: " in note for note in described.notes[1:])


def test_a_size_that_is_left_open_is_guessed(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx", size=("h", "w"))  # type: ignore[arg-type]
    described, path = with_sidecar(model)
    assert (described.fields["width"], described.fields["height"]) == (224, 224)
    assert "leaves its size open" in about(described, "width")
    assert OnnxEncoder(path)([np.zeros((5, 5, 3), np.uint8) + 9]).shape == (1, 3)


def test_half_floats_are_fed_half_floats(tmp_path: Path) -> None:
    _, path = with_sidecar(making.mean_colour(tmp_path / "m.onnx", kind=TensorProto.FLOAT16))
    assert OnnxEncoder(path)([np.full((4, 4, 3), 200, np.uint8)]).shape == (1, 3)


def test_of_two_outputs_the_one_called_an_embedding_is_taken_and_the_other_named(tmp_path: Path) -> None:
    graph = making.Graph(["n", 3, 4, 4])
    mean = graph("ReduceMean", "images", axes=[2, 3], keepdims=0)
    outputs = {"logits": (graph("Concat", mean, mean, axis=1), ["n", 6]), "embedding": (mean, ["n", 3])}
    described, path = with_sidecar(graph.save(tmp_path / "m.onnx", outputs))  # type: ignore[arg-type]
    assert (described.fields["output"], described.fields["dim"]) == ("embedding", 3)
    assert "there is logits (n, 6)" in about(described, "output")
    assert OnnxEncoder(path).dim == 3


def test_a_classifiers_scores_are_called_that(tmp_path: Path) -> None:
    graph = making.Graph(["n", 3, 4, 4])
    outputs = {"logits": (graph("ReduceMean", "images", axes=[2, 3], keepdims=0), ["n", 3])}
    described = describe(str(graph.save(tmp_path / "m.onnx", outputs)))  # type: ignore[arg-type]
    assert any("the layer before makes better vectors" in note for note in described.notes)


@pytest.mark.parametrize(
    ("name", "side", "shapes", "wanted"),
    [
        ("yolo11n", 640, {"output0": [1, 84, 8400]}, {"decode": "yolov8", "divide": 255, "place": "centre"}),
        ("yolov5s", 640, {"output0": [1, 25200, 85]}, {"decode": "yolov5", "divide": 255, "place": "centre"}),
        (
            "yolox_s",
            640,
            {"output": [1, 8400, 85]},
            {"decode": "yolox", "colour": "BGR", "divide": 1, "place": "corner"},
        ),
        ("yolov10n", 640, {"output0": [1, 300, 6]}, {"decode": "yolov10", "divide": 255, "place": "centre"}),
        (
            "detr",
            800,
            {"logits": [1, 100, 81], "pred_boxes": [1, 100, 4], "last_hidden_state": [1, 100, 256]},
            {"decode": "detr", "scores": "softmax", "boxes": "pred_boxes", "output": "logits", "mean": IMAGENET},
        ),
        (
            "rtdetr",
            640,
            {"logits": [1, 300, 80], "pred_boxes": [1, 300, 4]},
            {"decode": "detr", "scores": "sigmoid", "resize": "squash", "mean": 0},
        ),
    ],
)
def test_the_layout_of_a_detector_is_known_by_its_shapes_and_the_sidecar_fits(
    tmp_path: Path, name: str, side: int, shapes: dict[str, list[int]], wanted: dict[str, Any]
) -> None:
    described, path = with_sidecar(detector(tmp_path / f"{name}.onnx", shapes, side=side))
    assert {field: described.fields[field] for field in wanted} == wanted
    assert len(described.fields["names"]) == 80 and "a guess" in about(described, "names")
    assert OnnxDetector(path)([np.zeros((40, 60, 3), np.uint8)])[0].names == []


def test_megadetector_is_known_by_its_name_and_its_three_classes(tmp_path: Path) -> None:
    described, path = with_sidecar(detector(tmp_path / "md_v5a.0.0.onnx", {"output": [1, 102000, 8]}, side=1280))
    assert described.fields["names"] == ["animal", "person", "vehicle"]
    assert "MegaDetector" in about(described, "names")
    assert OnnxDetector(path, classes="animal").short_side == 1280


def test_what_ultralytics_writes_into_a_model_is_used(tmp_path: Path) -> None:
    graph = making.Graph(["n", 3, "h", "w"])
    rows = graph("ConstantOfShape", np.int64([1, 6, 21]))
    told = {"names": "{0: 'fox', 1: 'badger'}", "imgsz": "[32, 32]", "stride": "32", "task": "detect"}
    model = graph.save(tmp_path / "best.onnx", {"output0": (rows, ["n", 6, "boxes"])}, **told)
    described, path = with_sidecar(model)
    assert described.fields["names"] == ["fox", "badger"] and described.fields["decode"] == "yolov8"
    assert (described.fields["width"], described.fields["height"]) == (32, 32)
    assert not any("names" in note.split(":")[0] for note in described.notes)
    assert OnnxDetector(path)([np.zeros((9, 9, 3), np.uint8)])[0].names == []


@pytest.mark.parametrize(("name", "names"), [("best", ["fox", "badger", "otter"]), ("rtdetr-l", ["fox", "badger"])])
def test_one_output_of_queries_is_read_as_ultralytics_rt_detr(tmp_path: Path, name: str, names: list[str]) -> None:
    model = detector(tmp_path / f"{name}.onnx", {"output0": [1, 300, 4 + len(names)]}, names=str(names))
    described, path = with_sidecar(model)
    told = described.fields
    assert (told["decode"], told["resize"], told["divide"]) == ("rtdetr", "squash", 255)
    assert OnnxDetector(path)([np.zeros((9, 9, 3), np.uint8)])[0].names == []


def test_names_that_do_not_fit_the_scores_are_not_used(tmp_path: Path) -> None:
    model = detector(tmp_path / "m.onnx", {"output0": [1, 7, 84]}, side=64, names="{0: 'fox', 1: 'badger'}")
    described = describe(str(model))
    assert described.fields["names"] == ["class0", "class1", "class2"]
    assert "the model names 2 classes, but has 3" in about(described, "names")


def test_a_yolox_that_decodes_in_its_graph_is_read_as_rows_in_pixels(tmp_path: Path) -> None:
    raw = np.zeros((1, 84, 6), np.float32)
    raw[0, 5] = [40, 20, 16, 8, 0.9, 1]
    described, path = with_sidecar(making.says(tmp_path / "yolox.onnx", raw, size=(64, 64)), names=["fox"])
    assert described.fields["decode"] == "yolov5" and "YOLOX where its graph decodes" in about(described, "decode")
    assert (described.fields["colour"], described.fields["place"]) == ("BGR", "corner")
    found = OnnxDetector(path, margin=0)([np.zeros((64, 64, 3), np.uint8)])[0]
    np.testing.assert_allclose(found.boxes * 64, [[32, 16, 48, 24]], atol=1e-4)


def test_yolov6_has_a_row_a_cell_and_takes_pictures_as_the_others_do(tmp_path: Path) -> None:
    raw = np.zeros((1, 84, 6), np.float32)
    raw[0, :, 0] = 40
    fields = describe(str(making.says(tmp_path / "yolov6n.onnx", raw, size=(64, 64)))).fields
    assert [fields[name] for name in ("decode", "colour", "divide", "place")] == ["yolov5", "RGB", 255, "centre"]


def test_a_classifiers_names_are_kept_where_words_can_be_looked_for_with_them(tmp_path: Path) -> None:
    graph = making.Graph(["n", 3, 4, 4])
    mean = graph("ReduceMean", "images", axes=[2, 3], keepdims=0)
    scores = graph("MatMul", mean, [[1, 0], [0, 1], [0, 0]])
    outputs: dict[str, Any] = {"features": (mean, ["n", 3]), "logits": (scores, ["n", 2])}
    model = graph.save(tmp_path / "m.onnx", outputs, names="['red', 'green']")
    described, path = with_sidecar(model)
    assert described.fields["names"] == ["red", "green"] and OnnxEncoder(path).directions.shape == (2, 3)
    graph.nodes.clear()
    mean = graph("ReduceMean", "images", axes=[2, 3], keepdims=0)
    outputs = {"features": (mean, ["n", 3]), "logits": (graph("Gather", mean, np.int64([0, 1]), axis=1), ["n", 2])}
    assert "names" not in describe(str(graph.save(tmp_path / "n.onnx", outputs, names="['red', 'green']"))).fields


@pytest.mark.parametrize("layout", ["yolox", "yolov10", "detr"])
def test_a_described_detector_finds_a_rendered_rectangle(tmp_path: Path, layout: str) -> None:
    yolox = layout == "yolox"
    bright, channels = (255, (2, 0)) if yolox else (1, (0, 2))
    model = making.seeing(tmp_path / "m.onnx", layout, size=(64, 64), brightest=bright, channels=channels)
    right = {"names": making.SEEN}  # what the notes ask for
    if layout == "detr":
        right |= {"scores": "softmax", "mean": 0, "std": 1}  # type: ignore[dict-item]
    described, path = with_sidecar(model, **right)
    assert about(described, "names")
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[8:24, 16:48, 2] = 255
    found = OnnxDetector(path, margin=0)([rgb])[0]
    assert found.names == ["blue"]
    np.testing.assert_allclose(found.boxes * 64, [[16, 8, 48, 24]], atol=1e-3)


@pytest.mark.parametrize(
    ("steps", "divide"),
    [
        ([("Sub", [[[[0.5]], [[0.4]], [[0.3]]]]), ("Div", [[[[0.2]], [[0.2]], [[0.2]]]])], 255),
        ([("Mul", 2.0), ("Add", -1.0)], 255),
        ([("Div", 255.0), ("Sub", 0.5), ("Div", 0.5)], 1),
        ([("Sub", 127.5), ("Mul", 1 / 127.5)], 1),
    ],
)
def test_a_graph_that_normalises_its_pictures_itself_is_not_fed_normalised_ones(
    tmp_path: Path, steps: list[Any], divide: int
) -> None:
    graph, name = making.Graph(["n", 3, 4, 4]), "images"
    for op, constant in steps:
        name = graph(op, name, constant)
    vector = graph("ReduceMean", name, axes=[2, 3], keepdims=0)
    described = describe(str(graph.save(tmp_path / "m.onnx", {"vector": (vector, ["n", 3])})))
    told = described.fields
    assert (told["divide"], told["mean"], told["std"]) == (divide, 0, 1)
    assert "the graph begins with" in about(described, "divide")


def test_the_preprocessor_beside_a_model_is_believed(tmp_path: Path) -> None:
    (tmp_path / "onnx").mkdir()
    model = making.mean_colour(tmp_path / "onnx" / "model.onnx", size=("h", "w"))  # type: ignore[arg-type]
    told = {
        "do_resize": True,
        "size": {"shortest_edge": 256},
        "do_center_crop": True,
        "crop_size": {"height": 224, "width": 224},
        "resample": 3,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.1, 0.2, 0.3],
        "image_std": [0.4, 0.5, 0.6],
    }
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(told))
    fields = describe(str(model)).fields
    assert (fields["width"], fields["resize"], fields["crop"], fields["resample"]) == (
        224,
        "crop-resized",
        0.875,
        "bicubic",
    )
    assert (fields["divide"], fields["mean"], fields["std"]) == (255, [0.1, 0.2, 0.3], [0.4, 0.5, 0.6])
    (tmp_path / "preprocessor_config.json").write_text(
        json.dumps({"size": {"height": 96, "width": 128}, "do_normalize": False, "do_rescale": False})
    )
    fields = describe(str(model)).fields
    assert (fields["width"], fields["height"], fields["resize"], fields["divide"]) == (128, 96, "squash", 1)
    assert (fields["mean"], fields["std"]) == ([0, 0, 0], [1, 1, 1])


@pytest.mark.parametrize(("name", "mean"), [("siglip2-base", 0.5), ("openclip_b32", 0.48145466), ("clips", 0.485)])
def test_a_family_is_known_by_its_name(tmp_path: Path, name: str, mean: float) -> None:
    assert describe(str(making.mean_colour(tmp_path / f"{name}.onnx"))).fields["mean"][0] == mean


def test_what_cannot_be_described_is_refused_with_what_was_got(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    integers = making.mean_colour(tmp_path / "i.onnx", kind=TensorProto.INT32)
    segments = detector(tmp_path / "s.onnx", {"output0": [1, 38, 84]}, side=64, task="segment")
    tokens = detector(tmp_path / "t.onnx", {"tokens": [1, 197, 192]}, side=224)
    grey = making.save(
        tmp_path / "g.onnx",
        [making.helper.make_node("Identity", ["a"], ["b"])],
        [making.tensor("a", ["n", 1, 8, 8])],
        [making.tensor("b", ["n", 1, 8, 8])],
    )
    two = making.save(
        tmp_path / "two.onnx",
        [making.helper.make_node("Add", ["a", "b"], ["c"])],
        [making.tensor(name, ["n", 3, 4, 4]) for name in "ab"],
        [making.tensor("c", ["n", 3, 4, 4])],
    )
    for model, complaint in (
        (tmp_path / "none.onnx", "no such file"),
        (broken, "not a readable ONNX model"),
        (integers, r"tensor\(int32\); wanted"),
        (segments, "its task is 'segment'"),
        (tokens, r"got outputs tokens \[1, 197, 192\]; wanted \(n, D\) vectors"),
        (grey, r"input of shape \['n', 1, 8, 8\]; wanted pictures"),
        (two, r"got inputs \['a', 'b'\]"),
    ):
        with pytest.raises(ModelError, match=complaint):
            describe(str(model))


@pytest.mark.data
def test_the_described_yolox_finds_what_the_shipped_sidecar_finds(data: Path, tmp_path: Path) -> None:
    import av

    with av.open(str(data / "clips" / "park_720p.mp4")) as clip:
        picture = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    model = data / "models" / "yolox_nano.onnx"
    beside = tmp_path / "described.json"
    beside.write_text(json.dumps(describe(str(model)).fields | {"model": str(model)}))
    shipped, described = (OnnxDetector(str(path))([picture])[0] for path in (model, beside))
    assert len(shipped) > 1 and described.names == shipped.names
    np.testing.assert_array_equal(described.boxes, shipped.boxes)


@pytest.mark.data
def test_the_described_mobilenet_gives_the_vectors_of_the_shipped_sidecar(data: Path, tmp_path: Path) -> None:
    model = data / "models" / "mobilenetv2_imagenet_fp32.onnx"
    beside = tmp_path / "described.json"
    beside.write_text(json.dumps(describe(str(model)).fields | {"model": str(model)}))
    pictures = list(np.random.default_rng(0).integers(0, 256, (3, 300, 400, 3), np.uint8))
    shipped, described = (OnnxEncoder(str(path))(pictures) for path in (model, beside))
    assert (shipped * described).sum(axis=1).min() > 0.999  # it takes 127.5 for the 128 of its training
