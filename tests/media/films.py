"""Small films, painted so that a frame can be told by its grey level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

MILLISECONDS = Fraction(1, 1000)
Render = Callable[..., Path]


def painted(level: int, width: int = 64, height: int = 48) -> np.ndarray:
    """A grey picture with a darker block that walks to the right as the level rises."""
    rgb = np.full((height, width, 3), level, np.uint8)
    rgb[height // 2 :, : max(level * width // 256, 1)] = level // 2
    return rgb


def level(rgb: np.ndarray) -> int:
    """The grey level a frame was painted with, to within coding noise."""
    return int(np.median(rgb[: max(rgb.shape[0] // 3, 1)]))


def renderer(folder: Path) -> Render:
    """render(name, levels, ...) writes a film of one frame a level into the folder and gives its path."""

    def write(
        name: str,
        levels: Iterable[int] = range(10, 250, 8),
        *,
        pts: Sequence[int] | None = None,
        time_base: Fraction = MILLISECONDS,
        codec: str = "libx264",
        gop: int = 250,
        bframes: int = 0,
        size: tuple[int, int] = (64, 48),
        rotation: int = 0,
        options: dict[str, str] | None = None,
        muxer: dict[str, str] | None = None,
        metadata: dict[str, str] | None = None,
        pix_fmt: str = "yuv420p",
    ) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        levels = list(levels)
        with av.open(str(path), "w", options=muxer or {}) as container:
            container.metadata.update(metadata or {})
            settings = {"bf": str(bframes), "g": str(gop)}
            if codec.startswith("mpeg"):
                settings |= {"qmin": "1", "qmax": "1"}
            if codec == "libx264":
                settings |= {"preset": "veryfast", "crf": "10", "sc_threshold": "0"}
            stream = container.add_stream(codec, rate=25, options=settings | (options or {}))
            stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
            stream.codec_context.time_base = stream.time_base = time_base
            if rotation:
                stream.set_display_rotation(rotation)
            for at, grey in zip(pts or [40 * i for i in range(len(levels))], levels, strict=True):
                frame = av.VideoFrame.from_ndarray(painted(grey, *size), format="rgb24")
                frame.pts, frame.time_base = at, time_base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return write


def decoded(path: Path) -> dict[int, np.ndarray]:
    """Every frame as PyAV gives it, by pts: the oracle of the reader."""
    with av.open(str(path)) as container:
        return {frame.pts: frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)}
