"""Log odds on held-out pictures -> probabilities that hold, and from which of them to say yes."""

from __future__ import annotations

import numpy as np

from raravis.train.examples import Examples, Net
from raravis.train.labelled import Labelled
from raravis.train.scales import HeldOut, calibrated
from raravis.types import YES, Floats, Head, Ints


def finish(data: Labelled, rows: Ints, logits: Floats) -> tuple[Head, list[str]]:
    """A head that takes the network's log odds as they are, its calibration as the other levels have it; notes.

    `logits` (m, C) are of the held-out `rows`.
    """
    classes = len(data.names)
    value = data.value[rows]
    known = value != 0
    if data.exclusive:
        known &= (value == YES).any(axis=1, keepdims=True)
    held = HeldOut(logits, Examples(logits, value, data.weight[rows], data.exclusive), known, data.group[rows])
    as_they_are = Net(np.eye(classes, dtype=np.float32), np.zeros(classes, np.float32))
    return calibrated(as_they_are, held, names=data.names, encoder="")
