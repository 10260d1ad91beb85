"""Boxes in 0..1 and what is made of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raravis.boxes import clip, crop, to_pixels, widen
from raravis.types import WHOLE, Box

SIDE = st.tuples(st.integers(0, 99), st.integers(1, 100)).filter(lambda side: side[0] < side[1])
BOXES = st.tuples(SIDE, SIDE).map(lambda xy: (xy[0][0] / 100, xy[1][0] / 100, xy[0][1] / 100, xy[1][1] / 100))


@pytest.mark.parametrize(
    ("box", "pixels"),
    [
        (WHOLE, (0, 0, 64, 48)),
        ((0.25, 0.25, 0.5, 0.75), (16, 12, 32, 36)),
        ((0.999, 0.999, 1.0, 1.0), (63, 47, 64, 48)),
        ((0.5, 0.5, 0.501, 0.501), (32, 24, 33, 25)),
        ((0.0, 0.0, 0.001, 0.001), (0, 0, 1, 1)),
    ],
)
def test_a_box_in_pixels_is_whole_and_never_empty(box: Box, pixels: tuple[int, int, int, int]) -> None:
    assert to_pixels(box, 64, 48) == pixels


@given(BOXES, st.integers(1, 300), st.integers(1, 300))
def test_pixels_lie_inside_the_picture_and_near_the_box(box: Box, width: int, height: int) -> None:
    x0, y0, x1, y1 = to_pixels(box, width, height)
    assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
    for pixel, edge, size in ((x0, box[0], width), (y0, box[1], height), (x1, box[2], width), (y1, box[3], height)):
        assert abs(pixel - edge * size) <= 1


@given(BOXES)
def test_a_crop_holds_the_pixels_of_the_box_and_copies_none(box: Box) -> None:
    rgb = np.arange(48 * 64 * 3, dtype=np.int64).astype(np.uint8).reshape(48, 64, 3)
    x0, y0, x1, y1 = to_pixels(box, 64, 48)
    part = crop(rgb, box)
    assert part.shape == (y1 - y0, x1 - x0, 3) and np.shares_memory(part, rgb)
    np.testing.assert_array_equal(part[0, 0], rgb[y0, x0])


def test_clip_and_widen_stay_inside_the_picture() -> None:
    assert clip((-0.5, 0.2, 1.5, 0.4)) == (0, 0.2, 1, 0.4)
    assert widen((0.25, 0.25, 0.5, 0.75), 0.5) == (0.125, 0.0, 0.625, 1.0)
    assert widen((0.25, 0.25, 0.5, 0.75), 0.0) == (0.25, 0.25, 0.5, 0.75)


@given(BOXES, st.floats(0, 3))
def test_a_widened_box_contains_the_box(box: Box, margin: float) -> None:
    x0, y0, x1, y1 = widen(box, margin)
    assert 0 <= x0 <= box[0] and 0 <= y0 <= box[1] and box[2] <= x1 <= 1 and box[3] <= y1 <= 1
