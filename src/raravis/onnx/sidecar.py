"""The JSON sidecar that says how pictures enter a model: found, read, every field checked.

It lies beside the model (`m.onnx` -> `m.json` or `m.onnx.json`), or names the model in its field `model`, or comes
with the package for a model whose SHA-256 it states.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

from raravis.errors import ModelError
from raravis.onnx.backends import open_session

EXAMPLE = (
    '{"name": "my-encoder", "version": "1", "width": 224, "height": 224, "layout": "NCHW", "colour": "RGB", '
    '"divide": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "resize": "crop", "crop": 0.875, '
    '"output": "embedding", "dim": 512}'
)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """How pictures enter a model: value = (p / divide - mean) / std for p in 0..255, per channel in `colour` order."""

    name: str
    version: str
    width: int
    height: int
    layout: str = "NCHW"
    colour: str = "RGB"
    divide: float = 255.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    resize: str = "squash"
    resample: str = "bilinear"
    crop: float = 1.0  # with resize "crop" and "crop-resized": side of the central window / shorter side
    place: str = "centre"  # with resize "letterbox": where the picture lies
    fill: int = 114  # with resize "letterbox": grey around it
    output: str = ""  # "": the model's only output
    dim: int = 0  # encoders: length of the output
    decode: str = ""  # detectors: how boxes come out
    boxes: str = ""  # detectors whose scores and boxes are two outputs: the name of the second
    scores: str = "softmax"  # with decode "detr": "softmax", the last class being "no object", or "sigmoid"
    strides: tuple[int, ...] = (8, 16, 32)
    names: tuple[str, ...] = ()  # class names in the order of the scores; of an encoder that is a classifier too
    task: str = ""  # "classify": the output is (n, C) probabilities of the classes in `names`
    threshold: tuple[float, ...] = ()  # classifiers: (C,) probability from which it says yes
    exclusive: bool = False  # classifiers: one class a picture, the probabilities add up to 1
    about: Mapping[str, Any] = field(default_factory=dict)  # what people may want to know of it; changes nothing
    batch: int = 8  # pictures a run, where the model leaves it open
    model: str = ""
    sha256: str = ""

    @property
    def short_side(self) -> int:
        """Pixels of a picture's shorter side that fill the input; more is wasted."""
        return round(min(self.width, self.height) / (self.crop if self.resize.startswith("crop") else 1.0))

    def settings(self) -> dict[str, Any]:
        """All that changes what comes out; fields younger than ids that are in use count only where they are set."""
        told = asdict(replace(self, model="", sha256="", batch=0, about={}, names=() if self.dim else self.names))
        return {name: value for name, value in told.items() if name not in _YOUNGER or value != _YOUNGER[name]}


def sha256(file: Path) -> str:
    """64 hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find(path: str) -> tuple[Path, Sidecar]:
    """The model's file and its sidecar, from the path of either. Raises ModelError."""
    file = Path(os.path.expandvars(path)).expanduser()
    if not file.is_file():
        raise ModelError(f"{file}: no such file; wanted an ONNX model or its JSON sidecar")
    if file.suffix == ".json":
        return _named_model(file)
    for beside in (file.with_suffix(".json"), file.with_name(file.name + ".json")):
        if beside.is_file():
            return _matched(file, read(beside.read_bytes(), str(beside)))
    return file, _shipped(file)


def _named_model(file: Path) -> tuple[Path, Sidecar]:
    sidecar = read(file.read_bytes(), str(file))
    model = file.parent / Path(os.path.expandvars(sidecar.model)).expanduser()
    if not model.is_file():
        raise ModelError(f"{file}: sidecar field 'model': got {sidecar.model!r}, wanted the path of an ONNX model")
    return _matched(model, sidecar)


def _matched(model: Path, sidecar: Sidecar) -> tuple[Path, Sidecar]:
    if sidecar.sha256 and sidecar.sha256 != sha256(model):
        raise ModelError(f"{model}: got SHA-256 {sha256(model)}, its sidecar wants {sidecar.sha256}: another model")
    return model, sidecar


def _shipped(file: Path) -> Sidecar:
    digest = sha256(file)
    for entry in resources.files("raravis").joinpath("sidecars").iterdir():
        if entry.name.endswith(".json"):
            sidecar = read(entry.read_bytes(), entry.name)
            if sidecar.sha256 == digest:
                return sidecar
    open_session(file)  # what is no model wants no sidecar, and is told so
    draft = f"raravis encoders describe {file} --out {file.with_suffix('.json')}"
    raise ModelError(f"{file}: no sidecar says how pictures go in; draft one: {draft}")


