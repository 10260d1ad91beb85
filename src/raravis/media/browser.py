"""What a browser plays by itself; everything else reaches it as an H.264 clip."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal, NamedTuple

from raravis.errors import MediaError
from raravis.media.demux import Demuxer
from raravis.types import SourceKind

Plays = Literal["file", "clip", "still"]

# https://developer.mozilla.org/docs/Web/Media/Guides/Formats/Containers: what Chrome, Firefox and Safari share
CODECS = {"mp4": {"h264", "av1", "vp9"}, "webm": {"vp8", "vp9", "av1"}}
TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
PIXELS = ("yuv420p", "yuvj420p")  # 8 bits, 4:2:0: H.264 in other formats stays black in most browsers


class Playing(NamedTuple):
    """How a source plays, and what its file is called on the wire."""

    plays: Plays
    content_type: str = "application/octet-stream"


def playing(kind: SourceKind, path: Path) -> Playing:
    """How a browser can play the source that lies there; a file that cannot be opened is no file to play."""
    if kind == "image":
        return Playing("still")
    if kind == "frames":
        return Playing("clip")
    try:
        stat = path.stat()
    except OSError:
        return Playing("clip")
    return _of_file(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _of_file(path: Path, size: int, changed: int) -> Playing:
    """Size and time of change are in the key alone: another file in its place is looked at anew."""
    try:
        with Demuxer(path) as video:
            family = _family(path, video.container.format.name)
            codec, pixels = video.codec.name, video.codec.pix_fmt
    except MediaError:
        return Playing("clip")
    fits = codec in CODECS.get(family, ()) and pixels in PIXELS
    return Playing("file", TYPES[family]) if fits else Playing("clip")


def _family(path: Path, layout: str) -> str:
    """`mp4`, `webm` or nothing: FFmpeg names a family of containers, of which browsers know some."""
    names = layout.split(",")
    if "mp4" in names and path.suffix.lower() in (".mp4", ".m4v", ".mov"):
        return "mp4"
    return "webm" if "webm" in names and path.suffix.lower() == ".webm" else ""
