"""A video file opened for reading: its stream, and its packets with times that can be trusted."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import av
import numpy as np
from av.error import FFmpegError
from av.stream import Disposition

from raravis.errors import MediaError
from raravis.media.bitstream import role
from raravis.types import Ints, Packets

_NO_TIMESTAMPS = 0x0080  # AVFMT_NOTIMESTAMPS: raw streams
_INDEXED = ("mp4", "matroska")  # containers in which a seek lands on the keyframe asked for


class PacketRow(NamedTuple):
    """One packet as demuxed."""

    pts: int
    duration: int
    key: bool
    reference: bool
    layer: int


class Demuxer:
    """One video stream of a file; a context manager. Every packet it gives has a pts.

    `guessed_times`: the container holds no presentation times although pictures are reordered (AVI, raw
    streams). Then the set of times is right, but which packet shows when is known only after decoding.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        self._start()
        layout = self.container.format
        self.raw = bool(layout.flags & _NO_TIMESTAMPS)
        self.guessed_times = self.raw or (layout.name == "avi" and bool(self.codec.has_b_frames))
        self.seeks = any(name in layout.name for name in _INDEXED)

    def __enter__(self) -> Demuxer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.container.close()

    def packets(self) -> Iterator[Any]:
        """Video packets in file order; one that has no time gets dts, or its place in a steady rate."""
        due = 0
        self._begun = True
        try:
            for packet in self.container.demux(self.stream):
                if packet.size:
                    _repair(packet, due)
                    due = packet.pts + self._step(packet)
                    yield packet
        except FFmpegError as error:
            self.problem = f"reading stopped: {reason(error)}"

    def packets_from(self, key_pts: int | None) -> Iterator[Any]:
        """Packets from a keyframe on, by one seek; from the file's start for None or a seek that misses."""
        if key_pts is not None and self._seek(key_pts):
            packets = self.packets()
            first = next(packets, None)
            if first is not None and first.pts == key_pts:
                return chain([first], packets)
        if self._begun:
            self.container.close()
            self._start()
        return self.packets()

    def row(self, packet: Any) -> PacketRow:
        """The packet's line in the table."""
        use = role(self.codec.name, self.codec.extradata, memoryview(packet), disposable=packet.is_disposable)
        return PacketRow(packet.pts, packet.duration or 0, packet.is_keyframe and use.intra, use.reference, use.layer)

    def _start(self) -> None:
        self.container = _open(self.path)
        self._begun = False
        try:
            self.stream = _video_stream(self.container, self.path)
        except MediaError:
            self.container.close()
            raise
        self.codec = self.stream.codec_context
        self.codec.thread_count = 1  # one process a core, one codec thread each: measured faster than frame threads

    def _seek(self, key_pts: int) -> bool:
        self._begun = True
        try:
            self.container.seek(key_pts, stream=self.stream)  # empties the decoder too
        except FFmpegError:
            return False
        return True

    def _step(self, packet: Any) -> int:
        if packet.duration and not self.raw:
            return int(packet.duration)
        rate: Fraction = self.stream.average_rate or self.stream.guessed_rate or Fraction(25)
        return max(round(1 / (rate * Fraction(self.stream.time_base))), 1)


def reason(error: Exception) -> str:
    """FFmpeg's words for an error, without number and path."""
    return getattr(error, "strerror", None) or str(error)


def table(rows: array[int], time_base: Fraction, *, guessed_times: bool) -> Packets:
    """Packets by rising pts from PacketRows laid end to end; of two with one pts the first counts.

    With guessed times nothing but the first picture is called a key, and nothing may be skipped.
    """
    columns = np.array(rows, np.int64).reshape(-1, len(PacketRow._fields))
    pts, first = np.unique(columns[:, 0], return_index=True)
    duration, key, reference, layer = columns[first, 1:].T
    needed = (reference == 1) | (layer < layer.max(initial=0))
    if guessed_times:
        key, needed = np.arange(len(pts)) == 0, np.ones(len(pts), bool)
    return Packets(pts, key.astype(bool), needed | key.astype(bool), _end(pts, duration), time_base)


def _end(pts: Ints, duration: Ints) -> int:
    """When the last frame is over: by its own duration, else by the usual distance of frames."""
    if not len(pts):
        return 0
    usual = np.median(np.diff(pts)) if len(pts) > 1 else 0
    return int(pts[-1] + (duration[-1] if duration[-1] > 0 else usual))


def _open(path: Path) -> Any:
    try:  # absolute, so that no name reads as an option or a protocol; playlists reach for nothing beyond files
        return av.open(str(path.absolute()), metadata_errors="replace", options={"protocol_whitelist": "file"})
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"{path}: cannot be read as video: {reason(error)}") from None


def _video_stream(container: Any, path: Path) -> Any:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise MediaError(f"{path}: no video stream in it")
    chosen = next((s for s in streams if s.disposition & Disposition.default), streams[0])
    if chosen.codec_context is None:
        raise MediaError(f"{path}: no decoder for its video stream")
    return chosen


def _repair(packet: Any, due: int) -> None:
    if packet.pts is None:
        packet.pts = due if packet.dts is None else packet.dts
