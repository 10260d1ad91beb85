"""Pictures to unit-length vectors: (N, D), one encoder a space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

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


@runtime_checkable
class TextEncoder(Protocol):
    """An ability beside Encoder: texts land in the pictures' space."""

    def texts(self, texts: Sequence[str]) -> Floats:
        """(N, D) unit length, in order; N = 0 works. As given: prompt templates and averages are the caller's."""


@runtime_checkable
class NamedEncoder(Protocol):
    """An ability beside Encoder: the classes it was trained on have directions in its space (no text tower needed)."""

    names: tuple[str, ...]  # C class names
    directions: Floats  # (C, D) unit length: picture @ direction is larger where the class is likelier


@runtime_checkable
class ClipEncoder(Protocol):
    """An Encoder of spans of time; one without `frames` takes pictures."""

    frames: int  # T > 1

    def __call__(self, clips: Sequence[Pixels]) -> Floats:
        """(N, D) unit length, in order; clips (T, h, w, 3) of any sizes mixed, frames evenly apart; N = 0 works."""


def unit(raw: NDArray[np.floating[Any]], encoder: str) -> Floats:
    """(N, D) rows divided by their length. Raises ModelError naming rows that are zero or not finite."""
    length = np.linalg.norm(raw.astype(np.float64, copy=False), axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(length[:, 0]) | (length[:, 0] == 0))
    if len(bad):
        raise ModelError(f"{encoder}: no vector for rows {bad[:5].tolist()} of {len(raw)}: NaN, infinite or zero")
    return np.asarray(raw / length, np.float32)
