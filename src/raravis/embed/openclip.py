"""`openclip:NAME/PRETRAINED` or a folder: image-text networks of `open_clip`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from raravis.embed import Encoder
from raravis.embed.by_name import Network, Recipe, Texts, encoder
from raravis.embed.hub import digest, folder, versions
from raravis.errors import ModelError
from raravis.onnx import Sidecar, read
from raravis.onnx.backends import one_line
from raravis.onnx.sidecar import sha256
from raravis.types import Floats

STEMS = ("open_clip_model", "open_clip_pytorch_model")
CONFIG = "open_clip_config.json"


class Origin(NamedTuple):
    """What open_clip is asked for."""

    model: str  # a name, or local-dir:FOLDER
    pretrained: str | None
    digest: str


def openclip(name: str, *, device: str = "cpu", backend: str = "auto") -> Encoder:
    """The encoder of pictures and texts of open_clip's NAME/PRETRAINED, such as ViT-B-32/laion2b_s34b_b79k.

    Or of a folder with open_clip_config.json, or of such a repository on the hub. Raises ModelError.
    """
    spec = f"openclip:{name}"
    libraries = versions(spec, "openclip", "open_clip_torch", "torch", "onnxscript")
    origin = _origin(name, spec)
    tower = partial(_pictures, origin, spec), partial(_texts, origin, spec)
    return encoder(Recipe(spec, "openclip", origin.digest, libraries, *tower), device=device, backend=backend)


def _origin(name: str, spec: str) -> Origin:
    """A folder or repository in open_clip's layout, as nearly all its names have; else what its own download gives."""
    model, _, tag = name.rpartition("/")
    known = None if Path(name).is_dir() or not model else _library().get_pretrained_cfg(model, tag)
    repo = str(known.get("hf_hub") or "") if known else name
    if not known or repo.endswith("/"):
        at = folder(name, spec, STEMS, config=CONFIG, repo=repo.rstrip("/"))
        if not known or (at / CONFIG).exists():
            return Origin(f"local-dir:{at}", None, digest(at, spec, STEMS, (CONFIG,)))
    file = _download(known, spec)
    return Origin(model, tag, hashlib.sha256(f"{name}\n{sha256(file)}".encode()).hexdigest()[:12])


def _download(known: dict[str, Any], spec: str) -> Path:
    """The file of weights, from a cache or fetched by open_clip."""
    try:
        return Path(_library().download_pretrained(known))
    except (OSError, RuntimeError, ValueError) as error:
        told = (
            f"{known.get('hf_hub') or known.get('url')} is in no cache and cannot be fetched: {one_line(error)[:120]}"
        )
        raise ModelError(f"{spec}: {told}; use a name whose weights lie on the hub, or openclip:FOLDER") from None


def _library() -> Any:
    from raravis.embed.without_torchvision import load

    return load("open_clip")


def _model(origin: Origin, spec: str) -> Any:
    from raravis.onnx.quiet import quiet

    try:
        with quiet():
            return _library().create_model(origin.model, pretrained=origin.pretrained, require_pretrained=True).eval()
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise ModelError(f"{spec}: open_clip cannot load it: {one_line(error)}") from None


def _pictures(origin: Origin, spec: str) -> Network:
    from raravis.embed.on_torch import Part, network

    model = _model(origin, spec)
    told = _library().get_model_preprocess_cfg(model)
    return network(Part(model, "encode_image"), sidecar(told, spec), spec)


def _texts(origin: Origin, spec: str) -> Texts:
    import torch

    model = _model(origin, spec)
    try:
        tokenizer = _library().get_tokenizer(origin.model)
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise ModelError(f"{spec}: open_clip cannot load its tokenizer: {one_line(error)}") from None

    def encode(texts: Sequence[str]) -> Floats:
        with torch.inference_mode():
            return np.asarray(model.encode_text(tokenizer(list(texts))).float().numpy(), np.float32)

    return encode


def sidecar(told: dict[str, Any], spec: str) -> Sidecar:
    """What open_clip does to a picture. Raises ModelError where a sidecar cannot say it."""
    size = told["size"]
    height, width = (size, size) if isinstance(size, int) else size
    mode = told.get("resize_mode", "shortest")
    if mode not in ("shortest", "squash") or (mode == "shortest" and height != width):
        got = f"size {size}, resize_mode {mode}"
        raise ModelError(f"{spec}: got {got}; wanted a square with resize_mode shortest, or squash")
    how = {"height": height, "width": width, "resample": told.get("interpolation", "bicubic")}
    how |= {"resize": "squash" if mode == "squash" else "crop-resized"}
    how |= {"name": "openclip", "version": "1", "mean": list(told["mean"]), "std": list(told["std"])}
    return read(json.dumps(how).encode(), f"{spec}: preprocess_cfg")
