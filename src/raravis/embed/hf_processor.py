"""The image processor of a model of `transformers` as a sidecar, checked on pictures against the processor itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import transformers

from raravis.embed.hub import config
from raravis.errors import ModelError
from raravis.onnx import Sidecar, read
from raravis.onnx.backends import one_line
from raravis.onnx.prepare import prepare
from raravis.onnx.quiet import quiet
from raravis.types import Floats, Pixels

RESAMPLE = {2: "bilinear", 3: "bicubic"}  # as Pillow counts
LEVELS = 3  # of 255 that a value may differ from the processor's: rounding, twice, which bicubic weights make larger
PLAIN = ("DINOv3ViTImageProcessor",)  # needs torchvision, but does nothing that its configuration does not say


def sidecar(folder: Path, spec: str) -> Sidecar:
    """What the folder's processor does to a picture. Raises ModelError where a sidecar cannot say it."""
    processor = _processor(folder, spec)
    told = processor.to_dict() if processor else _written(folder, spec)
    fields = _range(told) | _geometry(told, spec) | {"name": "hf", "version": "1"}
    side = read(json.dumps(fields).encode(), f"{spec}: image processor")
    if processor:
        _check(side, processor, spec)
    return side


def _range(told: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {"divide": 1.0}
    if told.get("do_rescale", True):
        fields["divide"] = 1 / told.get("rescale_factor", 1 / 255)
    if told.get("do_normalize", True) and told.get("image_mean"):
        fields |= {"mean": list(told["image_mean"]), "std": list(told["image_std"])}
    return fields


def _geometry(told: dict[str, Any], spec: str) -> dict[str, Any]:
    size = dict(told.get("size") or {})
    crop = dict(told.get("crop_size") or {}) if told.get("do_center_crop") else {}
    if not told.get("do_resize", True) or told.get("resample") not in RESAMPLE:
        got = f"do_resize={told.get('do_resize')}, resample={told.get('resample')}"
        raise ModelError(f"{spec}: image processor: got {got}; wanted one that resizes, bilinear (2) or bicubic (3)")
    how = {"resample": RESAMPLE[told["resample"]]}
    if size.get("height") and size.get("width") and not crop:
        return how | {"resize": "squash", "height": size["height"], "width": size["width"]}
    edge, side = size.get("shortest_edge"), crop.get("height")
    if edge and side and side <= edge and crop.get("width") == side and not size.get("longest_edge"):
        return how | {"resize": "crop-resized", "height": side, "width": side, "crop": side / edge}
    wanted = "height and width, or a shortest_edge and a square crop_size within it"
    raise ModelError(f"{spec}: image processor: got size {size}, crop_size {crop}; wanted {wanted}")


def _processor(folder: Path, spec: str) -> Any:
    """The processor; None where it needs torchvision, which is not here, and is one of PLAIN."""
    try:
        with quiet():
            return transformers.AutoImageProcessor.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
    except (OSError, ValueError) as error:
        raise ModelError(f"{spec}: no image processor can be loaded from {folder}: {one_line(error)}") from None
    except (ImportError, RuntimeError) as error:
        kind = _written(folder, spec).get("image_processor_type", "")
        if str(kind).removesuffix("Fast") in PLAIN:
            return None
        raise ModelError(f"{spec}: its image processor cannot be loaded: {one_line(error)}") from None


def _written(folder: Path, spec: str) -> dict[str, Any]:
    return config(folder / "preprocessor_config.json", spec)


def _check(side: Sidecar, processor: Any, spec: str) -> None:
    """Raises ModelError where our picture is not the processor's: it does something that the sidecar does not say."""
    for rgb in _trials(side.short_side):
        with quiet():
            theirs = np.asarray(processor([rgb], return_tensors="np")["pixel_values"], np.float32)
        if (apart := _levels(side, prepare(side, [rgb]), theirs)) > LEVELS:
            got = f"{type(processor).__name__} differs by {apart:.3g} of 255 levels from what its settings say"
            raise ModelError(f"{spec}: image processor: {got}; wanted {LEVELS} at most")


def _levels(side: Sidecar, ours: Floats, theirs: Floats) -> float:
    if theirs.size != ours.size or theirs.shape[-2:] != ours.shape[-2:]:
        return np.inf
    to_levels = np.array(side.std, np.float32)[:, None, None] * side.divide
    return float((np.abs(theirs.reshape(ours.shape) - ours) * to_levels).max())


def _trials(short_side: int) -> list[Pixels]:
    """Pictures (h, w, 3), upright and wide, with a slope, a block and stripes in other colours each.

    Not above four times the input: from there on `resized` averages blocks of pixels first, for speed.
    """
    made = []
    for height, width in ((short_side * 4 // 3, short_side * 2), (short_side * 3, short_side * 11 // 5)):
        rgb = np.zeros((height, width, 3), np.uint8)
        rgb[..., 0] = np.linspace(0, 255, width)
        rgb[..., 1] = np.linspace(255, 30, height)[:, None]
        rgb[height // 3 : height // 2, width // 4 : width // 2, 2] = 200
        rgb[::7, ::5] //= 2
        made.append(rgb)
    return made
