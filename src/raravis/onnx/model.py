"""An ONNX model on one thread, with its sidecar: checked against each other, pictures in, arrays out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from raravis.errors import ModelError
from raravis.onnx.fit import fit, resized
from raravis.onnx.sidecar import Sidecar, find, sha256
from raravis.types import Floats, Pixels


class Model:
    """A session on one thread, and its sidecar, which fits it. Raises ModelError where it does not."""

    def __init__(self, path: str, *, device: str = "cpu") -> None:
        file, self.sidecar = find(path)
        self.path = str(file)
        self.digest = _digest(file, self.sidecar)
        self.session = _session(file, device)
        self._input = _only_input(self.session, file)
        self._dtype = _dtype(self._input, file)
        self._check_input()
        self.output, self.output_shape = self._find_output()
        fixed = self._input.shape[0]
        self.batch: int = fixed if isinstance(fixed, int) else self.sidecar.batch
        self._fixed = isinstance(fixed, int)

    @property
    def id(self) -> str:
        """Name, version and digest of model and sidecar: another one answers differently."""
        return f"{self.sidecar.name}-{self.sidecar.version}-{self.digest}"

    def prepare(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, 3, H, W) or (N, H, W, 3): what the model wants, in its layout, colour order and range."""
        side = self.sidecar
        first = side.layout == "NCHW"
        shape = (3, side.height, side.width) if first else (side.height, side.width, 3)
        batch = np.empty((len(pictures), *shape), np.float32)
        for row, rgb in zip(batch, pictures, strict=True):
            placed = self._placed(rgb)[..., :: -1 if side.colour == "BGR" else 1]
            row[:] = placed.transpose(2, 0, 1) if first else placed
        of_channel = (3, 1, 1) if first else (3,)
        mean, std = (np.array(values, np.float64).reshape(of_channel) for values in (side.mean, side.std))
        batch *= (1 / (side.divide * std)).astype(np.float32)
        batch -= (mean / std).astype(np.float32)
        return batch

    def _placed(self, rgb: Pixels) -> Pixels:
        at = fit(self.sidecar, rgb.shape[1], rgb.shape[0])
        small = resized(rgb, at)
        if small.shape[:2] == (self.sidecar.height, self.sidecar.width):
            return small
        canvas = np.full((self.sidecar.height, self.sidecar.width, 3), self.sidecar.fill, np.uint8)
        canvas[at.y : at.y + at.height, at.x : at.x + at.width] = small
        return canvas

    def __call__(self, pictures: Sequence[Pixels]) -> Iterator[Floats]:
        """Outputs run by run, so that only `batch` prepared pictures are held at a time."""
        for start in range(0, len(pictures), self.batch):
            yield self._run(self.prepare(pictures[start : start + self.batch]))

    def _run(self, prepared: Floats) -> Floats:
        n = len(prepared)
        if self._fixed and n < self.batch:
            prepared = np.concatenate([prepared, np.repeat(prepared[-1:], self.batch - n, axis=0)])
        feed = {self._input.name: prepared.astype(self._dtype, copy=False)}
        try:
            return np.asarray(self.session.run([self.output], feed)[0][:n], np.float32)
        except Exception as error:  # noqa: BLE001 as above
            raise ModelError(f"{self.path}: failed on {feed[self._input.name].shape}: {_line(error)}") from None

    def _check_input(self) -> None:
        rows: list[int | str] = ["n", self.sidecar.height, self.sidecar.width]
        rows.insert(1 if self.sidecar.layout == "NCHW" else 3, 3)
        self.check_shape(f"input {self._input.name!r}", rows, self._input.shape)

    def check_shape(self, what: str, wanted: Sequence[int | str], got: Sequence[Any]) -> None:
        """Raises ModelError unless each size is equal, or left open (a name) on one side."""
        sizes = zip(wanted, got, strict=False)
        if len(wanted) == len(got) and all(w == g or not (isinstance(w, int) and isinstance(g, int)) for w, g in sizes):
            return
        shown = [size if size is not None else "?" for size in got]
        raise ModelError(
            f"{self.path}: {what}: want shape {list(wanted)}, got shape {shown}; correct the sidecar or the model"
        )

    def _find_output(self) -> tuple[str, list[Any]]:
        shapes = {out.name: list(out.shape) for out in self.session.get_outputs()}
        name = self.sidecar.output or (next(iter(shapes)) if len(shapes) == 1 else "")
        if name not in shapes:
            raise ModelError(f"{self.path}: sidecar field 'output': got {name!r}, wanted one of {sorted(shapes)}")
        return name, shapes[name]


def _session(file: Path, device: str) -> ort.InferenceSession:
    provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}.get(device)
    if provider not in ort.get_available_providers():
        known = "cpu, or cuda where the installed onnxruntime offers it"
        raise ModelError(f"{file}: cannot run on device {device!r}; wanted {known}")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a process a core beats threads in an operator
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(str(file), options, providers=[provider])
    except Exception as error:  # noqa: BLE001 the runtime's own classes share no narrower parent
        raise ModelError(f"{file}: not a readable ONNX model: {_line(error)}") from None
    if session.get_providers()[0] != provider:  # the runtime drops to the CPU with no more than a log line
        raise ModelError(f"{file}: {provider} did not start; install its libraries or use device=cpu")
    return session


def _only_input(session: ort.InferenceSession, file: Path) -> Any:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelError(f"{file}: got inputs {[tensor.name for tensor in inputs]}, wanted one that takes pictures")
    return inputs[0]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _dtype(tensor: Any, file: Path) -> type[np.floating[Any]]:
    known: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
    if tensor.type not in known:
        raise ModelError(f"{file}: input {tensor.name!r} is {tensor.type}; wanted {' or '.join(known)}")
    return known[tensor.type]


def _digest(file: Path, sidecar: Sidecar) -> str:
    told = dataclasses.replace(sidecar, model="", sha256="", batch=0)
    text = json.dumps(dataclasses.asdict(told), sort_keys=True)
    return hashlib.sha256((sha256(file) + text).encode()).hexdigest()[:12]
