"""The towers of models of `transformers`: which output is the vector, family by family. Imports PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers.utils import logging as said

from raravis.embed.by_name import Network, Texts
from raravis.embed.hf_processor import sidecar
from raravis.embed.on_torch import network
from raravis.errors import ModelError
from raravis.onnx.backends import one_line
from raravis.onnx.quiet import quiet
from raravis.types import Floats

# Families whose pooler is untrained in the usual checkpoints, or that have none; all others say which output is theirs.
FIRST_TOKEN = ("vit", "deit", "timesformer")
MEAN_TOKEN = ("ijepa", "videomae")
UNUSED = ("pooler.", "mask_token", "embeddings.mask_token", "position_ids")  # may be missing from a checkpoint
VOCABULARIES = ("tokenizer.json", "vocab.*", "*.model")


def pictures(folder: Path, spec: str, *, frames: int = 1) -> Network:
    """The picture tower of a folder, with its preparation. Raises ModelError."""
    model = _model(folder, spec)
    if model.config.model_type == "siglip2":
        told = "takes pictures of any shape as patches (NaFlex); wanted a checkpoint of fixed size"
        raise ModelError(f"{spec}: {told}, such as hf:google/siglip2-base-patch16-256")
    return network(Tower(model, frames), sidecar(folder, spec), spec, frames=frames)


def texts(folder: Path, spec: str) -> Texts:
    """The text tower of a folder: texts to (N, D) rows as the network puts them out."""
    model = _model(folder, spec)
    tokenizer = _tokenizer(folder, spec)
    length = model.config.text_config.max_position_embeddings
    siglip = model.config.model_type == "siglip"

    def encode(texts: Sequence[str]) -> Floats:
        if siglip:  # trained on lower case, all places of a text filled, and without a mask
            how = {"padding": "max_length", "max_length": length, "truncation": True}
            tokens = {"input_ids": tokenizer([text.lower() for text in texts], return_tensors="pt", **how)["input_ids"]}
        else:
            tokens = tokenizer(list(texts), return_tensors="pt", padding=True, max_length=length, truncation=True)
        wanted = {name: tokens[name] for name in ("input_ids", "attention_mask") if name in tokens}
        with torch.inference_mode():
            return np.asarray(_pooled(model.get_text_features(**wanted)).numpy(), np.float32)

    return encode


class Tower(torch.nn.Module):  # type: ignore[misc]  # without PyTorch its types are unknown
    """Prepared pictures (n, 3, H, W) to (n / frames, D)."""

    def __init__(self, model: Any, frames: int) -> None:
        super().__init__()
        self.model, self.frames = model, frames

    def forward(self, prepared: Any) -> Any:
        """CLS token, mean of the tokens, projected or pooled vector: see docs/encoders-by-name.md."""
        if self.frames > 1:
            prepared = prepared.reshape(-1, self.frames, *prepared.shape[1:])
        if hasattr(self.model, "get_image_features"):
            return _pooled(self.model.get_image_features(pixel_values=prepared))
        out = self.model(pixel_values=prepared)
        if self.model.config.model_type in FIRST_TOKEN:
            return out.last_hidden_state[:, 0]
        if self.model.config.model_type in MEAN_TOKEN:
            return out.last_hidden_state.mean(dim=1)
        return _pooled(out)


def _pooled(out: Any) -> Any:
    """The one vector a row: transformers 5 wraps it, earlier ones give it bare; ResNets keep two axes of 1."""
    vector = out if isinstance(out, torch.Tensor) else getattr(out, "pooler_output", None)
    if vector is None:
        raise ValueError(f"{type(out).__name__} has no pooler_output, so no vector of a whole picture is known")
    return vector.flatten(1)


def _model(folder: Path, spec: str) -> Any:
    try:
        with quiet(), _no_bars():
            model, told = transformers.AutoModel.from_pretrained(
                str(folder), output_loading_info=True, local_files_only=True, trust_remote_code=False
            )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise ModelError(f"{spec}: transformers cannot load {folder}: {one_line(error)}") from None
    _check_whole(model, told, spec)
    return model.eval().to(torch.float32)


def _check_whole(model: Any, told: Any, spec: str) -> None:
    unused = UNUSED if model.config.model_type in (*FIRST_TOKEN, *MEAN_TOKEN) else UNUSED[1:]
    missing = [key for key in (*told["missing_keys"], *told["mismatched_keys"]) if not str(key).startswith(unused)]
    if missing:  # transformers would make them up at random
        raise ModelError(f"{spec}: the weights lack {len(missing)} parts, such as {missing[0]}; wanted all of them")


def _tokenizer(folder: Path, spec: str) -> Any:
    if not any(file for kind in VOCABULARIES for file in folder.glob(kind)):  # transformers makes up an empty one
        told = f"{folder} has no tokenizer's vocabulary ({', '.join(VOCABULARIES)})"
        raise ModelError(f"{spec}: {told}; bring those files too, or search by examples")
    try:
        with quiet():
            return transformers.AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise ModelError(f"{spec}: no tokenizer can be loaded from {folder}: {one_line(error)}") from None


@contextmanager
def _no_bars() -> Iterator[None]:
    shown = said.is_progress_bar_enabled()
    said.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            said.enable_progress_bar()
