"""Which packets a decoder must see so that the wanted frames come out, and nothing else is decoded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from raravis.types import Bools, Ints, Packets

SEEK_OVER = 300  # packets: reading past fewer costs less than a seek and an emptied decoder


class Stretch(NamedTuple):
    """Wanted frames read in one go, from `seek_to` (a keyframe's pts; None: from where the file begins)."""

    seek_to: int | None
    frames: int


class Plan:
    """Says for each packet, in file order, whether to send it, and for each frame whether to keep it.

    A group of pictures is a keyframe and all that is shown before the next one. Within a group that holds
    a wanted frame, references go to the decoder until the last wanted packet is sent; a picture that no
    other needs goes only when it is wanted itself. Pictures shown before their keyframe but stored after
    it (open groups) belong to the group before, so that group takes the next keyframe as well.
    """

    def __init__(self, packets: Packets, wanted: Ints) -> None:
        self._pts = packets.pts
        self._keys = packets.pts[packets.key]
        self._unsent = np.isin(packets.pts, wanted)
        self._unseen = self._unsent.copy()
        self._reference = packets.reference
        self._group = np.searchsorted(self._keys, packets.pts, "right")
        self._pending = np.bincount(self._group[self._unsent], minlength=len(self._keys) + 1)
        self.sent = 0  # wanted packets
        self.unseen = int(self._unseen.sum())  # wanted frames still to come
        self.jumped = False  # the packet last sent is a keyframe that does not follow what the decoder holds
        self._passed_over = False  # a reference, since the packet last sent

    def sends(self, pts: int) -> bool:
        """Whether the packet at `pts` goes to the decoder."""
        row = self._row(pts)
        if row is None:  # cut away by an edit list, yet others may build on it
            return bool(self._pending[np.searchsorted(self._keys, pts, "right")] > 0)
        group = int(self._group[row])
        opens = group > 0 and self._keys[group - 1] == pts
        follows = opens and self._pending[group - 1] > 0
        sends = self._sends_in_group(row, group) if self._pending[group] > 0 else follows
        self.jumped = sends and opens and not follows and self._passed_over
        self._passed_over = not sends and (self._passed_over or bool(self._reference[row]))
        return bool(sends)

    def keeps(self, pts: int) -> bool:
        """Whether the frame at `pts` is wanted and comes for the first time."""
        row = self._row(pts)
        if row is None or not self._unseen[row]:
            return False
        self._unseen[row] = False
        self.unseen -= 1
        return True

    def missing(self) -> Ints:
        """Wanted pts whose frames never came."""
        return self._pts[self._unseen]

    def _row(self, pts: int) -> int | None:
        row = int(np.searchsorted(self._pts, pts))
        return row if row < len(self._pts) and self._pts[row] == pts else None

    def _sends_in_group(self, row: int, group: int) -> bool:
        if self._unsent[row]:
            self._unsent[row] = False
            self._pending[group] -= 1
            self.sent += 1
            return True
        return bool(self._reference[row])


def stretches(packets: Packets, wanted: Ints) -> list[Stretch]:
    """The wanted pts cut where a seek to the next keyframe needed costs less than reading on to it."""
    rows = np.searchsorted(packets.pts, wanted)
    keyframes = _keyframe_rows(packets.key)[rows]
    far = keyframes - np.append(0, rows)[:-1] > SEEK_OVER
    begins = np.union1d(np.flatnonzero(far), [0]) if len(rows) else np.zeros(0, np.int64)
    counts = np.diff(np.append(begins, len(rows)))
    return [
        Stretch(int(packets.pts[keyframes[begin]]) if far[begin] else None, int(count))
        for begin, count in zip(begins, counts, strict=True)
    ]


def _keyframe_rows(key: Bools) -> Ints:
    """(n,) row of the keyframe at or before each frame; 0 where there is none."""
    return np.maximum.accumulate(np.where(key, np.arange(len(key)), 0)) if len(key) else np.zeros(0, np.int64)
