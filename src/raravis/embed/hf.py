"""`hf:NAME_OR_FOLDER`: vision and image-text networks of `transformers`, and its video encoders."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from raravis.embed import Encoder
from raravis.embed.by_name import Network, Recipe, Texts, encoder
from raravis.embed.hub import config, digest, folder, versions
from raravis.embed.without_torchvision import tell_transformers
from raravis.errors import ModelError

STEMS = ("model", "pytorch_model")
CONFIGS = ("config.json", "preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json")
WITH_TEXTS = ("clip", "siglip", "metaclip_2")  # pictures and texts in one space
OF_CLIPS = ("videomae", "timesformer")


def hf(name: str, *, device: str = "cpu", backend: str = "auto") -> Encoder:
    """The encoder of a model on the hub, such as facebook/dinov2-small, or of a folder that `save_pretrained` wrote.

    One that has a text tower is a TextEncoder, one of video a ClipEncoder. Raises ModelError.
    """
    return encoder(recipe(name), device=device, backend=backend)


def recipe(name: str) -> Recipe:
    """How the model of this name is loaded; nothing heavy is imported yet. Raises ModelError."""
    spec = f"hf:{name}"
    libraries = versions(spec, "hf", "transformers", "torch", "onnxscript")
    at = folder(name, spec, STEMS)
    told = config(at / "config.json", spec)
    kind = str(told.get("model_type") or "")
    if not kind:
        raise ModelError(f"{at / 'config.json'}: names no model_type; wanted a model saved by transformers")
    frames = int(told.get("num_frames", 16)) if kind in OF_CLIPS else 1
    return Recipe(
        spec,
        f"hf-{kind.replace('_', '-')}",
        digest(at, spec, STEMS, CONFIGS),
        libraries,
        partial(_pictures, at, spec, frames),
        partial(_texts, at, spec) if kind in WITH_TEXTS else None,
        frames,
    )


def _pictures(at: Path, spec: str, frames: int) -> Network:
    tell_transformers()
    from raravis.embed.hf_towers import pictures  # takes seconds and 400 MB, and is often not needed

    return pictures(at, spec, frames=frames)


def _texts(at: Path, spec: str) -> Texts:
    tell_transformers()
    from raravis.embed.hf_towers import texts

    return texts(at, spec)
