"""Spans of time in place of instants: each is one item, a clip."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from raravis.errors import InputError
from raravis.sample.nearest import check_seconds, ticks
from raravis.types import Frame, Ints, Packets

ROUNDING = 1e-6  # ticks, and windows


class Windows:
    """Windows of `seconds`, each beginning `overlap` seconds before the last one's end; the last may be shorter.

    They begin and end where frames do: at the first frame from each of their times on. Time without frames has none.
    """

    needs_pixels = False

    def __init__(self, seconds: float = 2.0, overlap: float = 0.0) -> None:
        check_seconds("windows", seconds=seconds)
        if not 0 <= overlap < seconds:
            wanted = f"0 s or more, less than the {seconds:g} s of a window"
            raise InputError(f"sample windows: got an overlap of {overlap:g} s; wanted {wanted}")
        self.seconds, self.overlap = seconds, overlap

    def __call__(self, packets: Packets, frames: Callable[[Ints], Iterator[Frame]] | None = None) -> Ints:
        """Rising pts (k,): where the windows begin; a still has one."""
        if not len(packets):
            return packets.pts
        step, size = self._ticks(packets)
        beyond = float(packets.pts[-1] - packets.pts[0] - size)  # the first window, until the last frame
        count = max(math.floor(beyond / step + ROUNDING) + 2, 1)
        rows = np.searchsorted(packets.pts, packets.pts[0] + step * np.arange(count))
        return np.unique(packets.pts[rows[rows < len(packets)]])

    def ends(self, packets: Packets, pts: Ints) -> Ints:
        """(k,) pts at which the windows that begin at `pts` end: where the frame after each begins."""
        step, size = self._ticks(packets)
        begun = packets.pts[:1] + step * np.floor((pts - packets.pts[:1]) / step + ROUNDING)
        return np.append(packets.pts, packets.end)[np.searchsorted(packets.pts, begun + size - ROUNDING)]

    def _ticks(self, packets: Packets) -> tuple[float, float]:
        return ticks(packets, self.seconds - self.overlap), ticks(packets, self.seconds)
