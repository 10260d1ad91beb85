"""Video through PyAV: probe by demuxing, frames in one sequential pass that decodes only what it must."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from av.error import FFmpegError
from av.video.reformatter import Interpolation, VideoReformatter

from raravis.errors import MediaError
from raravis.media.demux import Demuxer, reason, table
from raravis.media.fit import fit
from raravis.media.plan import Plan, Stretch, stretches
from raravis.media.reader import Probed
from raravis.types import Frame, Ints, Packets, Pixels


class VideoReader:
    """Reads one video file. `problems` holds what went wrong in the last pass of `frames`."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.problems: list[str] = []

    def probe(self) -> Probed:
        """Times and flags of every packet from demuxing; the size from the first frame that decodes."""
        with Demuxer(self.path) as video:
            first, rows, count = _scan(video)
            if first is None or not rows:
                raise MediaError(f"{self.path}: {count} packets of {video.codec.name}, but no frame can be decoded")
            time_base = video.stream.time_base
            packets = table(rows, time_base, guessed_times=video.guessed_times)
            width, height = (first.height, first.width) if _quarters(first) % 2 else (first.width, first.height)
            captured_at = _since_1970(video.container.metadata.get("creation_time", ""))
            problem = video.problem or _shortfall(count, video.stream.frames)
            return Probed("video", width, height, time_base, packets, captured_at, problem)

    def frames(self, packets: Packets, pts: Ints | None = None, *, short_side: int | None = None) -> Iterator[Frame]:
        """Frames by rising pts, each once: those at `pts`, or all; what damage took away is missing.

        Pixels as stored: turned as the file says, not stretched where they are not square.
        """
        wanted = packets.pts if pts is None else np.unique(pts)
        self._refuse_unknown(packets, wanted)
        self.problems = []
        with Demuxer(self.path) as video:
            plan, decoder, shrink = Plan(packets, wanted), _Decoder(video), _Shrink(short_side)
            cut = stretches(packets, wanted) if video.seeks else [Stretch(None, len(wanted))]
            for at, picture in _wanted_pictures(video, decoder, plan, cut):
                yield Frame(at, shrink(picture))
            self.problems = [*filter(None, [video.problem, decoder.problem()]), *_lost(plan, packets, len(wanted))]

    def _refuse_unknown(self, packets: Packets, wanted: Ints) -> None:
        unknown = np.setdiff1d(wanted, packets.pts)
        if len(unknown):
            raise MediaError(f"{self.path}: no frame at pts {unknown[0]}; {len(unknown)} of {len(wanted)} asked for")


class _Decoder:
    """Pictures with their pts; an error in the stream costs the packet, not the pass."""

    def __init__(self, video: Demuxer) -> None:
        self._video = video
        self._errors: list[str] = []
        self._times: list[int] = []  # guessed times: sent and not shown yet; a decoder shows in order of time

    def send(self, packet: Any) -> Iterator[tuple[int, Any]]:
        """Pictures that this packet sets free; None empties the decoder."""
        if packet is not None and self._video.guessed_times:
            heapq.heappush(self._times, packet.pts)
        try:
            pictures = self._video.codec.decode(packet)
        except FFmpegError as error:
            self._errors.append(reason(error))
            return
        for picture in pictures:
            pts = heapq.heappop(self._times) if self._times else picture.pts
            if pts is not None:
                yield pts, picture

    def empty(self) -> Iterator[tuple[int, Any]]:
        """Pictures still held back. Without this a jump to a keyframe of an open group puts them out of order."""
        yield from self.send(None)
        self._video.codec.flush_buffers()

    def problem(self) -> str:
        """How many packets failed to decode and why the first did; "" for none."""
        return f"errors in the stream: {len(self._errors)}, the first: {self._errors[0]}" if self._errors else ""


class _Shrink:
    """Pictures to RGB arrays (h, w, 3), scaled and converted in one step."""

    def __init__(self, short_side: int | None) -> None:
        self._short_side = short_side
        self._scaler = VideoReformatter()  # keeps its tables from picture to picture

    def __call__(self, picture: Any) -> Pixels:
        width, height = fit(picture.width, picture.height, self._short_side)
        scaled = self._scaler.reformat(
            picture, width=width, height=height, format="rgb24", interpolation=Interpolation.BILINEAR
        )
        rgb = np.asarray(scaled.to_ndarray(), np.uint8)
        return np.ascontiguousarray(np.rot90(rgb, _quarters(picture))) if picture.rotation else rgb


def _quarters(picture: Any) -> int:
    """Quarter turns to the left by which the file says the picture is shown."""
    quarters: int = round(picture.rotation / 90)
    return quarters


def _scan(video: Demuxer) -> tuple[Any, array[int], int]:
    """The first picture that decodes, a PacketRow a packet that is shown, and how many packets there are in all."""
    decoder, first, rows, count = _Decoder(video), None, array("q"), 0  # 40 bytes a packet, however long the file
    for packet in chain(video.packets(), [None]):
        if first is None:
            first = next((picture for _, picture in decoder.send(packet)), None)
        if packet is not None:
            count += 1
            if not packet.is_discard:  # cut away by an edit list
                rows.extend(video.row(packet))
    return first, rows, count


def _wanted_pictures(video: Demuxer, decoder: _Decoder, plan: Plan, cut: list[Stretch]) -> Iterator[tuple[int, Any]]:
    """(pts, picture) by rising pts."""
    last = -(2**63)
    for pts, picture in _every_picture(video, decoder) if video.guessed_times else _decoded(video, decoder, plan, cut):
        if pts > last and plan.keeps(pts):
            last = pts
            yield pts, picture
            if not plan.unseen:
                return


def _every_picture(video: Demuxer, decoder: _Decoder) -> Iterator[tuple[int, Any]]:
    """All pictures from the file's start: where times are guessed, nothing can be passed over."""
    for packet in video.packets():
        yield from decoder.send(packet)
    yield from decoder.empty()


def _decoded(video: Demuxer, decoder: _Decoder, plan: Plan, cut: list[Stretch]) -> Iterator[tuple[int, Any]]:
    """What comes out while the plan's packets go in, one stretch after the other."""
    due = 0
    for stretch in cut:
        due += stretch.frames
        for packet in video.packets_from(stretch.seek_to):
            if plan.sends(packet.pts):
                yield from decoder.empty() if plan.jumped else ()
                yield from decoder.send(packet)
            if plan.sent >= due:
                break
        yield from decoder.empty()


def _shortfall(found: int, declared: int) -> str:
    return f"{found} of {declared} declared frames are there" if found < declared else ""


def _lost(plan: Plan, packets: Packets, wanted: int) -> list[str]:
    lost = plan.missing()
    if not len(lost):
        return []
    seconds = float((lost[0] - packets.pts[0]) * packets.time_base)
    return [f"{len(lost)} of {wanted} frames could not be decoded, the first at {seconds:.3f} s (pts {lost[0]})"]


def _since_1970(text: str) -> float | None:
    """Seconds since 1970 of an ISO time, UTC where it names no zone; None for none, or a clock never set."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    return seconds if seconds > 0 else None
