"""The codec's keyframes: the cheapest looks there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from raravis.sample.nearest import cheap, check_seconds, nearest, ticks
from raravis.types import Frame, Ints, Packets


class Keyframes:
    """Keyframes at least `thin` seconds apart; gaps above `max_gap` seconds are filled evenly.

    Fillers are frames that others refer to, so that the decoder may skip the rest; `exact` takes any frame.
    A filled gap costs the decoding of what lies before the filler: ordinary files have a keyframe every 8
    to 10 s, and filling below that decodes nearly everything.
    """

    needs_pixels = False

    def __init__(self, max_gap: float = 10.0, thin: float = 0.25, exact: bool = False) -> None:
        check_seconds("keyframes", max_gap=max_gap)
        self.max_gap, self.thin, self.exact = max_gap, thin, exact

    def __call__(self, packets: Packets, frames: Callable[[Ints], Iterator[Frame]] | None = None) -> Ints:
        """Rising pts (k,); at least one for a source that has frames."""
        if not len(packets):
            return packets.pts
        kept = _thinned(_opening(packets, ticks(packets, self.max_gap)), ticks(packets, self.thin))
        targets = _between(np.append(kept, max(packets.end, kept[-1])), ticks(packets, self.max_gap))
        return np.union1d(kept, nearest(cheap(packets, exact=self.exact), targets))


def _opening(packets: Packets, max_gap: float) -> Ints:
    """The keyframes; with the first frame where there are none, or the first of them is too far."""
    keys = packets.pts[packets.key]
    lacking = not len(keys) or keys[0] - packets.pts[0] > max_gap
    return np.append(packets.pts[:1], keys) if lacking else keys


def _thinned(pts: Ints, thin: float) -> Ints:
    kept, row = [], 0
    while row < len(pts):
        kept.append(pts[row])
        row = max(int(np.searchsorted(pts, pts[row] + thin)), row + 1)
    return np.array(kept, np.int64)


def _between(edges: Ints, max_gap: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Evenly spaced moments inside each gap that is too long."""
    parts = [np.linspace(a, b, math.ceil((b - a) / max_gap) + 1)[1:-1] for a, b in pairwise(edges) if b - a > max_gap]
    return np.concatenate(parts) if parts else np.zeros(0)
