"""Pictures one after the other as a small video."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image, ImageOps

from raravis.errors import MediaError
from raravis.media.demux import reason
from raravis.types import Pixels


def write_film(pictures: Iterable[Pixels], out: Path, *, rate: float = 2.0, size: tuple[int, int] = (320, 180)) -> int:
    """How many pictures (h, w, 3) an H.264 MP4 now shows, `rate` a second, each fitted into `size` on black.

    Of no pictures there is no file. Raises MediaError where it cannot be written.
    """
    several = iter(pictures)
    first = next(several, None)
    if first is None:
        return 0
    part = out.with_name(out.name + ".part")
    try:
        with av.open(str(part.absolute()), "w", format="mp4") as container:
            made = _encode(container, itertools.chain([first], several), rate, size)
        part.replace(out)
    except (FFmpegError, OSError) as error:
        raise MediaError(f"{out}: film cannot be written: {reason(error)}") from None
    finally:
        part.unlink(missing_ok=True)
    return made


def _encode(container: Any, pictures: Iterable[Pixels], rate: float, size: tuple[int, int]) -> int:
    stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    made = 0
    for rgb in pictures:
        fitted = np.asarray(ImageOps.pad(Image.fromarray(rgb), size, Image.Resampling.BILINEAR))
        container.mux(stream.encode(av.VideoFrame.from_ndarray(fitted, format="rgb24")))
        made += 1
    container.mux(stream.encode(None))
    return made
