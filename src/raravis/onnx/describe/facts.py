"""What an ONNX file tells of itself: its graph, its metadata, the files beside it, and a run on noise."""

from __future__ import annotations

import ast
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from raravis.errors import ModelError
from raravis.onnx.backends import Session, one_line, open_session
from raravis.onnx.describe.opening import Affine, opening
from raravis.types import Floats

Shape = list[Any]  # whole numbers, or names and None where any size is right
KINDS = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
OPEN_SIDE, OPEN_SIDE_OF_BOXES = 224, 640  # pixels, where the model leaves its size open


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known without a guess; `out` holds what a picture of noise gave."""

    file: Path
    words: str  # names of the model and its folders, and its metadata, in lower case: families are known by them
    opset: int
    producer: str
    metadata: dict[str, Any]
    config: dict[str, Any]  # Hugging Face's config.json
    processor: dict[str, Any]  # and preprocessor_config.json
    shape: Shape  # of the input
    layout: str
    height: int
    width: int
    out: dict[str, Floats]  # by name, the batch first
    opening: Affine | None

    def summary(self) -> str:
        """One line on the model."""
        shapes = ", ".join(f"{name} {list(values.shape)}" for name, values in self.out.items())
        producer = f", made by {self.producer}" if self.producer else ""
        return f"opset {self.opset}{producer}; input {self.shape}; a picture of noise gave {shapes}"


def look(path: str) -> Facts:
    """The facts of a model. Raises ModelError where it cannot be read, does not take pictures, or does not run."""
    file = Path(os.path.expandvars(path.removeprefix("onnx:"))).expanduser()
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "no such file"
        raise ModelError(f"{file}: {what}; wanted an ONNX model")
    session, graph = open_session(file), _graph(file)
    tensor = _only_input(session, file)
    layout = _layout(tensor.shape, file)
    processor, metadata = _beside(file, "preprocessor_config.json"), _meta(graph)
    config = _beside(file, "config.json")
    height, width = _size(tensor.shape, layout, processor, metadata, [list(out.shape) for out in session.get_outputs()])
    return Facts(
        file=file,
        words=" ".join([*file.parts[-3:], str(config.get("model_type", "")), str(metadata)]).lower(),
        opset=max((entry.version for entry in graph.opset_import if entry.domain in ("", "ai.onnx")), default=0),
        producer=" ".join([graph.producer_name, graph.producer_version]).strip(),
        metadata=metadata,
        config=config,
        processor=processor,
        shape=tensor.shape,
        layout=layout,
        height=height,
        width=width,
        out=_on_noise(session, tensor, layout, (height, width), file),
        opening=opening(graph.graph, tensor.name),
    )


def _graph(file: Path) -> Any:
    try:
        return onnx.load(str(file), load_external_data=False)
    except Exception as error:  # noqa: BLE001 protobuf's own class
        raise ModelError(f"{file}: its graph cannot be read: {one_line(error)}; wanted ONNX") from None


def _only_input(session: Session, file: Path) -> Any:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = [tensor.name for tensor in inputs]
        raise ModelError(f"{file}: got inputs {names}, wanted one that takes pictures; export that part alone")
    if inputs[0].type not in KINDS:
        raise ModelError(f"{file}: input {inputs[0].name!r} is {inputs[0].type}; wanted {' or '.join(KINDS)}")
    return inputs[0]


def _layout(shape: Shape, file: Path) -> str:
    if len(shape) == 4 and (shape[1] == 3 or shape[3] == 3):
        return "NCHW" if shape[1] == 3 else "NHWC"
    if len(shape) == 4 and not isinstance(shape[1], int):
        return "NCHW"  # `inputs.size` says that this is a guess
    raise ModelError(f"{file}: input of shape {shape}; wanted pictures, (n, 3, height, width) or (n, height, width, 3)")


def _size(
    shape: Shape, layout: str, processor: dict[str, Any], metadata: dict[str, Any], outputs: list[Shape]
) -> tuple[int, int]:
    """Height and width: the model's own, else what its makers wrote down, else what is usual."""
    fixed = shape[2:] if layout == "NCHW" else shape[1:3]
    boxes = any(len(out) == 3 for out in outputs)
    usual = [OPEN_SIDE_OF_BOXES if boxes else OPEN_SIDE] * 2
    written = written_size(processor, metadata) or usual
    height, width = (side if isinstance(side, int) else other for side, other in zip(fixed, written, strict=True))
    return height, width


def written_size(processor: dict[str, Any], metadata: dict[str, Any]) -> list[int] | None:
    """Height and width in the files beside the model or in its metadata; None where neither says."""
    size = (processor.get("do_center_crop") and processor.get("crop_size")) or processor.get("size")
    if isinstance(size, dict):
        size = [size.get(side, size.get("shortest_edge")) for side in ("height", "width")]
    sides = [size, size] if isinstance(size, int) else size or metadata.get("imgsz")
    return sides if isinstance(sides, list) and all(isinstance(side, int) for side in sides) else None


def _on_noise(session: Session, tensor: Any, layout: str, size: tuple[int, int], file: Path) -> dict[str, Floats]:
    n = tensor.shape[0] if isinstance(tensor.shape[0], int) else 1
    shape = (n, 3, *size) if layout == "NCHW" else (n, *size, 3)
    noise = np.random.default_rng(0).random(shape).astype(KINDS[tensor.type])
    names = [out.name for out in session.get_outputs()]
    try:
        made = session.run(names, {tensor.name: noise})
    except Exception as error:  # noqa: BLE001 the runtime's own classes share no narrower parent
        raise ModelError(f"{file}: does not run on a picture of shape {shape}: {one_line(error)}") from None
    return {name: np.asarray(out, np.float32) for name, out in zip(names, made, strict=True) if _is_numbers(out)}


def _is_numbers(out: Any) -> bool:
    return isinstance(out, np.ndarray) and out.dtype.kind in "fiu"


def _meta(graph: Any) -> dict[str, Any]:
    """The metadata; what Ultralytics writes as Python or JSON literals is read as such."""
    return {entry.key: _literal(entry.value) for entry in graph.metadata_props}


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _beside(file: Path, name: str) -> dict[str, Any]:
    """A JSON object beside the model, or a folder above where models lie in `onnx/`; empty where there is none."""
    for folder in (file.parent, *([file.parent.parent] if file.parent.name == "onnx" else [])):
        try:
            return dict(json.loads((folder / name).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
    return {}
