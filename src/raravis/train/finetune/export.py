"""The trained network as an ONNX file with its sidecar: pixels in, calibrated probabilities out. Imports PyTorch."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from raravis.errors import ModelError
from raravis.onnx import Sidecar
from raravis.onnx.backends import one_line, open_session
from raravis.onnx.quiet import quiet
from raravis.onnx.sidecar import sha256
from raravis.train.finetune.network import Classifier
from raravis.types import Floats, Head

AGREE = 1e-4  # of probabilities
ONE_FILE = 1_800_000_000  # bytes of weights; an ONNX file cannot hold 2 GiB


class Finished(torch.nn.Module):  # type: ignore[misc]  # without PyTorch its types are unknown
    """Prepared pictures to probabilities (n, C)."""

    def __init__(self, network: Classifier, head: Head) -> None:
        super().__init__()
        self.network, self.exclusive = network, head.exclusive
        self.register_buffer("slope", torch.from_numpy(head.calibration[0]))
        self.register_buffer("offset", torch.from_numpy(head.calibration[1]))

    def forward(self, pictures: Any) -> Any:
        """Softmax or sigmoid of the calibrated log odds."""
        odds = self.network(pictures) * self.slope + self.offset
        return odds.softmax(dim=1) if self.exclusive else odds.sigmoid()


def check_size(module: Any, spec: str) -> None:
    """Raises ModelError for a network whose weights no ONNX file holds, before it is trained."""
    size = sum(weight.nbytes for weight in module.state_dict().values())
    if size > ONE_FILE:
        raise ModelError(f"{spec}: its weights take {size / 1e9:.1f} GB, and an ONNX file holds {ONE_FILE / 1e9:.1f}")


def write(finished: Finished, sidecar: Sidecar, file: Path, frames: Floats) -> Path:
    """The ONNX file, and its JSON beside it and inside, once ONNX Runtime says of prepared `frames` what PyTorch says.

    Raises ModelError, and leaves what was there before, where it does not, or where PyTorch cannot export it.
    """
    finished = finished.cpu().eval().to(memory_format=torch.contiguous_format)
    part = file.with_name(f"{file.name}.part")
    try:
        _export(finished, torch.from_numpy(frames[:2]), part, _told(sidecar))
        _check_same(finished, frames, part)
        told = _told(replace(sidecar, sha256=sha256(part)))
        part.replace(file)
        file.with_suffix(".json").write_text(told + "\n", encoding="utf-8")
    finally:
        part.unlink(missing_ok=True)
    return file


def _export(finished: Finished, trial: Any, file: Path, about: str) -> None:
    n = torch.export.Dim("n")
    names = {"input_names": ["pictures"], "output_names": ["probability"]}
    try:
        with quiet():
            program = torch.onnx.export(
                finished, (trial,), dynamo=True, dynamic_shapes=({0: n},), **names, verbose=False
            )
        model = program.model_proto
    except Exception as error:  # noqa: BLE001 the exporter raises whatever its many passes do
        raise ModelError(f"not exportable to ONNX: {type(error).__name__}: {one_line(error)}") from None
    _clean(model)
    onnx.helper.set_model_props(model, {"raravis": about})
    onnx.save(model, str(file))


def _clean(model: Any) -> None:
    """Without what the exporter notes of the machine it ran on."""
    for value in [*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        value.ClearField("doc_string")
        value.ClearField("metadata_props")
    model.graph.ClearField("metadata_props")
    for function in model.functions:
        function.ClearField("metadata_props")


def _check_same(finished: Finished, frames: Floats, file: Path) -> None:
    """Raises ModelError unless batches of all frames and of one come out as from PyTorch."""
    with torch.inference_mode():
        wanted = finished(torch.from_numpy(frames)).numpy()
    session = open_session(file)
    for some, rows in ((frames, wanted), (frames[:1], wanted[:1])):
        (got,) = session.run(["probability"], {"pictures": some})
        away = float(np.abs(got - rows).max())
        if not away <= AGREE:
            raise ModelError(f"the exported classifier differs from PyTorch's by {away:.1e} on frames; wanted {AGREE}")


def _told(sidecar: Sidecar) -> str:
    plain, always = Sidecar("", "", 0, 0), ("name", "version", "width", "height", "exclusive")
    told = {name: value for name, value in asdict(sidecar).items() if name in always or value != getattr(plain, name)}
    return json.dumps(told, indent=1, ensure_ascii=False)
