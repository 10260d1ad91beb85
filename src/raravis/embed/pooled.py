"""Clips by an encoder of pictures: the vectors of a clip's frames become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from raravis import plugins
from raravis.embed import NamedEncoder, TextEncoder, unit
from raravis.errors import InputError, ModelError
from raravis.types import Floats, Pixels

VERSION = "1"
POOLS = ("mean", "max", "both")
MOST = 64  # frames of a clip


class Pooled:
    """`pooled:of=ENCODER,frames=4,pool=both`: what lasts (mean), what flashes by (max), or both side by side.

    Under `mean` the space is that of the inner encoder, so its texts and class names serve as they are.
    """

    texts: Callable[[Sequence[str]], Floats]  # under `mean`, where the inner encoder has a text tower
    names: tuple[str, ...]  # under `mean`, where it has class names
    directions: Floats
    with_words: str  # under the others, the spec of the one that has them

    def __init__(self, of: str = "", frames: int = 4, pool: str = "both") -> None:
        if not of:
            raise InputError("encoder pooled needs of=ENCODER, such as pooled:of=builtin,frames=4")
        if pool not in POOLS or not 1 < frames <= MOST:
            wanted = f"frames from 2 to {MOST} and pool one of {', '.join(POOLS)}"
            raise InputError(f"encoder pooled: got frames={frames}, pool={pool}; wanted {wanted}")
        self.inner = _of_pictures(of)
        self.frames, self.pool = frames, pool
        self.id = f"pooled-{VERSION}-{pool}{frames}-{self.inner.id}"
        self.dim = self.inner.dim * (2 if pool == "both" else 1)
        self.short_side: int = self.inner.short_side
        if pool == "mean":
            self._take_words()
        elif isinstance(self.inner, TextEncoder | NamedEncoder):
            self.with_words = f"pooled:of={of},frames={frames},pool=mean"

    def __call__(self, clips: Sequence[Pixels]) -> Floats:
        """(N, D) unit length, in order; D is twice the inner encoder's under `both`, where each half weighs the same.

        Raises ModelError, and gives none, when a frame of any clip has no vector.
        """
        vectors = self.inner([frame for clip in clips for frame in clip])
        each = vectors.reshape(len(clips), self.frames, self.inner.dim)
        parts = {"mean": (each.mean(axis=1),), "max": (each.max(axis=1),)}
        wanted = parts["mean"] + parts["max"] if self.pool == "both" else parts[self.pool]
        return unit(np.concatenate([unit(part, self.id) for part in wanted], axis=1), self.id)

    def _take_words(self) -> None:
        if isinstance(self.inner, TextEncoder):
            self.texts = self.inner.texts
        if isinstance(self.inner, NamedEncoder):
            self.names, self.directions = self.inner.names, self.inner.directions


def _of_pictures(spec: str) -> Any:
    inner = plugins.make("embed", spec)
    if getattr(inner, "needs_fit", False):
        raise ModelError(f"encoder pooled: {spec} first learns from a collection, so it cannot be pooled; use another")
    if hasattr(inner, "frames"):
        raise InputError(f"encoder pooled: {spec} takes clips itself; use it as it is, without pooled:of=")
    return inner
