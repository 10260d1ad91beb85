"""A look every so many seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from raravis.sample.nearest import cheap, check_seconds, nearest, ticks
from raravis.types import Frame, Ints, Packets


class Every:
    """The frame nearest to each multiple of `seconds`, counted from the first frame.

    Where no keyframe is farther than one step from the next, keyframes serve (at most half a step off) and
    nothing else is decoded; otherwise frames that others refer to. `exact` takes the nearest of all frames.
    """

    needs_pixels = False

    def __init__(self, seconds: float = 1.0, exact: bool = False) -> None:
        check_seconds("every", seconds=seconds)
        self.seconds, self.exact = seconds, exact

    def __call__(self, packets: Packets, frames: Callable[[Ints], Iterator[Frame]] | None = None) -> Ints:
        """Rising pts (k,); the first frame is among them, so that no clip is too short to be seen."""
        if not len(packets):
            return packets.pts
        step = ticks(packets, self.seconds)
        count = max(int(np.ceil((packets.end - packets.pts[0]) / step)), 1)
        targets = packets.pts[0] + step * np.arange(1, count)
        return np.union1d(packets.pts[:1], nearest(self._candidates(packets, step), targets))

    def _candidates(self, packets: Packets, step: float) -> Ints:
        keys = packets.pts[packets.key]
        dense = len(keys) and np.diff(keys, prepend=packets.pts[0], append=packets.end).max() <= step
        return keys if dense and not self.exact else cheap(packets, exact=self.exact)
