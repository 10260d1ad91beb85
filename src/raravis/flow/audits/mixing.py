"""Known positives for a sheet: drawn over events, one of each, and far from whatever else is on it.

What shows a second away from a frame that is asked about gives itself away, and whoever is drawn by the frame is seen
in long events mostly: either way people would be found to overlook less than they do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.flow.audits.asking import Frame, When
from raravis.flow.audits.given import Given
from raravis.flow.audits.units import Units
from raravis.types import NO, YES, Ints

AWAY_SECONDS = 5.0  # between a known positive's event and any other frame of its sheet


def events_of(given: Given, units: Units) -> Ints:
    """(n,) the event that each answered frame shows, −1 where it is no yes.

    Yes's with no no between them are of one event, and so are those nearer to one another than `AWAY_SECONDS`: rather
    too few events than one that comes twice.
    """
    line = np.unique(units.lines, return_inverse=True)[1][given.moments.footage]
    order = np.lexsort((given.moments.start, line))
    order = order[(given.value[order] == YES) | (given.value[order] == NO)]
    noes = np.cumsum(given.value[order] == NO)
    yes, noes = order[given.value[order] == YES], noes[given.value[order] == YES]
    far = given.moments.start[yes[1:]] - given.moments.end[yes[:-1]] >= AWAY_SECONDS
    fresh = (np.diff(line[yes]) != 0) | ((np.diff(noes) > 0) & far)
    out = np.full(len(given.value), -1, np.int64)
    out[yes] = np.cumsum(np.append(0, fresh))[: len(yes)]
    return out


def mixed_in(given: Given, units: Units, shown: Sequence[When], count: int, rng: np.random.Generator) -> list[Frame]:
    """At most `count` frames answered yes before, each of another event; `shown` is where the sheet's others lie."""
    away = [rows for rows in _by_event(given, units) if not _beside(given, units, rows, shown)]
    picked = [int(rng.choice(away[number])) for number in rng.permutation(len(away))[:count].tolist()]
    return [(int(given.source_id[row]), int(given.pts[row])) for row in picked]


def room_for(given: Given, units: Units, shown: Sequence[When]) -> int:
    """How many events have a frame that could be mixed in with the others there."""
    return sum(not _beside(given, units, rows, shown) for rows in _by_event(given, units))


def _by_event(given: Given, units: Units) -> list[Ints]:
    event = events_of(given, units)
    rows = np.argsort(event, kind="stable")[np.sum(event < 0) :]
    return np.split(rows, np.flatnonzero(np.diff(event[rows])) + 1) if len(rows) else []


def _beside(given: Given, units: Units, rows: Ints, shown: Sequence[When]) -> bool:
    """Whether a frame of the sheet lies in the event of the rows, or near it."""
    moments = given.moments.take(rows)
    line, low, high = units.lines[int(moments.footage[0])], float(moments.start.min()), float(moments.end.max())
    return any(name == line and low - AWAY_SECONDS < at < high + AWAY_SECONDS for name, at in shown)
