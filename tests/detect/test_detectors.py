"""Boxes: the whole frame, the grid, and what YOLO-like networks put out."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx_making as making
import pytest

from raravis import testing
from raravis.detect import pixels_needed
from raravis.detect.decode import Found, cells, decode, iou, suppress
from raravis.detect.onnx import OnnxDetector
from raravis.detect.tiles import Tiles
from raravis.detect.whole import Whole
from raravis.errors import InputError, ModelError
from raravis.onnx import Sidecar, read
from raravis.plugins import make

BOXES = np.array([[8.0, 16, 24, 48], [32, 0, 64, 32]])  # xyxy on an input 64 wide and 64 high
SCORES = np.array([[0.9, 0.1], [0.2, 0.6]])  # two boxes, two classes
NAMES = ["cat", "dog"]


def centred(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)


def yolov8() -> np.ndarray:
    return np.concatenate([centred(BOXES), SCORES], axis=1).T[None]


def yolov5() -> np.ndarray:
    return np.concatenate([centred(BOXES), np.full((2, 1), 0.5), SCORES * 2 / 2], axis=1)[None]


def yolox() -> np.ndarray:
    """The two boxes put into cells 5 and 70 of a grid with strides 8, 16 and 32."""
    grid = cells(read(b'{"name": "a", "version": "1", "width": 64, "height": 64}', "a"))
    raw = np.zeros((1, len(grid), 7))
    for row, box, scores in zip((5, 70), centred(BOXES), SCORES, strict=True):
        column, line, stride = grid[row]
        raw[0, row] = [
            *(box[:2] / stride - [column, line]),
            *np.log(box[2:] / stride),
            0.5,
            *scores,
        ]
    return raw


def side(decode: str, **fields: Any) -> Sidecar:
    told = {"name": "a", "version": "1", "width": 64, "height": 64, "decode": decode, "names": NAMES} | fields
    return read(json.dumps(told).encode(), "a.json")


def detector(folder: Path, answer: np.ndarray, decode: str, *, settings: str = "", **fields: Any) -> Any:
    model = making.says(folder / "d.onnx", answer, size=(64, 64))
    told = {"width": 64, "height": 64, "dim": None, "names": NAMES, "decode": decode, "resize": "letterbox"} | fields
    making.sidecar(model, **told)
    return make("detect", f"onnx:path={model},margin=0{settings}")


def frame(height: int, width: int) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("decode", "answer", "factor"), [("yolov8", yolov8, 1), ("yolov5", yolov5, 0.5), ("yolox", yolox, 0.5)]
)
def test_known_boxes_are_read_out_of_every_layout(tmp_path: Path, decode: str, answer: Any, factor: float) -> None:
    found = detector(tmp_path, answer(), decode)([frame(64, 64)])[0]
    np.testing.assert_allclose(found.boxes * 64, BOXES, atol=1e-4)
    np.testing.assert_allclose(found.scores, [0.9 * factor, 0.6 * factor], atol=1e-6)
    assert found.names == ["cat", "dog"]


def test_cells_run_stride_by_stride_and_row_by_row() -> None:
    grid = cells(read(b'{"name": "a", "version": "1", "width": 64, "height": 32, "strides": [16, 32]}', "a"))
    assert grid.tolist() == [
        *([column, row, 16] for row in (0, 1) for column in (0, 1, 2, 3)),
        [0, 0, 32],
        [1, 0, 32],
    ]


@pytest.mark.parametrize(
    ("place", "on_input"),
    [("corner", [0, 0, 64, 32]), ("centre", [0, 16, 64, 48])],
)
def test_a_box_around_the_letterboxed_picture_is_the_whole_frame(
    tmp_path: Path, place: str, on_input: list[float]
) -> None:
    answer = np.concatenate([centred(np.array([on_input], float)), [[0.9, 0.1]]], axis=1).T[None]
    found = detector(tmp_path, answer, "yolov8", place=place)([frame(100, 200), frame(10, 20)])
    np.testing.assert_allclose([one.boxes[0] for one in found], [[0, 0, 1, 1]] * 2, atol=1e-6)


def test_boxes_are_cut_off_at_the_frame_and_those_beyond_it_dropped(tmp_path: Path) -> None:
    boxes = np.array([[-10.0, -10, 10, 10], [20, 20, 20, 30], [70, 70, 90, 90]])
    answer = np.concatenate([centred(boxes), [[0.9, 0], [0.8, 0], [0.7, 0]]], axis=1).T[None]
    found = detector(tmp_path, answer, "yolov8")([frame(64, 64)])[0]
    np.testing.assert_allclose(found.boxes * 64, [[0, 0, 10, 10]], atol=1e-4)


def test_the_margin_is_added_on_each_side_and_stated_in_the_name(tmp_path: Path) -> None:
    wide = make("detect", f"onnx:path={detector(tmp_path, yolov8(), 'yolov8').model.path},margin=0.25")
    found = wide([frame(64, 64)])[0]
    np.testing.assert_allclose(found.boxes * 64, [[4, 8, 28, 56], [24, 0, 64, 40]], atol=1e-4)
    assert "margin=0.25" in wide.name


def test_only_boxes_from_the_threshold_up_are_kept(tmp_path: Path) -> None:
    assert len(detector(tmp_path, yolov8(), "yolov8", settings=",threshold=0.7")([frame(64, 64)])[0]) == 1
    assert len(detector(tmp_path, yolov8(), "yolov8", settings=",threshold=0.95")([frame(64, 64)])[0]) == 0


def test_only_the_classes_asked_for_are_kept_and_an_unknown_one_is_answered_with_the_known(tmp_path: Path) -> None:
    assert detector(tmp_path, yolov8(), "yolov8", settings=",classes=dog")([frame(64, 64)])[0].names == ["dog"]
    both = detector(tmp_path, yolov8(), "yolov8", settings=",classes=dog+cat")
    assert both([frame(64, 64)])[0].names == ["cat", "dog"]
    with pytest.raises(InputError, match="no class 'cow'; known: cat, dog"):
        detector(tmp_path, yolov8(), "yolov8", settings=",classes=cow")


def test_of_overlapping_boxes_of_one_class_the_best_stays() -> None:
    boxes = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10], [20, 20, 30, 30]])
    found = Found(boxes, np.array([0.5, 0.9, 0.8, 0.1]), np.array([0, 0, 1, 0]))
    assert suppress(found, 0.45).tolist() == [1, 2, 3]
    assert suppress(found, 0.9).tolist() == [1, 2, 0, 3]


def test_of_equal_boxes_and_scores_the_first_stays_and_none_gives_none() -> None:
    same = Found(np.array([[0.0, 0, 1, 1]] * 3), np.ones(3), np.zeros(3, np.intp))
    assert suppress(same, 0.45).tolist() == [0]
    assert suppress(Found(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.intp)), 0.45).tolist() == []


def test_iou_is_shared_area_over_joint_area() -> None:
    boxes = np.array([[0.0, 0, 2, 2], [1, 0, 3, 2], [2, 2, 3, 3], [1, 1, 1, 1]])
    np.testing.assert_allclose(iou(boxes[:1], boxes), [[1, 1 / 3, 0, 0]])
    assert iou(boxes[3:], boxes[3:]).tolist() == [[0]]
    assert iou(boxes[:0], boxes).shape == (0, 4)


def one_by_one(found: Found, overlap: float, most: int, agnostic: bool) -> list[int]:
    """The definition: from the best down, whatever does not share too much with one kept before."""
    kept: list[int] = []
    for row in np.argsort(-found.scores, kind="stable").tolist():
        rivals = [k for k in kept if agnostic or found.classes[k] == found.classes[row]]
        if len(kept) < most and (iou(found.boxes[[row]], found.boxes[rivals]) <= overlap).all():
            kept.append(row)
    return kept


@pytest.mark.parametrize("agnostic", [False, True])
@pytest.mark.parametrize("most", [3, 300])
def test_suppression_in_blocks_keeps_what_suppression_one_by_one_keeps(most: int, agnostic: bool) -> None:
    rng = np.random.default_rng(0)
    low = rng.integers(0, 60, (500, 2))
    boxes = np.concatenate([low, low + rng.integers(5, 30, (500, 2))], axis=1).astype(np.float64)
    found = Found(boxes, rng.integers(0, 50, 500) / 50, rng.integers(0, 3, 500))  # with ties
    kept = suppress(found, 0.3, most=most, agnostic=agnostic)
    assert kept.tolist() == one_by_one(found, 0.3, most, agnostic) and len(kept) > 2


def test_thousands_of_boxes_are_decoded_and_suppressed_in_time_for_the_next_frame() -> None:
    rng = np.random.default_rng(0)
    sidecar = side("yolov5", names=[f"class{i}" for i in range(80)], width=640, height=640)
    centre, extent = rng.uniform(0, 640, (25_200, 2)), rng.uniform(8, 60, (25_200, 2))
    scores = rng.random((25_200, 81))  # nearly all of them over the threshold: the worst that can come
    raw = np.concatenate([centre, extent, scores], axis=1).astype(np.float32)
    begun = time.process_time()
    found = decode([raw], sidecar, 0.25)
    kept = suppress(found, 0.45)
    assert len(found.scores) > 15_000 and len(kept) == 300
    assert time.process_time() - begun < 0.5  # 0.02 s where it was written; a loop over all boxes takes seconds


def test_an_output_that_does_not_fit_the_decoding_is_shown_with_what_it_wants(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"want shape \['n', 84, 7\], got shape \[1, 6, 2\]"):
        detector(tmp_path, yolov8(), "yolox")
    with pytest.raises(ModelError, match="'names' is missing"):
        detector(tmp_path, yolov8(), "yolov8", names=None)
    with pytest.raises(ModelError, match="'boxes' is missing"):
        detector(tmp_path, yolov8(), "detr")


def test_two_outputs_that_do_not_fit_are_each_refused(tmp_path: Path) -> None:
    model = making.seeing(tmp_path / "d.onnx", "detr", size=(64, 64))
    told = {"width": 64, "height": 64, "dim": None, "names": NAMES, "decode": "detr", "boxes": "boxes"}
    for fields, complaint in (
        (
            {"output": "logits", "scores": "sigmoid"},
            r"'logits': want shape \['n', 'boxes', 2\], got shape \['n', 2, 3\]",
        ),
        ({"output": "logits", "boxes": "logits"}, r"'logits': want shape \['n', 'boxes', 4\], got shape \['n', 2, 3\]"),
        ({"output": "logits", "boxes": "corners"}, "field 'boxes': got 'corners', wanted one of"),
        ({}, "field 'output': got '', wanted one of"),
    ):
        making.sidecar(model, **(told | fields))
        with pytest.raises(ModelError, match=complaint):
            OnnxDetector(str(model))


def test_boxes_that_come_chosen_are_not_suppressed_again(tmp_path: Path) -> None:
    corners = np.array([[[8.0, 16, 24, 48, 0.6, 1], [8, 16, 24, 48, 0.9, 1], [0, 0, 0, 0, 0, 0]]])
    found = detector(tmp_path, corners, "yolov10")([frame(64, 64)])[0]
    np.testing.assert_allclose(found.boxes * 64, [[8, 16, 24, 48]] * 2, atol=1e-4)
    np.testing.assert_allclose(found.scores, [0.9, 0.6])
    assert found.names == ["dog", "dog"]


@pytest.mark.parametrize("number", [2, -1])
def test_a_class_number_without_a_name_is_refused(tmp_path: Path, number: int) -> None:
    corners = np.array([[[8.0, 16, 24, 48, 0.9, number]]])
    with pytest.raises(ModelError, match=f"class number {number}, but names for 0 to 1"):
        detector(tmp_path, corners, "yolov10")([frame(64, 64)])


def test_a_network_that_puts_out_nan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="put out NaN; look at divide, mean and std"):
        detector(tmp_path, np.full((1, 6, 2), np.nan), "yolov8")([frame(64, 64)])


def test_at_most_so_many_boxes_of_the_wanted_classes_are_kept_the_best_of_them(tmp_path: Path) -> None:
    assert detector(tmp_path, yolov8(), "yolov8", settings=",most=1")([frame(64, 64)])[0].names == ["cat"]
    dogs = detector(tmp_path, yolov8(), "yolov8", settings=",most=1,classes=dog")
    assert dogs([frame(64, 64)])[0].names == ["dog"]


def test_only_an_agnostic_detector_lets_one_class_suppress_another(tmp_path: Path) -> None:
    answer = np.concatenate([centred(BOXES[[0, 0]]), [[0.9, 0], [0, 0.6]]], axis=1).T[None]
    assert detector(tmp_path, answer, "yolov8")([frame(64, 64)])[0].names == ["cat", "dog"]
    assert detector(tmp_path, answer, "yolov8", settings=",agnostic=yes")([frame(64, 64)])[0].names == ["cat"]
    wanted = detector(tmp_path, answer, "yolov8", settings=",agnostic=yes,classes=dog")
    assert wanted([frame(64, 64)])[0].names == ["dog"]  # what is not wanted suppresses nothing


def test_what_was_found_before_these_settings_came_keeps_its_name(tmp_path: Path) -> None:
    name = detector(tmp_path, yolov8(), "yolov8").name
    assert name.endswith(",threshold=0.25,margin=0,classes=")
    assert detector(tmp_path, yolov8(), "yolov8", settings=",most=5,agnostic=yes").name == f"{name},most=5,agnostic=yes"


@pytest.mark.parametrize("settings", [",threshold=0", ",threshold=1.5"])
def test_a_threshold_outside_0_to_1_is_refused(tmp_path: Path, settings: str) -> None:
    with pytest.raises(InputError, match=r"wanted 0\.\.1"):
        detector(tmp_path, yolov8(), "yolov8", settings=settings)


def test_a_frame_without_pixels_is_refused_by_a_detector_that_looks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without pixels"):
        detector(tmp_path, yolov8(), "yolov8")([None])


def test_tiles_cover_the_frame_exactly_and_overlap_as_asked() -> None:
    boxes = Tiles(3, 0.25, whole=False).boxes
    assert boxes[0].tolist() == [0, 0, 0.4, 0.4] and boxes[-1, 2:].tolist() == [1, 1]
    rows = boxes[::3, [1, 3]]
    for (_, above), (below, end) in pairwise(rows.tolist()):
        assert above - below == pytest.approx(0.25 * (end - below))


def test_tiles_begin_with_the_whole_frame_unless_told_otherwise() -> None:
    assert make("detect", "tiles:4")([None])[0].boxes.shape == (17, 4)
    assert make("detect", "tiles")([None])[0].boxes[0].tolist() == [0, 0, 1, 1]
    assert make("detect", "tiles:n=4,whole=no").boxes.shape == (16, 4)
    assert make("detect", "tiles:1").boxes.tolist() == [[0, 0, 1, 1]]


def test_several_grids_lie_over_one_frame_coarsest_first_each_once() -> None:
    boxes = make("detect", "tiles:2+4").boxes
    np.testing.assert_array_equal(
        boxes, np.concatenate([[[0, 0, 1, 1]], Tiles(2, whole=False).boxes, Tiles(4, whole=False).boxes])
    )
    assert make("detect", "tiles:n=4+2+4,overlap=0").name == "tiles:n=2+4,overlap=0,whole=yes"
    assert make("detect", "tiles:1+2").boxes.shape == (5, 4)  # a grid of one is the frame
    assert make("detect", "tiles:n=1+2,whole=no").boxes.shape == (5, 4)
    assert len(np.unique(make("detect", "tiles:n=1+2+3+4+5").boxes, axis=0)) == 55


def test_one_grid_keeps_the_name_that_items_already_have() -> None:
    assert make("detect", "tiles:3").name == Tiles(3).name == "tiles:n=3,overlap=0.25,whole=yes"


@pytest.mark.parametrize("settings", ["n=0", "n=17", "overlap=0.95", "overlap=-0.1", "n=2+", "n=2+17", "n=two"])
def test_a_grid_that_cannot_be_laid_is_refused(settings: str) -> None:
    with pytest.raises(InputError, match=r"tiles: got .*; wanted n from 1 to 16 and an overlap from 0 to 0\.9"):
        make("detect", f"tiles:{settings}")


def test_the_finest_grid_is_256_boxes_and_the_frame() -> None:
    boxes = make("detect", "tiles:n=16,overlap=0.9").boxes
    assert boxes.shape == (257, 4) and (boxes[:, 2:] > boxes[:, :2]).all()


def test_the_pixels_needed_let_the_smallest_box_fill_the_encoder() -> None:
    boxes = np.array([[0, 0, 1, 1], [0, 0, 0.25, 0.5]])
    assert pixels_needed(boxes, 224) == 896
    assert pixels_needed(boxes[:1], 224) == pixels_needed(np.zeros((0, 4)), 224) == 224
    assert pixels_needed(boxes, 224, most=500) == 500
    assert pixels_needed(boxes, 224, most=100) == 224


def test_the_detectors_keep_the_contract(tmp_path: Path) -> None:
    for made in (Whole(), Tiles(), Tiles(2, 0), Tiles("2+4"), detector(tmp_path, yolox(), "yolox")):
        testing.check_detector(made)


@pytest.mark.data
def test_yolox_finds_the_person_and_the_dog_in_the_park(data: Path) -> None:
    import av

    with av.open(str(data / "clips" / "park_720p.mp4")) as clip:
        picture = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    found = OnnxDetector(str(data / "models" / "yolox_nano.onnx"), threshold=0.5)([picture])[0]
    assert found.names == ["person", "dog"]
    person, dog = found.boxes
    assert person[3] - person[1] > 0.5 and person[0] < dog[0]
