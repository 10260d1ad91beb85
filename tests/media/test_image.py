"""Stills and folders of frames: pixels as shown, times as taken, and refusals in one line."""

import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from raravis.errors import MediaError
from raravis.media.image import FramesReader, ImageReader
from raravis.media.pictures import jpeg, read_picture
from raravis.media.reader import open_reader

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
TAKEN, ZONE, SUBSECOND = 0x9003, 0x9011, 0x9291


def flag(width: int = 4, height: int = 2) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def exif(**tags: str) -> Image.Exif:
    data = Image.Exif()
    ifd = data.get_ifd(0x8769)
    ifd.update({{"taken": TAKEN, "zone": ZONE, "subsecond": SUBSECOND}[name]: text for name, text in tags.items()})
    return data


@pytest.mark.parametrize(
    ("orientation", "top_left", "shape"),
    [(1, RED, (2, 4)), (2, BLUE, (2, 4)), (3, BLUE, (2, 4)), (6, RED, (4, 2)), (8, BLUE, (4, 2))],
)
def test_exif_orientation_is_applied(orientation: int, top_left, shape, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = Image.Exif()
    data[0x0112] = orientation
    flag().save(tmp_path / "a.png", exif=data)
    reader = ImageReader(tmp_path / "a.png")
    probed = reader.probe()
    (frame,) = reader.frames(probed.packets)
    assert frame.rgb.shape[:2] == (probed.height, probed.width) == shape
    assert tuple(frame.rgb[0, 0]) == top_left


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ({"taken": "1970:01:01 00:01:00"}, 60.0),
        ({"taken": "1970:01:01 02:01:00", "zone": "+02:00"}, 60.0),
        ({"taken": "1970:01:01 00:01:00", "subsecond": "25"}, 60.25),
        ({"taken": "0000:00:00 00:00:00"}, None),
        ({"taken": "1970:01:01 00:01:00", "zone": "??"}, None),
        ({}, None),
    ],
)
def test_the_capture_time_is_read_from_exif(tags: dict[str, str], seconds: float | None, tmp_path: Path) -> None:
    flag().save(tmp_path / "a.jpg", exif=exif(**tags))
    assert ImageReader(tmp_path / "a.jpg").probe().captured_at == seconds


def test_a_still_is_one_frame_at_zero_that_lasts_no_time(tmp_path: Path) -> None:
    flag().save(tmp_path / "a.bmp")
    probed = ImageReader(tmp_path / "a.bmp").probe()
    packets = probed.packets
    assert (probed.kind, packets.pts.tolist(), packets.key.tolist(), packets.end) == ("image", [0], [True], 0)
    assert packets.time_base == Fraction(1, 1000)
    assert list(ImageReader(tmp_path / "a.bmp").frames(packets, np.zeros(0, np.int64))) == []
    with pytest.raises(MediaError, match="no frame at pts 5"):
        list(ImageReader(tmp_path / "a.bmp").frames(packets, np.array([5])))


