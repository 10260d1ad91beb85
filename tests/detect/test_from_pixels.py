"""From rendered frames, through real graphs that see coloured rectangles, to boxes: every layout and every fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx_making as making
import pytest

from raravis.detect.onnx import OnnxDetector
from raravis.onnx import fit, read
from raravis.onnx.prepare import prepare

RED, BLUE = (255, 0, 0), (0, 0, 255)
LAYOUTS = {
    "yolov5": {"resize": "letterbox"},
    "yolov8": {"resize": "letterbox"},
    "yolov10": {"resize": "letterbox"},
    "yolox": {"resize": "letterbox", "place": "corner", "colour": "BGR", "divide": 1},
    "rtdetr": {"resize": "squash"},
    "detr": {"resize": "squash", "output": "logits", "boxes": "boxes"},
    "detr-sigmoid": {"resize": "squash", "output": "logits", "boxes": "boxes", "scores": "sigmoid"},
}


def detector(folder: Path, layout: str, *, batch: int | str = "n", size: tuple[int, int] = (64, 96)) -> OnnxDetector:
    """A detector of red and blue rectangles with an input (height, width)."""
    decode, _, scores = layout.partition("-")
    bgr = decode == "yolox"
    model = making.seeing(
        folder / f"{layout}.onnx",
        decode,
        size=size,
        batch=batch,
        brightest=255 if bgr else 1,
        channels=(2, 0) if bgr else (0, 2),
        scores=scores or "softmax",
    )
    told: dict[str, Any] = {"width": size[1], "height": size[0], "dim": None, "mean": 0, "names": making.SEEN}
    making.sidecar(model, decode=decode, **told, **LAYOUTS[layout])
    return OnnxDetector(str(model), margin=0)


def frame(height: int, width: int, red: tuple[int, ...] | None, blue: tuple[int, ...] | None = None) -> np.ndarray:
    """Black, with a rectangle x0, y0, x1, y1 of each colour."""
    rgb = np.zeros((height, width, 3), np.uint8)
    for box, colour in ((red, RED), (blue, BLUE)):
        if box is not None:
            rgb[box[1] : box[3], box[0] : box[2]] = colour
    return rgb


def in_pixels(found: Any, rgb: np.ndarray) -> dict[str, list[float]]:
    height, width = rgb.shape[:2]
    boxes = found.boxes * [width, height, width, height]
    return {name: box.tolist() for name, box in zip(found.names, boxes, strict=True)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_boxes_come_back_exactly_where_edges_fall_on_pixels_of_the_input(tmp_path: Path, layout: str) -> None:
    rgb = frame(128, 192, (20, 40, 60, 100), (120, 10, 180, 30))  # half the size on the input
    seen = in_pixels(detector(tmp_path, layout)([rgb])[0], rgb)
    np.testing.assert_allclose(seen["red"], [20, 40, 60, 100], atol=1e-3)
    np.testing.assert_allclose(seen["blue"], [120, 10, 180, 30], atol=1e-3)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(64, 96), (333, 77), (77, 333), (1080, 1920), (601, 601), (50, 33)])
def test_boxes_of_any_frame_are_right_to_half_a_pixel_of_the_input(
    tmp_path: Path, layout: str, size: tuple[int, int]
) -> None:
    height, width = size
    drawn = (width // 5, height // 3, width * 3 // 5, height * 2 // 3)
    rgb = frame(height, width, drawn)
    made = detector(tmp_path, layout)
    at = fit(made.model.sidecar, width, height)
    pixel = max(width / at.width, height / at.height)
    np.testing.assert_allclose(in_pixels(made([rgb])[0], rgb)["red"], drawn, atol=0.55 * pixel)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("batch", ["n", 1, 3])
def test_every_frame_of_any_batch_gets_its_own_boxes(tmp_path: Path, layout: str, batch: int | str) -> None:
    frames = [frame(64, 96, (8 * i, 8, 8 * i + 16, 24)) for i in range(5)] + [frame(64, 96, None)]
    found = detector(tmp_path, layout, batch=batch)(frames)
    assert [len(one) for one in found] == [1, 1, 1, 1, 1, 0]
    left = [one.boxes[0, 0] * 96 for one in found[:5]]
    np.testing.assert_allclose(left, [0, 8, 16, 24, 32], atol=1e-3)


@pytest.mark.parametrize("width", range(60, 80))
def test_a_centred_letterbox_is_rounded_and_padded_as_yolov5_on_do_it(width: int) -> None:
    """Its own words: new = round(side * r); left = round(d / 2 - 0.1), d being what is left over."""
    side = read(b'{"name": "a", "version": "1", "width": 64, "height": 64, "resize": "letterbox"}', "a")
    at = fit(side, width, 48)
    r = min(64 / 48, 64 / width)
    new = round(width * r), round(48 * r)
    left, top = ((64 - length) / 2 for length in new)
    assert (at.width, at.height, at.x, at.y) == (*new, round(left - 0.1), round(top - 0.1))


def test_a_corner_letterbox_is_cut_off_as_yolox_does_it() -> None:
    text = b'{"name": "a", "version": "1", "width": 64, "height": 64, "resize": "letterbox", "place": "corner"}'
    at = fit(read(text, "a"), 100, 39)  # 0.64 * 39 = 24.96
    assert (at.x, at.y, at.width, at.height) == (0, 0, 64, 24)


def test_around_the_picture_there_is_fill_and_nothing_else() -> None:
    text = b'{"name": "a", "version": "1", "width": 8, "height": 8, "resize": "letterbox", "fill": 9, "divide": 1}'
    prepared = prepare(read(text, "a"), [np.full((5, 8, 3), 200, np.uint8)])[0, 0]
    assert [set(row) for row in prepared.tolist()] == [{9.0}] + [{200.0}] * 5 + [{9.0}] * 2
