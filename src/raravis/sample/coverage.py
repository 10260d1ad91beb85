"""What the chosen looks can miss, and what looking more often would cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from raravis.sample.every import Every
from raravis.types import Ints, Packets


class Gaps(NamedTuple):
    """Seconds between neighbouring looks; the stretch from the last look to the file's end counts as one."""

    largest: float  # events shorter than this can fall between looks
    median: float


def gaps(packets: Packets, chosen: Ints) -> Gaps:
    """Largest and median gap of the chosen pts; the whole length where nothing is chosen, 0 for a still."""
    if not len(packets):
        return Gaps(0.0, 0.0)
    edges = np.concatenate([packets.pts[:1], np.sort(chosen), [max(packets.end, packets.pts[-1])]])
    seconds = np.diff(edges) * float(packets.time_base)
    between = seconds[1:] if len(chosen) and seconds[0] == 0 else seconds
    return Gaps(float(between.max()), float(np.median(between)))


def looks_at(packets: Packets, seconds: float) -> int:
    """How many looks one every `seconds` would take."""
    return len(Every(seconds)(packets))
