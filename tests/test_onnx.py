"""An ONNX model and its sidecar: what fits, what does not, and what reaches the network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnx_making as making
import pytest
from onnx import TensorProto

from raravis.detect.onnx import OnnxDetector
from raravis.embed.onnx import OnnxEncoder
from raravis.errors import ModelError
from raravis.onnx import Model, Sidecar, fit, read, resized


def grey(value: int, height: int = 4, width: int = 4) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def side(**fields: object) -> Sidecar:
    told = {"name": "a", "version": "1", "width": 100, "height": 100} | fields
    return read(json.dumps(told).encode(), "a.json")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return making.mean_colour(tmp_path / "m.onnx")


def test_each_channel_is_divided_shifted_and_scaled_as_the_sidecar_says(model: Path) -> None:
    making.sidecar(model, divide=100, mean=[0.5, 1, 0], std=[1, 0.5, 2])
    picture = np.zeros((4, 4, 3), np.uint8) + np.array([100, 100, 200], np.uint8)
    assert np.concatenate(list(Model(str(model))([picture]))).tolist() == [[0.5, 0, 1]]


def test_one_number_for_mean_and_std_counts_for_all_channels(model: Path) -> None:
    making.sidecar(model, divide=1, mean=128, std=128)
    assert Model(str(model)).prepare([grey(0)]).min() == -1
    assert Model(str(model)).prepare([grey(192)]).max() == 0.5


def test_bgr_turns_the_channels_around(model: Path) -> None:
    making.sidecar(model, colour="BGR", divide=1, mean=0)
    picture = np.zeros((4, 4, 3), np.uint8) + np.array([1, 2, 3], np.uint8)
    assert Model(str(model)).prepare([picture])[0, :, 0, 0].tolist() == [3, 2, 1]


def test_nhwc_keeps_the_channels_last(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx", layout="NHWC")
    making.sidecar(model, layout="NHWC", divide=1, mean=[1, 0, 0])
    picture = np.zeros((4, 4, 3), np.uint8) + np.array([1, 2, 3], np.uint8)
    assert next(Model(str(model))([picture])).tolist() == [[0, 2, 3]]


def test_a_model_of_half_floats_is_fed_half_floats(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx", kind=TensorProto.FLOAT16)
    making.sidecar(model, divide=1, mean=0)
    out = next(Model(str(model))([grey(7)]))
    assert out.dtype == np.float32 and out.tolist() == [[7, 7, 7]]


@pytest.mark.parametrize("batch", ["n", 1, 3])
def test_any_number_of_pictures_goes_through_a_model_of_any_batch(tmp_path: Path, batch: int | str) -> None:
    model = making.mean_colour(tmp_path / "m.onnx", batch=batch)
    making.sidecar(model, divide=1, mean=0, batch=2)
    runs = list(Model(str(model))([grey(i) for i in range(5)]))
    assert np.concatenate(runs)[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert list(Model(str(model))([])) == []


def test_squash_takes_the_whole_picture_and_crop_its_middle() -> None:
    assert fit(side(resize="squash"), 400, 200).window == (0, 0, 400, 200)
    assert fit(side(resize="crop"), 400, 200).window == (100, 0, 300, 200)
    assert fit(side(resize="crop", crop=0.5), 400, 200).window == (150, 50, 250, 150)


def test_letterbox_keeps_the_shape_and_fills_the_rest(model: Path) -> None:
    making.sidecar(model, resize="letterbox", fill=9, divide=1, mean=0)
    prepared = Model(str(model)).prepare([grey(200, 2, 4), grey(200, 4, 2)])[:, 0]
    assert prepared[0].tolist() == [[9] * 4, [200] * 4, [200] * 4, [9] * 4]
    assert prepared[1].tolist() == [[9, 200, 200, 9]] * 4
    making.sidecar(model, resize="letterbox", place="corner", fill=9, divide=1, mean=0)
    assert Model(str(model)).prepare([grey(200, 2, 4)])[0, 0].tolist() == [[200] * 4, [200] * 4, [9] * 4, [9] * 4]


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (333, 77), (100, 100), (1, 900)])
@pytest.mark.parametrize(
    "how",
    [
        {"resize": "squash"},
        {"resize": "crop", "crop": 0.875},
        {"resize": "letterbox", "place": "corner"},
        {"resize": "letterbox"},
    ],
)
def test_the_corners_of_the_window_come_back_where_they_were(size: tuple[int, int], how: dict[str, object]) -> None:
    at = fit(side(**how), *size)
    placed = np.array([[at.x, at.y, at.x + at.width, at.y + at.height]], np.float64)
    np.testing.assert_allclose(at.to_picture(placed), [at.window], atol=1e-9)


def test_a_bright_block_is_found_again_to_the_pixel_after_a_letterbox(tmp_path: Path) -> None:
    model = making.mean_colour(tmp_path / "m.onnx", size=(100, 100))
    making.sidecar(model, width=100, height=100, resize="letterbox", fill=0, divide=1, mean=0)
    picture = grey(0, 150, 200)
    picture[40:80, 120:180] = 255
    rows, columns = np.nonzero(Model(str(model)).prepare([picture])[0, 0] > 127)
    box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float64)
    np.testing.assert_allclose(fit(side(resize="letterbox"), 200, 150).to_picture(box), [[120, 40, 180, 80]], atol=1)


def test_a_picture_of_the_right_size_is_not_resampled() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (100, 140, 3), np.uint8)
    small = resized(picture, fit(side(resize="crop"), 140, 100))
    np.testing.assert_array_equal(small, picture[:, 20:120])


def test_shrinking_averages_rather_than_picks() -> None:
    stripes = grey(0, 200, 200)
    stripes[:, ::2] = 200
    assert abs(int(resized(stripes, fit(side(), 200, 200))[50, 50, 0]) - 100) <= 2


def test_the_short_side_is_what_the_crop_needs() -> None:
    assert side(width=224, height=224, resize="crop", crop=0.875).short_side == 256
    assert side(width=416, height=320).short_side == 320


def test_a_changed_model_or_sidecar_is_another_id_and_a_changed_batch_is_not(model: Path, tmp_path: Path) -> None:
    other = making.mean_colour(tmp_path / "other.onnx", batch=1)
    ids = []
    for file, fields in ((model, {}), (model, {"mean": 0.5}), (other, {}), (model, {"batch": 3})):
        making.sidecar(file, **fields)
        ids.append(Model(str(file)).id)
    assert len(set(ids)) == 3 and ids[0] == ids[3]
    assert ids[0].startswith("mean-colour-1-")


def test_a_sidecar_may_name_its_model_from_where_it_lies_or_through_a_variable(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "sidecars"
    elsewhere.mkdir()
    monkeypatch.setenv("MODELS", str(tmp_path))
    for named in ("../m.onnx", "$MODELS/m.onnx", str(model)):
        file = elsewhere / "mine.json"
        file.write_text(json.dumps(making.COLOURS | {"model": named}))
        assert model.samefile(Model(str(file)).path)


def test_a_sidecar_with_the_double_ending_is_found_too(model: Path) -> None:
    making.sidecar(model).rename(model.with_name("m.onnx.json"))
    assert Model(str(model)).sidecar.name == "mean-colour"


def test_a_sidecar_that_is_no_json_is_answered_with_one_that_reads_well(model: Path) -> None:
    model.with_suffix(".json").write_text("width: 4", encoding="utf-8")
    with pytest.raises(ModelError) as error:
        Model(str(model))
    example = str(error.value).partition("such as ")[2]
    assert read(example.encode(), "example").dim == 512


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"width": "224"}, "'width': got '224', wanted a whole number"),
        ({"width": True}, "'width': got True"),
        ({"height": None}, "'height' is missing"),
        ({"layout": "CHW"}, "'layout': got 'CHW', wanted one of NCHW, NHWC"),
        ({"mean": [0.5, 0.5]}, "'mean': got [0.5, 0.5], wanted a number, or a list"),
        ({"std": 0}, "'std': got 0"),
        ({"divide": 0}, "'divide': got 0"),
        ({"crop": 1.5}, "'crop': got 1.5"),
        ({"name": "a/b"}, "'name': got 'a/b'"),
        ({"names": []}, "'names': got []"),
        ({"strides": [8, 0]}, "'strides': got [8, 0]"),
        ({"widht": 3}, "unknown sidecar field 'widht'"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_got_and_wanted(
    model: Path, fields: dict[str, object], complaint: str
) -> None:
    making.sidecar(model, **fields)
    with pytest.raises(ModelError) as error:
        Model(str(model))
    assert complaint in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "\udcff"])
def test_a_sidecar_that_is_no_json_object_is_refused(model: Path, text: str) -> None:
    model.with_suffix(".json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError):
        Model(str(model))


def test_shapes_that_differ_are_shown_side_by_side(model: Path) -> None:
    making.sidecar(model, width=8)
    with pytest.raises(ModelError, match=r"want shape \['n', 3, 4, 8\], got shape \['n', 3, 4, 4\]"):
        Model(str(model))


def test_an_output_that_is_not_there_is_answered_with_those_that_are(model: Path) -> None:
    making.sidecar(model, output="embedding")
    with pytest.raises(ModelError, match=r"got 'embedding', wanted one of \['vector'\]"):
        Model(str(model))


def test_a_sidecar_made_for_another_model_is_refused(model: Path) -> None:
    making.sidecar(model, sha256="0" * 64)
    with pytest.raises(ModelError, match="another model"):
        Model(str(model))


def test_files_that_are_missing_or_no_models_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    making.sidecar(broken)
    lost = tmp_path / "lost.json"
    lost.write_text(json.dumps(making.COLOURS | {"model": "gone.onnx"}))
    for path, complaint in (
        (broken, "not a readable ONNX model"),
        (tmp_path / "none.onnx", "no such file"),
        (lost, "got 'gone.onnx'"),
    ):
        with pytest.raises(ModelError, match=complaint):
            Model(str(path))


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.99])
def test_a_model_that_was_cut_off_is_called_damaged(model: Path, kept: float) -> None:
    making.sidecar(model)
    content = model.read_bytes()
    model.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ModelError, match=r"m\.onnx: not a readable ONNX model: it is damaged, cut off or no ONNX file"):
        Model(str(model))


def test_a_model_of_a_newer_opset_or_format_is_answered_with_what_is_known(model: Path) -> None:
    making.sidecar(model)
    told = onnx.load(model)
    told.opset_import[0].version = 99
    onnx.save(told, model)
    with pytest.raises(ModelError, match=r"got opset 99, this runtime knows up to \d+; update onnxruntime, or export"):
        Model(str(model))
    told.opset_import[0].version, told.ir_version = 13, 99
    onnx.save(told, model)
    with pytest.raises(ModelError, match=r"got IR version 99, this runtime knows up to \d+; update onnxruntime, or"):
        Model(str(model))


def test_an_operator_that_the_runtime_has_not_is_named(model: Path) -> None:
    making.sidecar(model)
    told = onnx.load(model)
    told.graph.node[0].domain = "com.mine"
    told.opset_import.append(making.helper.make_opsetid("com.mine", 1))
    onnx.save(told, model)
    with pytest.raises(ModelError, match=r"operator com\.mine:ReduceMean, which this runtime has not; export it with"):
        Model(str(model))


def test_an_encoder_that_puts_out_nan_names_the_rows_and_the_others_can_be_asked_alone(tmp_path: Path) -> None:
    graph = making.Graph(["n", 3, 4, 4])
    mean = graph("ReduceMean", "images", axes=[2, 3], keepdims=0)
    model = graph.save(tmp_path / "m.onnx", {"vector": (graph("Div", mean, mean), ["n", 3])})  # 0 / 0 for black
    making.sidecar(model, mean=0)
    encoder = OnnxEncoder(str(model))
    with pytest.raises(ModelError, match=r"no vector for rows \[1\] of 3: NaN"):
        encoder([grey(9), grey(0), grey(5)])
    np.testing.assert_allclose(encoder([grey(9), grey(5)]), np.full((2, 3), 3**-0.5), atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1)])
@pytest.mark.parametrize("resize", ["squash", "crop", "letterbox"])
@pytest.mark.parametrize("place", ["centre", "corner"])
def test_pictures_of_a_pixel_s_width_go_in(model: Path, shape: tuple[int, int], resize: str, place: str) -> None:
    making.sidecar(model, resize=resize, place=place, fill=200, divide=1, mean=0)
    assert next(Model(str(model))([grey(200, *shape)])).tolist() == [[200] * 3]


def test_a_device_that_the_runtime_does_not_offer_is_refused_rather_than_replaced(model: Path) -> None:
    making.sidecar(model)
    with pytest.raises(ModelError) as caught:
        Model(str(model), device="abacus")
    assert str(caught.value) == "unknown device 'abacus'; wanted cpu or cuda"


def test_an_integer_input_and_a_second_input_are_refused(tmp_path: Path) -> None:
    integers = making.mean_colour(tmp_path / "i.onnx", kind=TensorProto.INT32)
    making.sidecar(integers)
    with pytest.raises(ModelError, match=r"tensor\(int32\); wanted tensor\(float\)"):
        Model(str(integers))
    node = making.helper.make_node("Add", ["a", "b"], ["c"])
    shapes = [making.tensor(name, ["n", 3, 4, 4]) for name in "abc"]
    two = making.save(tmp_path / "two.onnx", [node], shapes[:2], shapes[2:])
    making.sidecar(two)
    with pytest.raises(ModelError, match=r"got inputs \['a', 'b'\]"):
        Model(str(two))


def test_a_field_that_came_later_changes_no_id_until_it_is_set(model: Path) -> None:
    told = side(**making.COLOURS).settings()
    assert not {"boxes", "scores", "resample"} & told.keys() and told["decode"] == ""
    assert side(resample="bicubic").settings()["resample"] == "bicubic"
    assert side(resample="bilinear").settings() == side().settings()


def test_what_an_encoders_classes_are_called_changes_no_vector_and_so_no_id() -> None:
    assert side(dim=3, names=["fox"]).settings() == side(dim=3).settings()
    assert side(decode="yolov8", names=["fox"]).settings() != side(decode="yolov8", names=["badger"]).settings()


@pytest.mark.data
def test_ids_under_which_vectors_were_kept_stay(data: Path) -> None:
    assert Model(str(data / "models" / "mobilenetv2_imagenet_fp32.onnx")).id == "mobilenetv2-imagenet-1-3ce6c80b1857"
    assert Model(str(data / "models" / "yolox_nano.onnx")).id == "yolox-nano-1-77a90f2fa756"


@pytest.mark.data
def test_the_development_models_need_no_sidecar_of_their_own(data: Path) -> None:
    encoder = Model(str(data / "models" / "mobilenetv2_imagenet_fp32.onnx"))
    assert encoder.sidecar.dim == 1280 and encoder.sidecar.short_side == 256
    assert len(Model("$RARAVIS_DATA/models/yolox_nano.onnx").sidecar.names) == 80


def test_a_model_without_a_sidecar_is_told_how_to_draft_one(model: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Model(str(model))
    draft = f"raravis encoders describe {model} --out {model.with_suffix('.json')}"
    assert str(caught.value) == f"{model}: no sidecar says how pictures go in; draft one: {draft}"


def test_what_is_no_model_is_told_so_without_a_sidecar_too(model: Path, tmp_path: Path) -> None:
    text, cut = tmp_path / "text.onnx", tmp_path / "cut.onnx"
    text.write_text("not a model", encoding="utf-8")
    cut.write_bytes(model.read_bytes()[:-20])
    for file in (text, cut):
        with pytest.raises(ModelError, match=r"not a readable ONNX model: it is damaged, cut off or no ONNX file"):
            Model(str(file))


def test_a_detector_is_no_encoder_and_an_encoder_no_detector_and_each_says_what_it_is(tmp_path: Path) -> None:
    detector = making.seeing(tmp_path / "d.onnx", "yolov8", size=(8, 8))
    making.sidecar(detector, width=8, height=8, dim=None, decode="yolov8", names=making.SEEN)
    encoder = making.mean_colour(tmp_path / "e.onnx")
    making.sidecar(encoder)
    with pytest.raises(ModelError, match="says that it is a detector; use it as one: --detect onnx:"):
        OnnxEncoder(str(detector))
    with pytest.raises(ModelError, match="says that it is an encoder; use it as one: --encoder onnx:"):
        OnnxDetector(str(encoder))
