"""What runs a model: ONNX Runtime, or OpenVINO where installed; on one thread each, as a process a core is faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from raravis.errors import ModelError
from raravis.onnx.trouble import why_unreadable

BACKENDS = ("onnxruntime", "openvino")


class Tensor(NamedTuple):
    """What a model takes or puts out; sizes left open are names or None."""

    name: str
    shape: Sequence[int | str | None]
    type: str  # such as tensor(float)


class Session(Protocol):
    """A model ready to run, as ONNX Runtime has it."""

    def get_inputs(self) -> Sequence[Tensor]: ...  # noqa: D102
    def get_outputs(self) -> Sequence[Tensor]: ...  # noqa: D102
    def run(self, names: Sequence[str] | None, feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The outputs of these names, in their order; None: all."""


def open_session(file: Path, *, device: str = "cpu", backend: str = "onnxruntime") -> Session:
    """The model in a back end of BACKENDS. Raises ModelError for a file, device or back end that cannot be had."""
    if backend not in BACKENDS:
        raise ModelError(f"{file}: unknown back end {backend!r}; known: auto, {', '.join(BACKENDS)}")
    if backend == "openvino":
        return OpenVino(file, device)
    return _onnxruntime(file, device)


def one_line(error: Exception) -> str:
    """The first 200 characters of what a library says, on one line."""
    return " ".join(str(error).split())[:200]


def _onnxruntime(file: Path, device: str) -> Session:
    providers = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
    if device not in providers:
        raise ModelError(f"unknown device {device!r}; wanted {' or '.join(providers)}")
    provider = providers[device]
    if provider not in ort.get_available_providers():
        raise ModelError(f"device={device} is not offered by the onnxruntime that is installed; wanted device=cpu")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(str(file), options, providers=[provider])
    except Exception as error:  # noqa: BLE001 the runtime's own classes share no narrower parent
        raise ModelError(f"{file}: not a readable ONNX model: {why_unreadable(error)}") from None
    if session.get_providers()[0] != provider:  # the runtime drops to the CPU with no more than a log line
        raise ModelError(f"{file}: {provider} did not start; install its libraries or use device=cpu")
    return session  # type: ignore[no-any-return]


class OpenVino:
    """A Session of OpenVINO's CPU plugin: in bfloat16 where the processor has it, else float32."""

    def __init__(self, file: Path, device: str = "cpu") -> None:
        if device != "cpu":
            raise ModelError(f"cannot run on device {device!r} with backend=openvino; wanted cpu")
        if not find_spec("openvino"):
            raise ModelError(f"{file}: backend=openvino is not installed: pip install 'raravis[openvino]'")
        import openvino

        core = openvino.Core()
        self.precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        how = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": self.precision}
        try:
            self._compiled = core.compile_model(str(file), "CPU", how)
        except RuntimeError as error:
            raise ModelError(f"{file}: OpenVINO cannot read it: {one_line(error)}; use backend=onnxruntime") from None
        self._request = self._compiled.create_infer_request()

    def get_inputs(self) -> list[Tensor]:
        """As ONNX Runtime tells it."""
        return [_tensor(port) for port in self._compiled.inputs]

    def get_outputs(self) -> list[Tensor]:
        """As ONNX Runtime tells it."""
        return [_tensor(port) for port in self._compiled.outputs]

    def run(self, names: Sequence[str] | None, feed: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The outputs of these names, in their order, copied out of the request's own memory."""
        found = self._request.infer(dict(feed))
        wanted = names if names is not None else [port.any_name for port in self._compiled.outputs]
        return [np.array(found[name]) for name in wanted]


def _tensor(port: Any) -> Tensor:
    kinds = {"f32": "float", "f16": "float16", "f64": "double", "i64": "int64", "i32": "int32", "u8": "uint8"}
    kind = port.get_element_type().get_type_name()
    shape = [size.get_length() if size.is_static else None for size in port.get_partial_shape()]
    return Tensor(port.any_name, shape, f"tensor({kinds.get(kind, kind)})")
