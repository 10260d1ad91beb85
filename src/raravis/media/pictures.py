"""Picture files to RGB pixels, and RGB pixels to small JPEG files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from raravis.errors import MediaError
from raravis.media.fit import fit
from raravis.types import Pixels

PIXELS_AT_MOST = 178_956_970  # Pillow's own bound against decompression bombs: twice its MAX_IMAGE_PIXELS
USUAL = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")  # of what strangers send; some of Pillow's formats run programs
_EXIF_IFD, _TAKEN, _SUBSECOND, _ZONE, _ORIENTATION = 0x8769, 0x9003, 0x9291, 0x9011, 0x0112
_ZONE_OF_FILE = 0x9010
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError)


def read_picture(path: Path, *, short_side: int | None = None) -> Pixels:
    """(h, w, 3): turned as EXIF says, alpha over white, 16 bits cut to 8; the first of several pictures.

    `short_side`: pixels of the shorter side, aspect kept, never enlarged. Raises MediaError.
    """
    with open_picture(path) as image:
        return _upright(image, path, short_side)


def picture_of_bytes(data: bytes, name: str, *, short_side: int | None = None) -> Pixels:
    """The same of a picture file's content, in one of the usual formats; errors call it by `name`."""
    with open_picture(Path(name), data) as image:
        return _upright(image, Path(name), short_side)


def jpeg(rgb: Pixels, *, long_side: int, quality: int = 80) -> bytes:
    """A JPEG file whose longer side has at most `long_side` pixels, never enlarged."""
    image = Image.fromarray(rgb)
    scale = min(long_side / max(image.size), 1.0)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    file = io.BytesIO()
    image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0).save(file, "JPEG", quality=quality)
    return file.getvalue()


@contextmanager
def open_picture(path: Path, data: bytes | None = None) -> Iterator[Image.Image]:
    """The opened picture, of the content where it is given; whatever Pillow throws inside becomes one MediaError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd EXIF and of large pictures that are still allowed
            with Image.open(path) if data is None else Image.open(io.BytesIO(data), formats=USUAL) as image:
                yield image
    except Image.DecompressionBombError:
        limit = f"more than {PIXELS_AT_MOST:,} pixels, twice Pillow's MAX_IMAGE_PIXELS"
        raise MediaError(f"{path}: {limit}; refused as a decompression bomb: shrink it or cut it into parts") from None
    except UnidentifiedImageError:
        empty = not (path.stat().st_size if data is None else len(data))
        raise MediaError(f"{path}: {'is empty' if empty else 'is not an image that can be read'}") from None
    except _BROKEN as error:
        said = getattr(error, "strerror", None) or error  # the path is told already
        raise MediaError(f"{path}: cannot be read as an image: {said}") from None


def captured_at(image: Image.Image) -> float | None:
    """Seconds since 1970 at which the picture was taken (EXIF), UTC where it names no zone; None for none."""
    exif = image.getexif().get_ifd(_EXIF_IFD)
    zone = str(exif.get(_ZONE) or exif.get(_ZONE_OF_FILE) or "").strip("\0 ")
    fraction = str(exif.get(_SUBSECOND, "")).strip("\0 ")
    try:
        when = datetime.strptime(str(exif[_TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        offset = datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").utcoffset() if zone else None
    except (KeyError, ValueError):
        return None
    seconds = when.timestamp() - (offset.total_seconds() if offset else 0.0)
    return seconds + (float(f"0.{fraction}") if fraction.isdigit() else 0.0)


def turned(image: Image.Image) -> bool:
    """Whether EXIF orientation swaps width and height."""
    return image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)


def _upright(image: Image.Image, path: Path, short_side: int | None) -> Pixels:
    width, height = fit(*image.size, short_side)
    image.draft(image.mode, (width, height))  # a JPEG is decoded at 1/2, 1/4 or 1/8 where that is enough
    shown = ImageOps.exif_transpose(_flat(image, path))
    size = (height, width) if turned(image) else (width, height)
    return np.asarray(shown.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def _flat(image: Image.Image, path: Path) -> Image.Image:
    """RGB without alpha, with the EXIF of the original."""
    if image.mode == "F":
        raise MediaError(f"{path}: pixels are floating point; wanted 8 or 16 bits a channel: save it so")
    if image.mode.startswith("I"):
        high_byte = (np.clip(np.asarray(image).astype(np.int64), 0, 0xFFFF) >> 8).astype(np.uint8)
        flat = Image.fromarray(high_byte).convert("RGB")
    elif image.has_transparency_data:
        layer = image.convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), layer).convert("RGB")
    else:
        flat = image.convert("RGB")
    flat.info["exif"] = image.info.get("exif", b"")
    return flat
