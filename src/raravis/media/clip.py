"""A stretch of a source as a small video of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from raravis.errors import MediaError
from raravis.media.demux import reason
from raravis.media.image import FramesReader
from raravis.media.video import VideoReader
from raravis.types import Frame, Ints, Packets

_QUALITY = "23"  # x264's own default constant rate factor
_QUICK = {"preset": "superfast", "tune": "fastdecode"}  # a quarter of the time, for twice the bytes


def write_clip(
    path: Path,
    packets: Packets,
    start_seconds: float,
    end_seconds: float,
    out: Path,
    *,
    short_side: int | None = None,
    quick: bool = False,
) -> None:
    """An H.264 MP4 of the frames shown in [start, end) seconds from the first frame, at their own times.

    Its shorter side has at most `short_side` pixels, cut to even numbers; sound is left out. `quick` spends less time
    on it and more bytes, for somebody who waits. Raises MediaError.
    """
    pts = _shown(packets, start_seconds, end_seconds)
    reader = FramesReader(path) if path.is_dir() else VideoReader(path)
    if not write_frames(reader.frames(packets, pts, short_side=short_side), packets, out, quick=quick):
        raise MediaError(f"{path}: no frame can be decoded in [{start_seconds:.3f}, {end_seconds:.3f}) s")


def write_frames(frames: Iterator[Frame], packets: Packets, out: Path, *, quick: bool = False) -> bool:
    """Whether there were frames: they are an H.264 MP4 now, of the first one's size, shown from its time on.

    `quick` as above. Raises MediaError.
    """
    first = next(frames, None)
    if first is None:
        return False
    try:
        with av.open(str(out.absolute()), "w", format="mp4") as container:
            _encode(container, packets, first, frames, _QUICK if quick else {})
    except (FFmpegError, OSError) as error:
        raise MediaError(f"{out}: clip cannot be written: {reason(error)}") from None
    return True


def _shown(packets: Packets, start_seconds: float, end_seconds: float) -> Ints:
    seconds = float(packets.time_base)
    begins, ends = packets.seconds(), (packets.ends() - packets.pts[:1]) * seconds
    shown = (begins < end_seconds) & (np.maximum(ends, begins + seconds) > start_seconds)
    return np.asarray(packets.pts[shown], np.int64)


def _encode(container: Any, packets: Packets, first: Frame, rest: Iterator[Frame], options: Mapping[str, str]) -> None:
    stream = container.add_stream("libx264", options={"crf": _QUALITY, **options})
    height, width = (max(side - side % 2, 2) for side in first.rgb.shape[:2])
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = stream.time_base = packets.time_base
    container.mux(stream.encode(_picture(first, packets, first.pts, (height, width))))
    for frame in rest:
        container.mux(stream.encode(_picture(frame, packets, first.pts, (height, width))))
    container.mux(stream.encode(None))


def _picture(frame: Frame, packets: Packets, start: int, size: tuple[int, int]) -> Any:
    rgb = np.pad(
        frame.rgb, [(0, max(s - n, 0)) for s, n in zip(size, frame.rgb.shape, strict=False)] + [(0, 0)], "edge"
    )
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb[: size[0], : size[1]]), format="rgb24")
    picture.pts, picture.time_base = frame.pts - start, packets.time_base
    return picture
