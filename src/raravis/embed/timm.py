"""`timm:NAME_OR_FOLDER`: the picture networks of `timm`, without their classifiers."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from raravis.embed import Encoder
from raravis.embed.by_name import Network, Recipe, encoder
from raravis.embed.hub import config, digest, folder, versions
from raravis.errors import ModelError
from raravis.onnx import Sidecar, read
from raravis.onnx.backends import one_line
from raravis.onnx.quiet import quiet

STEMS = ("model", "pytorch_model")


def timm(name: str, *, device: str = "cpu", backend: str = "auto") -> Encoder:
    """The encoder of timm's model of this name, such as vit_small_patch14_dinov2.lvd142m, or of a folder of one.

    The folder is as timm's `save_for_hf` writes it. Raises ModelError.
    """
    return encoder(recipe(name), device=device, backend=backend)


def recipe(name: str) -> Recipe:
    """How the model of this name is loaded; nothing heavy is imported yet. Raises ModelError."""
    spec = f"timm:{name}"
    libraries = versions(spec, "timm", "timm", "torch", "onnxscript")
    at = folder(name, spec, STEMS, repo=_repository(name, spec))
    family = config(at / "config.json", spec).get("architecture")
    if not isinstance(family, str):
        raise ModelError(f"{at / 'config.json'}: names no architecture; wanted a model saved by timm")
    key = digest(at, spec, STEMS, ("config.json",))
    return Recipe(spec, f"timm-{family.replace('_', '-')}", key, libraries, partial(_load, at, spec))


def _repository(name: str, spec: str) -> str:
    """Where timm keeps weights on the hub; those it would take itself for a name that says only the architecture."""
    if Path(name).is_dir() or "/" in name or "." in name:
        return name if "/" in name else f"timm/{name}"
    from raravis.embed.without_torchvision import load

    known = load("timm").models.get_pretrained_cfg(name)
    if known is None or not known.tag:
        raise ModelError(f"{spec}: timm {load('timm').__version__} knows no weights of that name, and no folder has it")
    return f"timm/{name}.{known.tag}"


def _load(at: Path, spec: str) -> Network:
    from raravis.embed.on_torch import network
    from raravis.embed.without_torchvision import load

    library = load("timm")
    try:
        with quiet():
            model = library.create_model(f"local-dir:{at}", pretrained=True, num_classes=0)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise ModelError(f"{spec}: timm cannot load {at}: {one_line(error)}") from None
    return network(model, sidecar(library.data.resolve_model_data_config(model), spec), spec)


def sidecar(told: dict[str, Any], spec: str) -> Sidecar:
    """What timm does to a picture before it is shown to a network. Raises ModelError where a sidecar cannot say it."""
    _, height, width = told["input_size"]
    how = {"height": height, "width": width, "resample": told["interpolation"]}
    edge = int(height / told["crop_pct"])
    if told["crop_mode"] == "center" and height == width:
        how |= {"resize": "crop-resized", "crop": height / edge}
    elif told["crop_mode"] == "squash" and edge == height:
        how |= {"resize": "squash"}
    else:
        got = f"input {told['input_size']}, crop_mode {told['crop_mode']}, crop_pct {told['crop_pct']}"
        raise ModelError(f"{spec}: got {got}; wanted a square with crop_mode center, or squash with crop_pct 1")
    how |= {"name": "timm", "version": "1", "mean": list(told["mean"]), "std": list(told["std"])}
    return read(json.dumps(how).encode(), f"{spec}: pretrained_cfg")
