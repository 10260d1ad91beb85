"""How pictures go in: size, order of the channels, range, and how they are made to fit."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from raravis.onnx.describe.draft import Draft
from raravis.onnx.describe.facts import Facts, written_size

IMAGENET = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
CLIP = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
HALF = [0.5] * 3, [0.5] * 3
PLAIN = [0.0] * 3, [1.0] * 3
BICUBIC = 3  # Pillow's number for it, which preprocessor_config.json uses
CHECK_RANGE = "the normalisation in its documentation or where it was trained"


def size(facts: Facts, draft: Draft) -> None:
    """Fills in width, height and layout."""
    draft.know(width=facts.width, height=facts.height, layout=facts.layout)
    channels, *sides = facts.shape[1:] if facts.layout == "NCHW" else (facts.shape[3], *facts.shape[1:3])
    if not isinstance(channels, int):
        draft.guess("the model leaves its channels open", "where it was exported", layout=facts.layout)
    if all(isinstance(side, int) for side in sides):
        return
    if written_size(facts.processor, facts.metadata):
        draft.notes.append(
            f"width {facts.width}, height {facts.height}: the model leaves them open; so its metadata, or the "
            "preprocessor_config.json beside it"
        )
    else:
        why = "the model leaves its size open, and this one is usual"
        draft.guess(why, "the size it was trained on", width=facts.width, height=facts.height)


def colours(facts: Facts, draft: Draft) -> None:
    """Fills in colour, divide, mean and std."""
    decode = draft.fields.get("decode", "")
    if facts.processor:
        _as_processed(facts.processor, draft)
    elif facts.opening is not None:
        _as_opened(facts, draft)
    elif draft.family == "yolox":
        why = "YOLOX wants blue first and 0..255, from its version 0.1.1 on"
        draft.guess(why, CHECK_RANGE, colour="BGR", divide=1, mean=0, std=1)
    elif decode and not (decode == "detr" and draft.fields["scores"] == "softmax"):
        family = "RT-DETR" if decode.endswith("detr") else "the YOLO family"
        draft.guess(f"{family} wants 0..1", CHECK_RANGE, colour="RGB", divide=255, mean=0, std=1)
    else:
        why, divide, (mean, std) = _family(facts)
        draft.guess(why, CHECK_RANGE, colour="RGB", divide=divide, mean=mean, std=std)


def _as_processed(processor: dict[str, Any], draft: Draft) -> None:
    rescaled = processor.get("do_rescale", True)
    divide = 1 / processor.get("rescale_factor", 1 / 255) if rescaled else 1
    normal = processor.get("do_normalize", True) and "image_mean" in processor and "image_std" in processor
    mean, std = (processor["image_mean"], processor["image_std"]) if normal else PLAIN
    draft.know(colour="RGB", divide=round(divide, 6), mean=mean, std=std)
    draft.notes.append("divide, mean, std: from the preprocessor_config.json beside the model, if that is this model's")


def _as_opened(facts: Facts, draft: Draft) -> None:
    """The graph itself moves and scales: what it does to its input tells the range that it wants."""
    assert facts.opening is not None
    scale, shift = facts.opening
    divide = 255 if np.abs(scale).mean() > 0.1 else 1
    wants = "0..1" if divide == 255 else "0..255"
    told = f"{_shown(scale)} * x + {_shown(shift)}"
    draft.guess(
        f"the graph begins with {told}, which suits {wants}", CHECK_RANGE, colour="RGB", divide=divide, mean=0, std=1
    )


def _shown(numbers: Any) -> str:
    return "/".join(f"{value:.4g}" for value in numbers)


def _family(facts: Facts) -> tuple[str, int, tuple[list[float], list[float]]]:
    """Why, divide, and mean with std, of the family that the names around the model speak of."""
    if "siglip" in facts.words:
        return "SigLIP wants -1..1", 255, HALF
    if re.search(r"(?<![a-z])(open_?)?clip(?![a-z])", facts.words):
        return "CLIP is trained with these", 255, CLIP
    if any(len(out.shape) == 2 and out.shape[1] == 1001 for out in facts.out.values()):
        return "1001 classes are TensorFlow's ImageNet, which wants -1..1", 255, HALF
    return "most encoders are trained with ImageNet's", 255, IMAGENET


def placing(facts: Facts, draft: Draft) -> None:
    """Fills in resize, and what goes with it."""
    decode = draft.fields.get("decode", "")
    check = "how pictures were made to fit where it was trained"
    if decode.endswith("detr"):
        draft.guess("DETRs are trained on the whole picture", check, resize="squash")
    elif decode:
        place = "corner" if draft.family == "yolox" else "centre"
        draft.guess("as its family does", check, resize="letterbox", place=place, fill=114)
    elif facts.processor:
        _as_cropped(facts.processor, draft)
    else:
        draft.guess("most encoders are tested with it", check, resize="crop", crop=0.875)


def _as_cropped(processor: dict[str, Any], draft: Draft) -> None:
    bicubic = processor.get("resample") == BICUBIC
    if not processor.get("do_center_crop"):
        draft.know(resize="squash", **({"resample": "bicubic"} if bicubic else {}))
        return
    whole = processor.get("size", {})
    whole = whole.get("shortest_edge", 0) if isinstance(whole, dict) else whole
    side = min(draft.fields["width"], draft.fields["height"])
    draft.know(resize="crop-resized", crop=round(min(side / whole, 1), 6) if whole else 1)
    if bicubic:
        draft.know(resample="bicubic")
