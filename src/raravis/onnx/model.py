"""An ONNX model on one thread, with its sidecar: checked against each other, pictures in, arrays out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from raravis.errors import ModelError
from raravis.onnx.backends import Session, one_line, open_session
from raravis.onnx.choice import fastest
from raravis.onnx.prepare import prepare, trials
from raravis.onnx.sidecar import Sidecar, find, sha256
from raravis.types import Floats, Pixels


class Model:
    """A session on one thread, and its sidecar, which fits it. Raises ModelError where it does not.

    `backend` is one of BACKENDS, or `auto`: the fastest at hand whose first output agrees with ONNX Runtime's, which
    is for encoders; `runs_by` says which it is, and why.
    """

    def __init__(self, path: str, *, device: str = "cpu", backend: str = "onnxruntime") -> None:
        file, self.sidecar = find(path)
        self.path = str(file)
        self.digest = _digest(file, self.sidecar)
        self.runs_by = "onnxruntime" if backend == "auto" else backend
        self.session = open_session(file, device=device, backend=self.runs_by)
        self._input = _only_input(self.session, file)
        self._dtype = _dtype(self._input, file)
        self._check_input()
        self.output, self.output_shape = self._find_output("output")
        self.outputs = [self.output]
        if self.sidecar.boxes:
            name, self.boxes_shape = self._find_output("boxes")
            self.outputs.append(name)
        fixed = self._input.shape[0]
        self.batch: int = fixed if isinstance(fixed, int) else self.sidecar.batch
        self._fixed = isinstance(fixed, int)
        if backend == "auto" and device == "cpu":
            self._take_fastest(file)

    @property
    def id(self) -> str:
        """Name, version and digest of model and sidecar: another one answers differently."""
        return f"{self.sidecar.name}-{self.sidecar.version}-{self.digest}"

    def prepare(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, 3, H, W) or (N, H, W, 3): what the model wants, in its layout, colour order and range."""
        return prepare(self.sidecar, pictures)

    def __call__(self, pictures: Sequence[Pixels]) -> Iterator[Floats]:
        """The output run by run, so that only `batch` prepared pictures are held at a time."""
        return (first for first, *_ in self.runs(pictures))

    def runs(self, pictures: Sequence[Pixels]) -> Iterator[tuple[Floats, ...]]:
        """The same with the boxes too, where the sidecar names an output for them."""
        for start in range(0, len(pictures), self.batch):
            yield self.run(self.prepare(pictures[start : start + self.batch]))

    def _take_fastest(self, file: Path) -> None:
        choice = fastest(file, self.digest, self.output, lambda: trials(self.sidecar, self.batch))
        self.runs_by = choice.why
        if choice.backend != "onnxruntime":
            self.session = open_session(file, backend=choice.backend)

    def run(self, prepared: Floats) -> tuple[Floats, ...]:
        """The outputs for at most `batch` prepared pictures."""
        n = len(prepared)
        if self._fixed and n < self.batch:
            prepared = np.concatenate([prepared, np.repeat(prepared[-1:], self.batch - n, axis=0)])
        feed = {self._input.name: prepared.astype(self._dtype, copy=False)}
        try:
            return tuple(np.asarray(out[:n], np.float32) for out in self.session.run(self.outputs, feed))
        except Exception as error:  # noqa: BLE001 the runtimes' own classes share no narrower parent
            raise ModelError(f"{self.path}: failed on {feed[self._input.name].shape}: {one_line(error)}") from None

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

    def _find_output(self, field: str) -> tuple[str, list[Any]]:
        shapes = {out.name: list(out.shape) for out in self.session.get_outputs()}
        name = getattr(self.sidecar, field) or (next(iter(shapes)) if len(shapes) == 1 else "")
        if name not in shapes:
            raise ModelError(f"{self.path}: sidecar field {field!r}: got {name!r}, wanted one of {sorted(shapes)}")
        return name, shapes[name]


def _only_input(session: Session, file: Path) -> Any:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelError(f"{file}: got inputs {[tensor.name for tensor in inputs]}, wanted one that takes pictures")
    return inputs[0]


def _dtype(tensor: Any, file: Path) -> type[np.floating[Any]]:
    known: dict[str, type[np.floating[Any]]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
    if tensor.type not in known:
        raise ModelError(f"{file}: input {tensor.name!r} is {tensor.type}; wanted {' or '.join(known)}")
    return known[tensor.type]


def _digest(file: Path, sidecar: Sidecar) -> str:
    text = json.dumps(sidecar.settings(), sort_keys=True)
    return hashlib.sha256((sha256(file) + text).encode()).hexdigest()[:12]
