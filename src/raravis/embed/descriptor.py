"""An encoder that has learnt nothing: colours, textures and edges by hand, whitened on the collection itself."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from raravis.embed import unit
from raravis.embed.features import DIM, SIDE, describe
from raravis.errors import ModelError
from raravis.types import Floats, Pixels

VERSION = "1"
# Chosen with the descriptor's weights; flat around these values.
POWER = 0.25  # of the inverse variance: 0 would be plain PCA, 0.5 full whitening, which blows up noise
SHRINK = 1.0  # mean variances added to each: what is rare by chance in a small collection is not blown up
PRIOR = 16  # pictures' worth of "the mean is zero": one picture is not its own mean


class Descriptor:
    """Colours, textures and edges in 256 numbers; unfitted (`needs_fit`) it refuses to encode."""

    dim = 256
    short_side = SIDE

    def __init__(self, whitening: str | None = None) -> None:
        self.needs_fit = whitening is None
        self.id = f"descriptor-{VERSION}"
        if whitening is not None:
            self._mean, self._basis = _load(Path(whitening))
            self.id += "-" + hashlib.sha256(self._mean.tobytes() + self._basis.tobytes()).hexdigest()[:12]

    @classmethod
    def fit(cls, pictures: Iterable[Pixels], out: Path) -> Descriptor:
        """The encoder whitened on these pictures; `out` (.npz) keeps what makes it again.

        A few thousand pictures are enough. Raises ModelError when there is none.
        """
        described = _described(pictures)
        if not len(described):
            raise ModelError("descriptor: got no pictures to fit on, wanted at least one")
        mean, basis = whiten(described, cls.dim)
        part = out.with_name(out.name + ".part")
        with part.open("wb") as stream:
            np.savez(stream, mean=mean, basis=basis)
        part.replace(out)
        return cls(str(out))

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, 256) unit length, in order. Raises ModelError before `fit`."""
        if self.needs_fit:
            raise ModelError("descriptor: not fitted yet; fit it on pictures of the collection first")
        return unit((_described(pictures) - self._mean) @ self._basis, self.id)


def whiten(described: Floats, dim: int) -> tuple[Floats, Floats]:
    """Mean (F,) and basis (F, dim) of a shrunk PCA whitening: (x - mean) @ basis, largest variance first."""
    n = len(described)
    mean = described.mean(axis=0, dtype=np.float64) * n / (n + PRIOR)
    centred = described - mean
    variance, directions = np.linalg.eigh(centred.T @ centred / n)
    variance, directions = np.maximum(variance[::-1][:dim], 0), directions[:, ::-1][:, :dim]
    basis = directions * (variance + SHRINK * variance.mean()) ** -POWER
    return mean.astype(np.float32), basis.astype(np.float32)


def _described(pictures: Iterable[Pixels]) -> Floats:
    return np.array([describe(rgb) for rgb in pictures], np.float32).reshape(-1, DIM)


def _load(file: Path) -> tuple[Floats, Floats]:
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:  # given a path, np.load leaves a torn file open
            mean, basis = arrays["mean"], arrays["basis"]
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file}: not a whitening of the descriptor: {error}; fit it again") from None
    if mean.shape != (DIM,) or basis.shape != (DIM, Descriptor.dim):
        wanted = f"{(DIM,)} and {(DIM, Descriptor.dim)}"
        raise ModelError(f"{file}: want shapes {wanted}, got {mean.shape} and {basis.shape}; fit it again")
    return mean, basis
