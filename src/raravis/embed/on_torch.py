"""Networks in PyTorch: looked at, run, or written as ONNX. Imported only where one is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from raravis.embed.by_name import Network
from raravis.errors import ModelError
from raravis.onnx import Model, Sidecar
from raravis.onnx.backends import one_line
from raravis.onnx.choice import AGREE, agreement
from raravis.onnx.prepare import prepare, trials
from raravis.onnx.quiet import quiet
from raravis.onnx.torch_device import torch_device
from raravis.types import Floats, Pixels

PICTURES = 128  # a run on a GPU: enough to fill it, and a ViT-L in bfloat16 stays below 8 GB
EXACT = 0.99999  # cosine of what was exported with what was loaded, both in float32
ONE_FILE = 1_800_000_000  # bytes of weights; an ONNX file cannot hold 2 GiB


class OnTorch:
    """A Runner by PyTorch: on a GPU in bfloat16 where vectors stay the same (cosine AGREE), else in float32."""

    def __init__(self, network: Network, spec: str, *, device: str = "cpu", frames: int = 1) -> None:
        self.sidecar = network.sidecar
        self._device = torch_device(device, spec)
        self._module = network.module.to(self._device)
        self.dtype = torch.float32
        self._batch = (8 if self._device.type == "cpu" else PICTURES) // frames * frames or frames
        if self._device.type != "cpu":
            self.take(torch.bfloat16, frames)
        self.runs_by = f"torch {torch.__version__} {device} {str(self.dtype).removeprefix('torch.')}"

    def take(self, dtype: Any, frames: int) -> None:
        """Multiplies in `dtype` from now on, if the vectors of pictures tried agree with float32's."""
        trial = torch.from_numpy(trials(self.sidecar, 4 * frames))
        before = self.run(trial)
        self.dtype = dtype
        if agreement(before, self.run(trial)) < AGREE:
            self.dtype = torch.float32

    def __call__(self, pictures: Sequence[Pixels]) -> Iterator[Floats]:
        """Vectors run by run."""
        for start in range(0, len(pictures), self._batch):
            yield self.run(torch.from_numpy(prepare(self.sidecar, pictures[start : start + self._batch])))

    def run(self, prepared: Any) -> Floats:
        """(n / frames, D) of prepared pictures (n, 3, H, W)."""
        narrow = self.dtype != torch.float32
        with torch.inference_mode(), torch.autocast(self._device.type, self.dtype, enabled=narrow):
            out = self._module(prepared.to(self._device))
        return np.asarray(out.float().cpu().numpy(), np.float32)


class Part(torch.nn.Module):  # type: ignore[misc]  # without PyTorch its types are unknown
    """One method of a model, as a module of its own."""

    def __init__(self, model: Any, method: str) -> None:
        super().__init__()
        self.model, self.method = model, method

    def forward(self, prepared: Any) -> Any:
        """What the method says."""
        return getattr(self.model, self.method)(prepared)


def network(module: Any, sidecar: Sidecar, spec: str, *, frames: int = 1) -> Network:
    """The module with its sidecar, D filled in. Raises ModelError where pictures do not fit, or answers vary."""
    module = module.eval().requires_grad_(False).to(torch.float32)
    trial = torch.from_numpy(trials(sidecar, 2 * frames))
    try:
        with torch.inference_mode(), quiet():
            first, again = module(trial).numpy(), module(trial).numpy()
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        got = f"{2 * frames} pictures of {sidecar.width} x {sidecar.height}"
        raise ModelError(f"{spec}: the network does not take {got}: {one_line(error)}") from None
    if first.ndim != 2 or len(first) != 2:
        raise ModelError(f"{spec}: got an output of shape {first.shape} for 2, wanted (2, D)")
    if agreement(first, again) < EXACT:
        raise ModelError(f"{spec}: answers the same picture differently each time, as networks that mask at random do")
    return Network(module, replace(sidecar, dim=first.shape[1]))


def export(network: Network, folder: Path, *, frames: int = 1) -> str:
    """Writes model.onnx and its sidecar; or writes nothing that is used, and says why not."""
    file, trial = folder / "model.onnx", torch.from_numpy(trials(network.sidecar, 4 * frames))
    with torch.inference_mode():
        wanted = network.module(trial).numpy()
    try:
        _to_onnx(network.module, trial[: 2 * frames], file, frames)
        (folder / "model.json").write_text(_told(network.sidecar, frames), encoding="utf-8")
        model = Model(str(file))
        got = np.concatenate([model.run(part)[0] for part in np.split(trial.numpy(), 4)])
    except Exception as error:  # noqa: BLE001 the exporter raises whatever its many passes do
        return f"not exportable to ONNX: {type(error).__name__}: {one_line(error)}"
    cosine = agreement(wanted, got)
    return "" if cosine >= EXACT else f"not exportable to ONNX: what was exported differs: cosine {cosine:.5f}"


def _to_onnx(module: Any, trial: Any, file: Path, frames: int) -> None:
    size = sum(weight.nbytes for weight in module.state_dict().values())
    n = torch.export.Dim("n")
    with quiet():
        torch.onnx.export(
            module,
            (trial,),
            str(file),
            dynamo=True,
            dynamic_shapes=({0: n * frames if frames > 1 else n},),
            input_names=["pictures"],
            output_names=["vectors"],
            external_data=size > ONE_FILE,
            verbose=False,
        )


def _told(sidecar: Sidecar, frames: int) -> str:
    told = {name: value for name, value in asdict(sidecar).items() if value != getattr(_PLAIN, name)}
    told |= {"name": sidecar.name, "version": sidecar.version, "width": sidecar.width, "height": sidecar.height}
    return json.dumps(told | {"output": "vectors", "batch": -(-8 // frames) * frames}, indent=1)


_PLAIN = Sidecar("", "", 0, 0)