@pytest.mark.parametrize(
    ("name", "make", "pixel"),
    [
        ("clear.png", lambda: Image.new("RGBA", (3, 3), (255, 0, 0, 0)), WHITE),
        ("grey_alpha.png", lambda: Image.new("LA", (3, 3), (10, 255)), (10, 10, 10)),
        ("palette.png", lambda: Image.new("RGB", (3, 3), RED).convert("P"), RED),
        ("deep.png", lambda: Image.fromarray(np.full((3, 3), 0x80FF, np.uint16)), (128, 128, 128)),
        ("deep.tif", lambda: Image.fromarray(np.full((3, 3), 0xFFFF, np.uint16)), WHITE),
        ("ink.tif", lambda: Image.new("CMYK", (3, 3), (0, 255, 255, 0)), RED),
        ("bits.tif", lambda: Image.new("1", (3, 3), 1), WHITE),
        ("web.webp", lambda: Image.new("RGB", (3, 3), WHITE), WHITE),
        ("still.gif", lambda: Image.new("RGB", (3, 3), RED), RED),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(name: str, make, pixel, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    make().save(tmp_path / name)
    rgb = read_picture(tmp_path / name)
    assert rgb.shape == (3, 3, 3) and rgb.dtype == np.uint8
    assert tuple(rgb[1, 1]) == pixel


@pytest.mark.parametrize(("short_side", "shape"), [(50, (50, 100, 3)), (1000, (400, 800, 3)), (None, (400, 800, 3))])
def test_pictures_shrink_but_never_grow(short_side: int | None, shape: tuple[int, ...], tmp_path: Path) -> None:
    flag(800, 400).save(tmp_path / "a.jpg", quality=95)
    rgb = read_picture(tmp_path / "a.jpg", short_side=short_side)
    assert rgb.shape == shape
    assert rgb[10, 10].tolist() == pytest.approx(RED, abs=4)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("text")
    with pytest.raises(MediaError, match=r"a\.jpg: is not an image"):
        read_picture(tmp_path / "a.jpg")
    with pytest.raises(MediaError, match=r"gone\.jpg: cannot be read as an image: No such file or directory$"):
        read_picture(tmp_path / "gone.jpg")


def test_a_picture_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)).save(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(MediaError, match="truncated"):
        list(ImageReader(tmp_path / "a.jpg").frames(ImageReader(tmp_path / "a.jpg").probe().packets))


def test_a_decompression_bomb_is_refused_with_the_limit(tmp_path: Path) -> None:
    flag().save(tmp_path / "a.bmp")
    head = bytearray((tmp_path / "a.bmp").read_bytes())
    head[18:26] = (20_000).to_bytes(4, "little") * 2
    (tmp_path / "a.bmp").write_bytes(head)
    with pytest.raises(MediaError, match="more than 178,956,970 pixels"):
        ImageReader(tmp_path / "a.bmp").probe()


def test_a_thumbnail_is_a_jpeg_of_the_long_side_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(np.asarray(flag(800, 400)), long_side=100))
    (tmp_path / "b.jpg").write_bytes(jpeg(np.asarray(flag(8, 4)), long_side=100))
    with Image.open(tmp_path / "a.jpg") as a, Image.open(tmp_path / "b.jpg") as b:
        assert (a.format, a.size, b.size) == ("JPEG", (100, 50), (8, 4))


def frames_folder(folder: Path, greys: list[int]) -> Path:
    folder.mkdir()
    for number, grey in enumerate(greys, 9):
        Image.new("L", (6, 4), grey).save(folder / f"{number}.png")
    return folder


def test_a_folder_of_frames_goes_by_number_at_the_rate_stated(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", [10, 20, 30])  # 9.png, 10.png, 11.png
    reader = FramesReader(folder, frame_rate=2.0)
    packets = reader.probe().packets
    assert (packets.pts.tolist(), packets.end, packets.time_base) == ([0, 1, 2], 3, Fraction(1, 2))
    assert packets.seconds().tolist() == [0, 0.5, 1]
    assert [f.rgb[0, 0, 0] for f in reader.frames(packets)] == [10, 20, 30]
    assert [f.rgb.shape for f in reader.frames(packets, np.array([2]), short_side=2)] == [(2, 3, 3)]


def test_a_frame_that_cannot_be_read_is_missing_and_noted(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", [10, 20, 30])
    (folder / "9.png").write_bytes(b"broken")
    reader = FramesReader(folder)
    probed = reader.probe()
    assert (probed.width, probed.height) == (6, 4) and "9.png" in probed.problem
    assert [f.pts for f in reader.frames(probed.packets)] == [1, 2]
    assert len(reader.problems) == 1 and "9.png" in reader.problems[0]


def test_a_folder_without_readable_frames_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    with pytest.raises(MediaError, match="no pictures in this folder"):
        FramesReader(tmp_path / "v").probe()
    (tmp_path / "v" / "1.jpg").write_bytes(b"")
    with pytest.raises(MediaError, match="none of its 1 pictures can be read"):
        FramesReader(tmp_path / "v").probe()


def test_odd_exif_raises_no_warning(tmp_path: Path) -> None:
    flag().save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05rubbish")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ImageReader(tmp_path / "a.jpg").probe().captured_at is None
        assert read_picture(tmp_path / "a.jpg").shape == (2, 4, 3)


def test_readers_are_found_by_kind(tmp_path: Path) -> None:
    flag().save(tmp_path / "a.png")
    assert isinstance(open_reader("image", tmp_path / "a.png"), ImageReader)
    assert isinstance(open_reader("frames", tmp_path), FramesReader)
