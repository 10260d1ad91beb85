"""Which back end runs a model fastest on this machine: measured once, remembered in the cache."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raravis.errors import ModelError
from raravis.onnx import cache
from raravis.onnx.backends import BACKENDS, Session, open_session
from raravis.types import Floats

AGREE = 0.999  # cosine of the worst row; bfloat16 keeps 8 bits, and networks of 12 layers came out above 0.9999
WORTH = 1.05  # times faster: for less, what is exact is taken
SECONDS = 2.0  # of measuring, if two runs of each take no longer


@dataclass(frozen=True)
class Choice:
    """The back end that runs a model here, and why, in words."""

    backend: str
    why: str


def fastest(file: Path, digest: str, output: str, prepared: Callable[[], Floats]) -> Choice:
    """The fastest back end at hand whose rows agree with ONNX Runtime's: each cosine at least AGREE.

    `prepared` gives the batch to measure on, `output` is the model's vector. Without OpenVINO there is nothing to
    measure. The choice is kept by the model's digest, this processor and the libraries' versions.
    """
    if not find_spec("openvino"):
        return Choice("onnxruntime", "onnxruntime: openvino is not installed")
    at = f"backends/{digest}-{_here()}"

    def make(folder: Path) -> None:
        told = asdict(_measured(file, output, prepared()))
        (folder / "choice.json").write_text(json.dumps(told), encoding="utf-8")

    return Choice(**json.loads((cache.kept(at, make) / "choice.json").read_text(encoding="utf-8")))


def _measured(file: Path, output: str, batch: Floats) -> Choice:
    exact = open_session(file)
    try:
        quick = open_session(file, backend="openvino")
        cosine = agreement(*(_run(session, output, batch)() for session in (exact, quick)))
    except (ModelError, RuntimeError) as error:
        return Choice("onnxruntime", f"onnxruntime: {error}")
    return chosen(_rates([_run(session, output, batch) for session in (exact, quick)], len(batch)), cosine)


def chosen(rates: Sequence[float], cosine: float) -> Choice:
    """From pictures/s of each of BACKENDS, and how far the second agrees with the first."""
    seen = ", ".join(f"{name} {rate:.{0 if rate >= 100 else 1}f}" for name, rate in zip(BACKENDS, rates, strict=True))
    told = f"{seen} pictures/s; cosine {cosine:.5f} at worst"
    if not cosine >= AGREE:
        return Choice("onnxruntime", f"onnxruntime, for openvino's vectors differ: {told}, wanted {AGREE}")
    backend = BACKENDS[rates[1] > WORTH * rates[0]]
    return Choice(backend, f"{backend}: {told}")


def agreement(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """The cosine between the rows that agree least; -1 for rows that are zero or not finite."""
    a, b = (rows.reshape(len(rows), math.prod(rows.shape[1:])).astype(np.float64) for rows in (one, other))
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    return float(np.nan_to_num(cosines, nan=-1).min(initial=1))


def _run(session: Session, output: str, batch: Floats) -> Callable[[], NDArray[np.floating]]:
    tensor = session.get_inputs()[0]
    feed = {tensor.name: batch.astype(np.float16 if "float16" in tensor.type else np.float32)}
    return lambda: session.run([output], feed)[0]


def _rates(runs: Sequence[Callable[[], object]], pictures: int) -> list[float]:
    """Pictures a second of each at best: whatever else the machine does only makes runs slower. Turn about."""
    seconds: list[list[float]] = [[] for _ in runs]
    while len(seconds[0]) < 2 or (sum(map(sum, seconds)) < SECONDS and len(seconds[0]) < 20):
        for run, took in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            run()
            took.append(time.perf_counter() - start)
    return [pictures / min(took) for took in seconds]


def _here() -> str:
    told = [version("onnxruntime"), version("openvino"), platform.machine(), _processor()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
