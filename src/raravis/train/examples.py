"""Vectors with what is known of each, for the levels `linear` and `mlp`, and how much each part counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.arrays import softmax
from raravis.types import NO, YES, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """n vectors and C classes."""

    vectors: Floats  # (n, D)
    value: NDArray[np.int8]  # (n, C) 1 yes, -1 no, 0 unknown; exactly one yes a row where classes exclude one another
    weight: Floats  # (n,)
    exclusive: bool

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, rows: NDArray[np.integer]) -> Examples:
        """Some of the rows."""
        return Examples(self.vectors[rows], self.value[rows], self.weight[rows], self.exclusive)

    def teachable(self) -> NDArray[np.bool_]:
        """(C,) classes with a yes and a no."""
        return np.asarray((self.value == YES).any(axis=0) & (self.value == NO).any(axis=0))

    def shares(self) -> Floats:
        """(n, C) what each entry counts; unknown ones nothing.

        Classes that exclude one another count at their yes alone, 1 / C each in all; else yes and no count half of
        each class, and all classes together 1.
        """
        counts = np.zeros(self.value.shape, np.float64)
        for sign in (YES,) if self.exclusive else (YES, NO):
            part = np.where(self.value == sign, self.weight[:, None], 0.0)
            counts += part / np.maximum(part.sum(axis=0), 1e-12)
        return np.asarray(counts / max(float(counts.sum()), 1e-12), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Log odds of a vector for each class, not calibrated; what was done to the vectors is folded in."""

    weight: Floats  # (D, C)
    bias: Floats  # (C,)
    hidden: tuple[tuple[Floats, Floats], ...] = ()  # as `Head` has them
    epochs: int = 0  # passes over the examples that were best

    def logits(self, vectors: NDArray[np.floating]) -> Floats:
        """(N, C) of (N, D) vectors."""
        x = vectors.astype(np.float32, copy=False)
        for weight, bias in self.hidden:
            x = np.maximum(x @ weight + bias, 0)
        return np.asarray(x @ self.weight + self.bias, np.float32)


def loss(logits: Floats, examples: Examples, shares: Floats) -> float:
    """Cross-entropy in nats, each entry by its share: of softmax where classes exclude one another, or of sigmoid."""
    if examples.exclusive:
        return float(-(shares * np.log(np.maximum(softmax(logits), 1e-12))).sum())
    return float((shares * np.logaddexp(0, -logits * examples.value)).sum())


def moved(vectors: Floats) -> tuple[Floats, float]:
    """(D,) mean of the vectors, and the factor after which their mean square norm about it is 1."""
    centre = vectors.mean(axis=0)
    return centre, 1 / max(float(np.sqrt(np.mean(np.sum((vectors - centre) ** 2, axis=1)))), 1e-6)
