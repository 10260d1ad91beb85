"""Pictures to unit-length vectors: (N, D), one encoder a space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from raravis.errors import ModelError
from raravis.types import Floats, Pixels


class Encoder(Protocol):
    """What flow asks of an encoder; `testing.check_encoder` holds one to it."""

    id: str  # letters, digits, dots, dashes; whatever changes the vectors changes it
    dim: int
    short_side: int  # pixels of a picture's shorter side that it can use; larger pictures are fine

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, D) unit length, in order; pictures (h, w, 3) of any sizes mixed; N = 0 works.

        Raises ModelError naming the rows without a vector (not finite, or zero), and then gives none: ask again
        picture by picture to fail those alone.
        """


def unit(raw: NDArray[np.floating[Any]], encoder: str) -> Floats:
    """(N, D) rows divided by their length. Raises ModelError naming rows that are zero or not finite."""
    length = np.linalg.norm(raw.astype(np.float64, copy=False), axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(length[:, 0]) | (length[:, 0] == 0))
    if len(bad):
        raise ModelError(f"{encoder}: no vector for rows {bad[:5].tolist()} of {len(raw)}: NaN, infinite or zero")
    return np.asarray(raw / length, np.float32)
