"""finetune: a backbone by name, trained on labelled pictures -> a classifier of pictures in a file."""

from __future__ import annotations

import os
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from raravis.embed import hf, timm
from raravis.embed.by_name import Recipe
from raravis.errors import InputError, ModelError
from raravis.flow.tell import Say, Tell, quiet, silent
from raravis.train.finetune.backbone import Backbone
from raravis.train.finetune.settings import Settings
from raravis.train.labelled import Labelled

EXTRA = "pip install 'raravis[train]' (-c constraints/cpu.txt, or torch==2.13.0, for a PyTorch without CUDA)"


def finetune(
    data: Labelled,
    *,
    out: Path,
    backbone: str = "builtin",
    epochs: int = 15,
    batch: int = 32,
    rate: float = 1e-4,
    mixup: float = 0.0,
    balanced: bool = True,
    patience: int = 5,
    seed: int = 0,
    device: str = "cpu",
    threads: int = 0,
    resume: bool = True,
    tensorboard: bool = False,
    say: Say = quiet,
    tell: Tell = silent,
) -> Path:
    """`out`/classifier.onnx, its sidecar classifier.json beside it: pictures to calibrated probabilities.

    `backbone` is builtin, onnx:PATH, timm:NAME or hf:NAME; `threads` 0 leaves them as OMP_NUM_THREADS says. A run
    that was stopped goes on where it was, unless `resume` is False. Raises InputError, ModelError.
    """
    settings = Settings(
        epochs=epochs, batch=batch, rate=rate, mixup=mixup, balanced=balanced, patience=patience, seed=seed
    )
    _check_installed()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait busily were 10 times slower beside others
    import torch

    from raravis.train.finetune import tune

    if threads:
        torch.set_num_threads(threads)
    return tune.finetune(
        data,
        open_backbone(backbone, data),
        Path(out),
        settings,
        device=device,
        resume=resume,
        tensorboard=tensorboard,
        say=say,
        tell=tell,
    )


def open_backbone(spec: str, data: Labelled) -> Backbone:
    """The network of this name, in float32; one from an ONNX file answers pictures of the data as ONNX Runtime does.

    Raises ModelError, InputError for another kind of name.
    """
    kind, _, name = spec.partition(":")
    if kind in ("timm", "hf") and name:
        return _of_library({"timm": timm.recipe, "hf": hf.recipe}[kind](name))
    if spec == "builtin":
        return _of_file(spec, str(resources.files("raravis") / "models/builtin.onnx"), data)
    if kind == "onnx" and name:
        return _of_file(spec, name, data)
    raise InputError(f"unknown backbone {spec!r}; wanted builtin, onnx:PATH, timm:NAME or hf:NAME")


def _of_library(recipe: Recipe) -> Backbone:
    if recipe.frames > 1:
        raise ModelError(f"{recipe.spec}: it takes clips of {recipe.frames} frames; wanted a network of pictures")
    network = recipe.load()
    return Backbone(recipe.spec, recipe.digest, network.sidecar, network.module)


def _of_file(spec: str, path: str, data: Labelled) -> Backbone:
    from raravis.train.finetune import onnx_module

    some = np.flatnonzero(data.known())[:: max(1, int(data.known().sum()) // 8)][:8]
    return onnx_module.backbone(spec, path, [rgb for _, rgb in data.pictures(some)])


def _check_installed() -> None:
    for library in ("torch", "onnxscript"):
        if find_spec(library) is None:
            raise ModelError(f"finetune needs {library}, which is not installed: {EXTRA}")
