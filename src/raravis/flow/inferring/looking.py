"""The moments of a source that are looked at, and how a long film is cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from raravis import plugins
from raravis.flow.clips import moments
from raravis.media.reader import Reader
from raravis.types import Frame, Ints, Packets

LONG = 1024  # looks; a film of more is cut
PART = 256  # looks: some seconds of work


class Looks(NamedTuple):
    """Moments of a source: where each begins and ends, and the frame that is judged for it."""

    pts: Ints  # (n,)
    end: Ints  # (n,)
    shown: Ints  # (n,) never falling

    def part(self, begin: int, end: int) -> Looks:
        """Those from row `begin` to before row `end`."""
        return Looks(*(column[begin:end] for column in self))


def looks_of(spec: str, reader: Reader, packets: Packets) -> Looks:
    """The moments that a sampler chooses."""
    sampler = plugins.make("sample", spec)
    side = getattr(sampler, "short_side", None)

    def frames(pts: Ints) -> Iterator[Frame]:
        return reader.frames(packets, pts, short_side=side)

    pts = np.asarray(sampler(packets, frames), np.int64)
    if hasattr(sampler, "ends"):
        end = np.asarray(sampler.ends(packets, pts), np.int64)
    else:
        end = packets.ends()[packets.pts.searchsorted(pts)]
    return Looks(pts, end, moments(packets, pts, end, 1)[:, 0])


def cuts(packets: Packets, looks: Looks) -> bool:
    """Whether a film is worth cutting, and has keyframes enough for its parts to begin at."""
    return len(looks.pts) > LONG and int(packets.key.sum()) * PART >= len(looks.pts)
