"""Whether an event pauses between two yes's: what lies there may look more like the no's around than like the event."""

from __future__ import annotations

import numpy as np

from raravis.pick.lines import Lines
from raravis.types import Ints, Pool


def oddest(pool: Pool, lines: Lines, between: Ints, yes: Ints, no: Ints) -> int | None:
    """Where in `between` (n,) a frame looks more like the nearest no than like the nearest yes, by most; or nowhere.

    Frames are positions of `lines`; nearest is by cosine.
    """
    if not len(no) or not len(between):
        return None
    frames = lines.pictures(pool, between)
    odd = (frames @ lines.pictures(pool, no).T).max(1) - (frames @ lines.pictures(pool, yes).T).max(1)
    at = int(np.argmax(odd))
    return at if odd[at] > 0 else None
