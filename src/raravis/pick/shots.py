"""An event often fills a shot, from cut to cut: asked at the first or last frame, one answer tells of an end too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from raravis.pick.lines import Lines, jumps, lines
from raravis.types import Bools, Floats, Ints, Pool

AROUND = 60  # frames to either side in which a shot's ends are looked for
CUT = 3.0  # times the mean jump around
KEPT = 0.7  # of an item's worth that the item at the end has at least


def at_ends(pool: Pool, rows: Ints, worth: Callable[[Ints], Floats]) -> Ints:
    """Rows (k,), each of which may be another: the likelier end of its shot, if that is worth nearly as much.

    Worth of rows (n,) is (n,). Nothing that was asked, nor another of the rows, lies between a row and such an end.
    """
    known, moved = lines(pool), rows.copy()
    taken = np.zeros(len(known), bool)
    taken[known.position[np.append(np.flatnonzero(pool.asked), rows)]] = True
    for n, row in enumerate(rows.tolist()):
        taken[known.position[row]] = False
        ends = [known.items(at) for at in _ends(pool, known, int(known.position[row]), taken)]
        moved[n] = _best(row, np.concatenate([rows[:0], *ends]), worth)
        taken[known.position[moved[n]]] = True
    return moved


def _best(row: int, others: Ints, worth: Callable[[Ints], Floats]) -> int:
    least, there = KEPT * worth(np.array([row]))[0], worth(others)
    return int(others[np.argmax(there)]) if len(others) and there.max() >= least else row


def _ends(pool: Pool, known: Lines, at: int, taken: Bools) -> list[int]:
    """The positions of the shot's first and last frame, those that lie near and with nothing `taken` (F,) between.

    Looked for around it alone: the jumps of whole timelines, wherever something is picked, would be all there are.
    """
    near = np.arange(max(at - AROUND, 0), min(at + AROUND + 1, len(known)))
    beside = (known.piece[near] == known.piece[at]) & (known.since[near] - near == known.since[at] - at)
    near = near[beside]  # in a part of a collection what is next in the list may not be next in time
    begins, ends = known.since[near[0]] == 0, near[-1] + 1 == known.pieces[known.piece[at] + 1]
    cut = np.concatenate([[begins], jumps(known.pictures(pool, near)) > CUT, [ends]])  # before each frame, and behind
    first = near[0] + np.flatnonzero(cut[: at - near[0] + 1])[-1:]
    last = at + np.flatnonzero(cut[at - near[0] + 1 :])[:1]
    return [end for end in [*first.tolist(), *last.tolist()] if not taken[min(end, at) : max(end, at) + 1].any()]
