"""A part of a picture, by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from raravis.errors import InputError, MediaError
from raravis.media.region import read_region
from raravis.types import Pixels


@pytest.fixture
def quarters(tmp_path: Path) -> Path:
    """40 x 20 pixels: black and white above, red and green below."""
    rgb = np.zeros((20, 40, 3), np.uint8)
    rgb[:10, 20:], rgb[10:, :20], rgb[10:, 20:] = (255, 255, 255), (255, 0, 0), (0, 255, 0)
    Image.fromarray(rgb).save(tmp_path / "quarters.png")
    return tmp_path / "quarters.png"


def only(rgb: Pixels) -> list[int]:
    """The one colour of a picture."""
    (colour,) = np.unique(rgb.reshape(-1, 3), axis=0)
    return colour.tolist()


def test_a_name_alone_is_the_whole_picture(quarters: Path) -> None:
    assert read_region(quarters).shape == read_region(str(quarters)).shape == (20, 40, 3)


@pytest.mark.parametrize("corners", ["0,0.5,0.5,1", "0,10,20,20", " 0, 10.0, 20, 20"])
def test_corners_are_in_0_to_1_or_in_pixels_where_one_is_above_1(quarters: Path, corners: str) -> None:
    region = read_region(f"{quarters}#{corners}")
    assert region.shape == (10, 20, 3) and only(region) == [255, 0, 0]


def test_a_box_from_0_to_1_is_the_whole_picture_and_no_pixel(quarters: Path) -> None:
    assert read_region(f"{quarters}#0,0,1,1").shape == (20, 40, 3)


def test_corners_are_of_the_picture_turned_upright(tmp_path: Path) -> None:
    rgb = np.zeros((20, 40, 3), np.uint8)
    rgb[:, :10] = (255, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees: what is at the left comes to the top
    Image.fromarray(rgb).save(tmp_path / "turned.png", exif=exif)
    region = read_region(f"{tmp_path / 'turned.png'}#0,0,20,10")
    assert region.shape == (10, 20, 3) and only(region) == [255, 0, 0]


def test_a_file_that_is_really_called_so_comes_first(quarters: Path) -> None:
    odd = quarters.with_name("quarters.png#0,0,20,10")
    Image.new("RGB", (3, 2), "blue").save(odd, "PNG")
    assert only(read_region(odd)) == [0, 0, 255]
    Image.new("RGB", (4, 8), "blue").save(quarters.with_name("roll#1.png"))
    assert read_region(f"{quarters.with_name('roll#1.png')}#0,0,4,6").shape == (6, 4, 3)


@pytest.mark.parametrize("corners", ["", "1,2,3", "0,0,a,1", "0,0,1,1,1", "0,0,nan,1", "0,0,inf,10"])
def test_corners_that_are_not_four_numbers_are_refused(quarters: Path, corners: str) -> None:
    with pytest.raises(InputError, match=r"quarters\.png#.*: got .* after the #; wanted x0,y0,x1,y1 in 0..1 or in pix"):
        read_region(f"{quarters}#{corners}")


@pytest.mark.parametrize(
    ("corners", "told"),
    [
        ("20,0,10,10", "no box; wanted left,top,right,bottom, with left < right and top < bottom"),
        ("0,0,0,1", "no box; wanted left,top,"),
        ("0,0,41,20", "the box leaves the picture, which is 40x20 pixels; wanted one inside it"),
        ("-1,0,10,10", "the box leaves the picture, which is 40x20 pixels"),
        ("-0.1,0,1,1", "the box leaves the picture, which is 40x20 pixels"),
        ("0.9,0.9,1.5,1.5", "got fractions beside a number above 1; wanted all in 0..1, or all in whole pixels"),
        ("0.5,0,20,20", "got fractions beside a number above 1"),
        ("0,0,10.5,10", "got fractions beside a number above 1"),
        ("0,0,1,2", "got a box of 1x2 pixels; wanted 4 or more a side of the picture's 40x20"),
        ("0,0,20,3", "got a box of 20x3 pixels; wanted 4 or more"),
        ("0,0,0.05,1", "got a box of 2x20 pixels; wanted 4 or more"),
    ],
)
def test_corners_that_are_no_box_inside_the_picture_are_refused(quarters: Path, corners: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_region(f"{quarters}#{corners}")
    assert f"{quarters}#{corners}: {told}" in str(caught.value)


def test_a_box_of_4_pixels_a_side_is_large_enough(quarters: Path) -> None:
    assert read_region(f"{quarters}#36,16,40,20").shape == read_region(f"{quarters}#0,0,0.1,0.2").shape == (4, 4, 3)


def test_a_file_that_is_not_there_is_named_as_it_was_given(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"none\.png#0,0,1,1: cannot be read"):
        read_region(tmp_path / "none.png#0,0,1,1")
    with pytest.raises(MediaError, match=r"n{300}#0,0,1,1: cannot be read"):
        read_region("n" * 300 + "#0,0,1,1")
