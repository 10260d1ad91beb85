"""From a recipe (where weights lie, how to load them) to an encoder: through ONNX on a CPU, by PyTorch elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from raravis.embed import Encoder, unit
from raravis.errors import ModelError
from raravis.onnx import Model, Sidecar
from raravis.onnx.cache import kept
from raravis.types import Floats, Pixels

VERSION = "1"  # of how pictures are prepared and which output is taken: another one is another space
BACKENDS = ("auto", "onnxruntime", "openvino", "torch")
REFUSED = "not-exported.txt"

Texts = Callable[[Sequence[str]], Floats]


class Network(NamedTuple):
    """What a library loaded."""

    module: Any  # torch.nn.Module: prepared (n, 3, H, W) -> (n / frames, D)
    sidecar: Sidecar  # of its input; dim is D


@dataclass(frozen=True)
class Recipe:
    """All that tells an encoder before anything heavy is imported."""

    spec: str  # as people wrote it
    family: str
    digest: str  # of weights and preparation
    libraries: tuple[str, ...]  # with versions: another one exports anew
    load: Callable[[], Network]
    texts: Callable[[], Texts] | None = None
    frames: int = 1  # more: it takes clips


class Runner(Protocol):
    """Pictures through a network, run by run."""

    sidecar: Sidecar
    runs_by: str

    def __call__(self, pictures: Sequence[Pixels]) -> Iterator[Floats]:
        """(n, D) as they come out, in order."""


def encoder(recipe: Recipe, *, device: str, backend: str) -> Encoder:
    """The encoder, ready: of clips, of pictures and texts, or of pictures.

    Its vectors and id do not depend on device and back end, but for rounding: cosine at least 0.999 on pictures tried
    at the start. Raises ModelError.
    """
    if backend not in BACKENDS:
        raise ModelError(f"{recipe.spec}: unknown back end {backend!r}; known: {', '.join(BACKENDS)}")
    if device != "cpu" and backend not in ("auto", "torch"):
        raise ModelError(f"{recipe.spec}: backend={backend} runs on device=cpu, got {device!r}; leave backend out")
    run = _by_torch(recipe, device) if device != "cpu" or backend == "torch" else _by_onnx(recipe, backend)
    if recipe.frames > 1:
        return Clips(recipe, run)  # type: ignore[return-value]  # an Encoder whose pictures are clips
    return PicturesAndTexts(recipe, run, recipe.texts) if recipe.texts else Pictures(recipe, run)


class Pictures:
    """An Encoder of pictures."""

    def __init__(self, recipe: Recipe, run: Runner) -> None:
        self._run = run
        self.model = run if isinstance(run, Model) else None  # where one ONNX file is all of it
        self.dim = run.sidecar.dim
        self.short_side = run.sidecar.short_side
        self.runs_by = run.runs_by
        self.id = f"{recipe.family}-{self.dim}-{VERSION}-{recipe.digest}"

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, D) unit length, in order. Raises ModelError naming the rows that come out zero or not finite."""
        runs = list(self._run(pictures))
        return unit(np.concatenate(runs) if runs else np.zeros((0, self.dim), np.float32), self.id)


class PicturesAndTexts(Pictures):
    """An Encoder of pictures that is a TextEncoder too; its text tower is loaded with the first text."""

    def __init__(self, recipe: Recipe, run: Runner, load: Callable[[], Texts]) -> None:
        super().__init__(recipe, run)
        self._tower = cache(load)

    def texts(self, texts: Sequence[str]) -> Floats:
        """(N, D) unit length, in order; longer texts than the network reads are cut off, as it was trained."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return unit(self._tower()(texts), self.id)


class Clips(Pictures):
    """A ClipEncoder."""

    def __init__(self, recipe: Recipe, run: Runner) -> None:
        super().__init__(recipe, run)
        self.frames = recipe.frames

    def __call__(self, clips: Sequence[Pixels]) -> Floats:
        """(N, D) unit length, in order; clips (frames, h, w, 3). Raises ModelError as Pictures, or for a length."""
        wrong = {len(clip) for clip in clips} - {self.frames}
        if wrong:
            raise ModelError(f"{self.id}: got clips of {sorted(wrong)} frames, wanted {self.frames}")
        return super().__call__([frame for clip in clips for frame in clip])


def _by_torch(recipe: Recipe, device: str) -> Runner:
    from raravis.embed.on_torch import OnTorch

    return OnTorch(recipe.load(), recipe.spec, device=device, frames=recipe.frames)


def _by_onnx(recipe: Recipe, backend: str) -> Runner:
    """Exported once to the cache. Where that is refused, PyTorch runs it if any back end would do."""
    libraries = hashlib.sha256("\n".join(recipe.libraries).encode()).hexdigest()[:8]
    at = kept(f"exported/{recipe.family}-{VERSION}-{recipe.digest}-{libraries}", lambda at: _export(recipe, at))
    refused = at / REFUSED
    if not refused.exists():
        return Model(str(at / "model.onnx"), backend=backend)
    why = refused.read_text(encoding="utf-8")
    if backend != "auto":
        raise ModelError(f"{recipe.spec}: {why}; use backend=torch")
    run = _by_torch(recipe, "cpu")
    run.runs_by += f": {why}"
    return run


def _export(recipe: Recipe, folder: Path) -> None:
    from raravis.embed.on_torch import export

    network = recipe.load()
    if why := export(network, folder, frames=recipe.frames):
        (folder / REFUSED).write_text(why, encoding="utf-8")
