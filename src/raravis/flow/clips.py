"""What an encoder is shown of an item: the frames spread evenly over its span, cropped to its box."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from raravis import boxes, plugins
from raravis.embed import Encoder
from raravis.flow.media import Work, frames_of
from raravis.store import items, progress
from raravis.types import Floats, Ints, Packets, Pixels


def frames_at_once(encoder: Encoder) -> int:
    """T: how many frames of an item the encoder takes; 1 for one that takes pictures."""
    return int(getattr(encoder, "frames", 1))


def of_pictures(encoder: Encoder, pictures: Sequence[Pixels]) -> Floats:
    """(N, D) vectors of pictures under any encoder: for one that takes clips a picture stands still."""
    frames = frames_at_once(encoder)
    shown = pictures if frames == 1 else [np.stack([picture] * frames) for picture in pictures]
    return np.asarray(encoder(shown), np.float32)


def moments(packets: Packets, pts: Ints, end: Ints, frames: int) -> Ints:
    """(n, frames) pts: of each span [pts, end) the frame on show in the middle of each of so many equal parts.

    Where others do not need that frame, one before it in the same part that they do need is cheaper, and serves.
    """
    rows, needed = np.arange(len(packets)), np.where(packets.reference, np.arange(len(packets)), 0)
    part = (end - pts)[:, None] / frames
    begin = pts[:, None] + part * np.arange(frames)
    shown = rows[np.searchsorted(packets.pts, begin + part / 2, side="right") - 1]
    cheap = np.maximum.accumulate(needed)[shown]
    serves = packets.reference[cheap] & (packets.pts[cheap] >= begin)
    return np.asarray(packets.pts[np.where(serves, cheap, shown)], np.int64)


def crops(
    work: Work, frames: int, *, short_side: int | None = None, problems: dict[int, str] | None = None
) -> Iterator[tuple[int, list[Pixels]]]:
    """Each item's id and its pictures, `frames` of them by time; an item of which no frame decodes is missing.

    One pass over the file, which holds the pictures of the items whose span it is in. In place of a frame that does
    not decode stands the nearest of the same item.
    """
    wanted = moments(work.packets, work.pts, work.end, frames)
    order = np.argsort(wanted, axis=None, kind="stable")
    by_time, last = wanted.ravel()[order], wanted.max(axis=1, initial=0)
    open_items: dict[int, dict[int, Pixels]] = {}
    for frame in frames_of(work, by_time, short_side=short_side, problems=problems):
        for at in order[slice(*np.searchsorted(by_time, [frame.pts, frame.pts + 1]))].tolist():
            row, number = divmod(at, frames)
            open_items.setdefault(row, {})[number] = boxes.crop(frame.rgb, tuple(work.boxes[row]))
        for row in [row for row in open_items if last[row] <= frame.pts]:
            yield int(work.ids[row]), _filled(open_items.pop(row), frames)
    yield from ((int(work.ids[row]), _filled(seen, frames)) for row, seen in open_items.items())


def shown(pictures: list[Pixels], frames: int) -> Pixels:
    """What an encoder of so many frames takes: the picture (h, w, 3), or the clip (T, h, w, 3) in the first's size."""
    if frames == 1:
        return pictures[0]
    height, width = pictures[0].shape[:2]
    return np.stack([p if p.shape[:2] == (height, width) else _resized(p, width, height) for p in pictures])


def clip_ids(c: Any) -> Ints:
    """(n,) rising ids of the items that samplers cut as spans: an answer about one is no answer about each frame."""
    sampled = [row.setting for row in progress.counts(c) if row.stage == "sample"]
    return items.sampled_by(c, [spec for spec in sampled if _cuts_spans(spec)])


@functools.lru_cache
def _cuts_spans(sampler: str) -> bool:  # an audit asks at every look, and looking for plugins takes 3 ms a kind
    """Whether a sampler that is installed cuts spans, and not moments."""
    known = sampler.partition(":")[0] in plugins.names("sample")
    return known and hasattr(plugins.make("sample", sampler), "ends")


def _filled(seen: Mapping[int, Pixels], frames: int) -> list[Pixels]:
    return [seen[min(seen, key=lambda number: abs(number - wanted))] for wanted in range(frames)]


def _resized(picture: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR), np.uint8)
