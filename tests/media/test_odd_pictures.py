"""Pictures that cameras, scanners and the web really leave behind: read as seen, or refused in one line."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from raravis.errors import MediaError
from raravis.media.image import FramesReader, ImageReader
from raravis.media.pictures import jpeg, read_picture

RED, GREEN, WHITE, GREY = (255, 0, 0), (0, 255, 0), (255, 255, 255), (128, 128, 128)
COLOUR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG's number for so many channels


def png(path: Path, pixels: np.ndarray, *, says: tuple[int, int] | None = None) -> Path:
    """A PNG of 16 bits a channel from (h, w, c), which Pillow cannot write; `says` is a size that it lies about."""
    height, width = says or pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 16, COLOUR_TYPE[pixels.shape[2]], 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    told = [
        struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body)) for tag, body in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(told))
    return path


def plain(*values: int) -> np.ndarray:
    return np.full((3, 3, len(values)), values, np.uint16)


@pytest.mark.parametrize(
    ("values", "pixel"),
    [
        ((0x80FF,), GREY),
        ((0x80FF, 0xFFFF), GREY),
        ((0xFFFF, 0x80FF, 0x0100), (255, 128, 1)),
        ((0xFFFF, 0, 0, 0xFFFF), RED),
        ((0xFFFF, 0, 0, 0), WHITE),
    ],
)
def test_sixteen_bits_of_grey_or_colour_with_or_without_alpha_are_cut_to_eight(
    values: tuple[int, ...], pixel: tuple[int, ...], tmp_path: Path
) -> None:
    rgb = read_picture(png(tmp_path / "a.png", plain(*values)))
    assert rgb.shape == (3, 3, 3) and rgb.dtype == np.uint8 and tuple(rgb[1, 1]) == pixel


@pytest.mark.parametrize("name", ["ink.jpg", "ink.tif"])
def test_cmyk_is_shown_in_red_green_and_blue(name: str, tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / name)
    assert read_picture(tmp_path / name)[8, 8].tolist() == pytest.approx(RED, abs=3)


@pytest.mark.parametrize("name", ["grey.jpg", "grey.png", "grey.webp", "grey.bmp"])
def test_grey_has_three_equal_channels(name: str, tmp_path: Path) -> None:
    Image.new("L", (16, 16), 128).save(tmp_path / name, **({"lossless": True} if name.endswith("webp") else {}))
    assert read_picture(tmp_path / name)[8, 8].tolist() == list(GREY)


@pytest.mark.parametrize(("mode", "colour", "clear"), [("P", 0, 0), ("L", 10, 10), ("RGB", (9, 9, 9), (9, 9, 9))])
def test_a_colour_that_a_file_calls_transparent_is_white(mode: str, colour: Any, clear: Any, tmp_path: Path) -> None:
    Image.new(mode, (3, 3), colour).save(tmp_path / "a.png", transparency=clear)
    assert tuple(read_picture(tmp_path / "a.png")[1, 1]) == WHITE


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.tif"])
def test_of_an_animation_or_a_stack_the_first_picture_is_taken(name: str, tmp_path: Path) -> None:
    first, *others = [Image.new("RGB", (4, 3), colour) for colour in (RED, GREEN, WHITE)]
    first.save(tmp_path / name, save_all=True, append_images=others, **({"lossless": True} if "webp" in name else {}))
    with Image.open(tmp_path / name) as image:
        assert getattr(image, "n_frames", 1) == 3, "the test must make an animation"
    probed = ImageReader(tmp_path / name).probe()
    assert (probed.width, probed.height, len(probed.packets)) == (4, 3, 1)
    assert tuple(read_picture(tmp_path / name)[1, 1]) == RED


def test_a_picture_of_one_pixel_is_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), RED).save(tmp_path / "a.png")
    rgb = read_picture(tmp_path / "a.png", short_side=224)
    assert rgb.tolist() == [[list(RED)]]
    assert jpeg(rgb, long_side=224).startswith(b"\xff\xd8")


def test_a_strip_keeps_a_pixel_of_its_short_side(tmp_path: Path) -> None:
    Image.new("RGB", (20_000, 2), RED).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png", short_side=1).shape == (1, 10_000, 3)
    assert jpeg(read_picture(tmp_path / "a.png"), long_side=100).startswith(b"\xff\xd8")


def test_twenty_thousand_pixels_square_are_refused_naming_the_limit(tmp_path: Path) -> None:
    png(tmp_path / "a.png", plain(1), says=(20_000, 20_000))
    for read in (lambda: ImageReader(tmp_path / "a.png").probe(), lambda: read_picture(tmp_path / "a.png")):
        with pytest.raises(MediaError, match=r"178,956,970 pixels, twice Pillow's MAX_IMAGE_PIXELS; refused .* bomb"):
            read()


def test_large_pictures_below_the_limit_are_taken_without_a_warning(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2)).save(tmp_path / "a.bmp")
    head = bytearray((tmp_path / "a.bmp").read_bytes())
    head[18:26] = (10_000).to_bytes(4, "little") * 2  # Pillow warns from 89,478,485 pixels on
    (tmp_path / "a.bmp").write_bytes(head)
    assert ImageReader(tmp_path / "a.bmp").probe().width == 10_000


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(MediaError, match=r"a\.jpg: is empty$"):
        ImageReader(tmp_path / "a.jpg").probe()


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.gif", "a.bmp", "a.tif"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.95])
def test_a_file_that_was_cut_off_is_refused_in_one_line(name: str, kept: float, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(MediaError, match=rf"{name}: .*image") as error:
        read_picture(tmp_path / name)
    assert len(str(error.value).splitlines()) == 1


def test_floating_point_pixels_are_refused_with_what_is_wanted(tmp_path: Path) -> None:
    Image.fromarray(np.ones((3, 3), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(MediaError, match="floating point; wanted 8 or 16 bits a channel"):
        read_picture(tmp_path / "a.tif")


def test_one_bad_picture_of_a_folder_of_frames_costs_no_other(tmp_path: Path) -> None:
    for number in (1, 3):
        Image.new("RGB", (4, 3), RED).save(tmp_path / f"{number}.png")
    png(tmp_path / "2.png", plain(1), says=(20_000, 20_000))
    reader = FramesReader(tmp_path)
    frames = list(reader.frames(reader.probe().packets))
    assert [frame.pts for frame in frames] == [0, 2]
    assert len(reader.problems) == 1 and "2.png: more than" in reader.problems[0]