def read(text: bytes, where: str) -> Sidecar:
    """The sidecar in a JSON text, every field checked. Raises ModelError: field, got, wanted."""
    try:
        told = dict(json.loads(text))
    except (ValueError, TypeError):
        raise ModelError(f"{where}: not a JSON object; wanted such as {EXAMPLE}") from None
    for name in told.keys() - _WANTED.keys():
        raise ModelError(f"{where}: unknown sidecar field {name!r}; known: {', '.join(_WANTED)}")
    for name in ("name", "version", "width", "height"):
        if name not in told:
            raise ModelError(f"{where}: sidecar field {name!r} is missing; wanted {_WANTED[name][0]}")
    return Sidecar(**{field: _checked(field, value, where) for field, value in told.items()})


def _checked(field: str, value: Any, where: str) -> Any:
    wanted, good = _WANTED[field]
    plain = tuple(value) if isinstance(value, list) else value
    if wanted is _CHANNELS and _is_number(plain):
        plain = (plain, plain, plain)
    if not good(plain):
        raise ModelError(f"{where}: sidecar field {field!r}: got {value!r}, wanted {wanted}")
    return plain


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _is_triple(value: Any) -> bool:
    return type(value) is tuple and len(value) == 3 and all(map(_is_number, value))


def _whole(low: int, high: int) -> tuple[str, Callable[[Any], bool]]:
    return f"a whole number from {low} to {high}", lambda value: type(value) is int and low <= value <= high


def _above_zero(high: float) -> tuple[str, Callable[[Any], bool]]:
    return f"a number above 0, at most {high}", lambda value: _is_number(value) and 0 < value <= high


def _one_of(*known: str) -> tuple[str, Callable[[Any], bool]]:
    return f"one of {', '.join(known)}", lambda value: value in known


def _list_of(what: str, good: Callable[[Any], bool]) -> tuple[str, Callable[[Any], bool]]:
    return f"a list of {what}", lambda value: type(value) is tuple and len(value) > 0 and all(map(good, value))


_YOUNGER = {
    "resample": "bilinear",
    "boxes": "",
    "scores": "softmax",
    "task": "",
    "threshold": (),
    "exclusive": False,
    "about": {},
}
_CHANNELS = "a number, or a list of one for each of three channels"
_TEXT: tuple[str, Callable[[Any], bool]] = "a text", lambda value: isinstance(value, str)
_NAME: tuple[str, Callable[[Any], bool]] = (
    "letters, digits, dots, dashes and underscores",
    lambda value: isinstance(value, str) and re.fullmatch(r"[\w.-]+", value, re.ASCII) is not None,
)
_WANTED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "name": _NAME,
    "version": _NAME,
    "width": _whole(1, 8192),
    "height": _whole(1, 8192),
    "layout": _one_of("NCHW", "NHWC"),
    "colour": _one_of("RGB", "BGR"),
    "divide": _above_zero(65535),
    "mean": (_CHANNELS, lambda value: _is_triple(value)),
    "std": (_CHANNELS, lambda value: _is_triple(value) and min(value) > 0),
    "resize": _one_of("squash", "crop", "crop-resized", "letterbox"),
    "resample": _one_of("bilinear", "bicubic"),
    "crop": _above_zero(1),
    "place": _one_of("corner", "centre"),
    "fill": _whole(0, 255),
    "output": _TEXT,
    "dim": _whole(1, 65536),
    "decode": _one_of("yolox", "yolov5", "yolov8", "yolov10", "rtdetr", "detr"),
    "boxes": _TEXT,
    "scores": _one_of("softmax", "sigmoid"),
    "strides": _list_of("whole numbers above 0", lambda value: type(value) is int and value > 0),
    "names": _list_of("class names", lambda value: isinstance(value, str) and value != ""),
    "task": _one_of("classify"),
    "threshold": _list_of("probabilities", lambda value: _is_number(value) and 0 <= value <= 1),
    "exclusive": ("true or false", lambda value: isinstance(value, bool)),
    "about": ("an object", lambda value: isinstance(value, dict)),
    "batch": _whole(1, 1024),
    "model": _TEXT,
    "sha256": _TEXT,
}
