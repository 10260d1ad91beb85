"""What would be found anew: as likely as what was found, and unlike all of it."""

from __future__ import annotations

import numpy as np

from raravis.pick.lines import events_among, spread
from raravis.types import CANT_TELL, Bools, Floats, Ints, Pool

MOST_EVENTS, AN_EVENT = 128, 4  # that are compared, and frames of each
HALF = 0.5  # as likely as the least likely yes, or half so


def new_modes(pool: Pool, rows: Ints) -> Bools:
    """(k,) True where a row (k,) is likely, and less like every event found than each of them is like another.

    False of all before two events were found, or a head was fitted: then nothing is unlike the rest.
    """
    answered = np.flatnonzero(pool.asked)
    answered = answered[(pool.label[answered] != CANT_TELL) & (pool.weight[answered] == 1)]
    events = [spread(event, AN_EVENT) for event in events_among(pool, answered)][-MOST_EVENTS:]
    if pool.prob is None or len(events) < 2:
        return np.zeros(len(rows), bool)
    found = np.concatenate(events)
    vectors, number = _vectors(pool, found), np.repeat(np.arange(len(events)), list(map(len, events)))
    alike = np.where(number[:, None] == number, -1.0, vectors @ vectors.T).max(axis=1)
    least = np.maximum.reduceat(alike, np.flatnonzero(np.diff(number, prepend=-1))).min()
    likely = pool.prob[rows] >= HALF * pool.prob[found].min()
    return np.asarray(likely & ((_vectors(pool, rows) @ vectors.T).max(axis=1) < least))


def _vectors(pool: Pool, rows: Ints) -> Floats:
    return pool.vectors.data[rows].astype(np.float32)
