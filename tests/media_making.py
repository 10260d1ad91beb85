"""A small collection whose contents are known: 64 x 48 pixels, a keyframe a second, a red block where told."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from raravis.types import Pixels

SIZE = (64, 48)
RED_BOX = (0.25, 0.25, 0.5, 0.75)  # xyxy
RED_PIXELS = [16.0, 12.0, 16.0, 24.0]  # xywh
FPS = 4
HEADER = "source,concept,value,start_seconds,end_seconds,x0,y0,x1,y1"


def picture(*, red: bool = False, shade: int = 90) -> Pixels:
    """A bluish ramp, the same but for its shade, with the red block or without."""
    rgb = np.full((SIZE[1], SIZE[0], 3), shade, np.uint8)
    rgb[..., 2] += np.linspace(0, 60, SIZE[0]).astype(np.uint8)
    if red:
        rgb[12:36, 16:32] = (230, 20, 20)
    return rgb


def film(path: Path, seconds: int = 8, *, red: Sequence[tuple[float, float]] = (), shade: int = 90) -> Path:
    """An mp4 of 4 frames a second in milliseconds, a keyframe on each whole second, red in [start, end)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"video_track_timescale": "1000"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        settings = {"g": str(FPS), "bf": "0", "preset": "ultrafast", "crf": "10", "sc_threshold": "0"}
        stream = container.add_stream("libx264", rate=FPS, options=settings)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for number in range(seconds * FPS):
            at = number / FPS
            shown = picture(red=any(start <= at < end for start, end in red), shade=shade + number % 3)
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
            frame.pts, frame.time_base = int(1000 * at), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def still(path: Path, *, red: bool = False, shade: int = 90, taken: str | None = None) -> Path:
    """A picture file, taken at `2026:05:31 18:00:00`, UTC, where told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image, exif = Image.fromarray(picture(red=red, shade=shade)), Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    image.save(path, exif=exif)
    return path


def frames(folder: Path, reds: Iterable[bool]) -> Path:
    """A folder of numbered pictures, one a second."""
    for number, red in enumerate(reds, 1):
        still(folder / f"{number:04d}.png", red=red, shade=80 + number)
    return folder


def oracle(path: Path, *rows: str) -> Path:
    """An oracle file; a row may leave out its last columns."""
    lines = [HEADER, *(row + "," * (HEADER.count(",") - row.count(",")) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def yard(folder: Path) -> Path:
    """Two films and two stills: red in a.mp4 at [2, 5) and in d.png; b.mp4 and c.png have none."""
    film(folder / "cam" / "a.mp4", red=[(2, 5)])
    film(folder / "cam" / "b.mp4", shade=110)
    still(folder / "c.png", shade=70)
    still(folder / "d.png", red=True, shade=71)
    return folder


YARD_ORACLE = ("cam/a.mp4,red,1,2,5", "d.png,red,1")


def cut_short(path: Path, out: Path, *, keep: float = 0.6) -> Path:
    """A copy that ends after a share of its bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    data = path.read_bytes()
    out.write_bytes(data[: int(len(data) * keep)])
    return out


def copy(path: Path, out: Path) -> Path:
    """The same bytes elsewhere."""
    out.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(path, out))
