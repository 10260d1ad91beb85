"""A classifier that takes pixels: an encoder's ONNX and a head joined into one model, with a sidecar."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, compose, helper

from raravis.formats.classifier import graph
from raravis.formats.export import new_file
from raravis.onnx.sidecar import Sidecar, sha256
from raravis.types import Head

_MOST = 2_000_000_000  # bytes that one ONNX file holds


def write(encoder: Path, output: str, sidecar: Sidecar, head: Head, about: Mapping[str, Any], folder: Path) -> Path:
    """`classifier.onnx`, from what the sidecar makes of pictures to `probability` (n, C); `classifier.json` beside it.

    The JSON is in the model too, but for the model's SHA-256. Raises ValueError saying why where the two cannot be
    joined.
    """
    if encoder.stat().st_size + sum(f.stat().st_size for f in encoder.parent.glob(f"{encoder.name}*data")) > _MOST:
        raise ValueError("one ONNX file cannot hold so large a model")
    told = _told(sidecar, head, about)
    model = joined(onnx.load(str(encoder)), output, head)
    helper.set_model_props(model, {"raravis": json.dumps(told, ensure_ascii=False)})
    with new_file(folder / "classifier.onnx") as partial:
        partial.write_bytes(model.SerializeToString())
    told["sha256"] = sha256(folder / "classifier.onnx")
    with new_file(folder / "classifier.json") as partial:
        partial.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder / "classifier.onnx"


def joined(encoder: Any, output: str, head: Head) -> Any:
    """The encoder's model, its vectors made unit length, and the head: one model, the batch left open."""
    opset = next(one.version for one in encoder.opset_import if one.domain in ("", "ai.onnx"))
    if next(one.type.tensor_type.elem_type for one in encoder.graph.output if one.name == output) != TensorProto.FLOAT:
        raise ValueError("its vectors are no float32")
    second = graph(head, opset=opset, ir_version=encoder.ir_version)
    _take_any_length(second)
    del second.metadata_props[:]
    _leave_batch_open(encoder)
    try:
        model = compose.merge_models(
            encoder, second, [(output, "embedding")], outputs=["head_probability"], prefix2="head_"
        )
        _rename(model, "head_probability", "probability")
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, TypeError) as error:
        raise ValueError(" ".join(str(error).split())[:200]) from None
    return model


def _take_any_length(head: Any) -> None:
    """The head first divides what it is given by its length, as encoders do."""
    head.graph.node[0].input[0] = "unit"
    head.graph.node.insert(0, helper.make_node("LpNormalization", ["embedding"], ["unit"], axis=1, p=2))


def _leave_batch_open(model: Any) -> None:
    del model.graph.value_info[:]  # sizes that the exporter noted, some of them with the batch it knew
    for value in (*model.graph.input, *model.graph.output):
        if value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_param = "n"


def _rename(model: Any, old: str, new: str) -> None:
    for node in model.graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
    model.graph.output[0].name = new


def _told(sidecar: Sidecar, head: Head, about: Mapping[str, Any]) -> dict[str, Any]:
    """The sidecar's fields that are set, the encoder's own names and the like left out."""
    whole = replace(
        sidecar,
        name="classifier",
        version="1",
        task="classify",
        names=head.names,
        threshold=tuple(float(str(value)) for value in head.threshold),
        exclusive=head.exclusive,
        output="probability",
        about=dict(about),
        dim=0,
        model="",
        sha256="",
    )
    plain = {each.name: each.default for each in fields(Sidecar)}
    always = ("divide", "mean", "std", "resize", "resample", "layout", "colour", "exclusive", "about")
    return {name: value for name, value in asdict(whole).items() if name in always or value != plain[name]}
