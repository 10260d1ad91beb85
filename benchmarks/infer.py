"""infer against the serial bound 1 / (decode + classify), each measured alone; and its memory as films grow longer.

    RARAVIS_DATA=… python benchmarks/infer.py [--sample every:1/6] [--videos 24] [--repeats 3 (0: none)]
        [--minutes 1 10] [--no-memory]

The bound's loops are those of benchmarks/ingest.py: PyAV alone, ONNX Runtime on batches that are ready, on all cores,
one process each with one thread; so is ours, its processes started beforehand. Runs alternate; median; asked >= 0.85.
Memory is the peak of the whole command on 1080p films, one process: 10 minutes / 1 minute, asked <= 1.2.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from ingest import bare_decode, bare_encode, loaded, wanted
from keyframes import SECONDS, render, repeat
from memory import resident_mb
from onnx import TensorProto, helper

from raravis import flow
from raravis.onnx import find
from raravis.scale.processes import Processes, cores

RATIO, GROWTH = 0.85, 1.2


def classifier(folder: Path) -> Path:
    """MobileNetV2 with its 1,001 classes as probabilities: what `raravis export model` makes, from the data's model."""
    file, sidecar = find(str(Path(os.environ["RARAVIS_DATA"]) / "models" / "mobilenetv2_imagenet_fp32.onnx"))
    model = onnx.load(file)
    model.graph.node.append(helper.make_node("Softmax", ["logits"], ["probability"], axis=1))
    del model.graph.output[:]
    classes = len(sidecar.names)
    model.graph.output.append(helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["n", classes]))
    onnx.save(model, folder / "classifier.onnx")
    told = {name: value for name, value in sidecar.settings().items() if value and name != "dim"}
    told |= {"output": "probability", "names": list(sidecar.names), "task": "classify", "exclusive": True}
    told |= {"threshold": [0.5] * classes}
    (folder / "classifier.json").write_text(json.dumps(told), encoding="utf-8")
    return folder / "classifier.onnx"


def speed(model: Path, sample: str, count: int, repeats: int) -> float:
    """Median of ours / bound on the first videos of the development data."""
    videos = sorted((Path(os.environ["RARAVIS_DATA"]) / "skywatch" / "video").glob("*.mp4"))[:count]
    jobs = [wanted(video, sample, loaded(str(model)).sidecar.short_side) for video in videos]
    with Processes() as processes:
        list(processes(bare_encode, [(str(model), 1)] * 2 * cores()))
        ours(processes, model, videos, sample)  # started, imported, loaded
        ratios = [run(processes, model, videos, sample, jobs) for _ in range(repeats)]
    frames = sum(len(job[1]) for job in jobs)
    ratio = statistics.median(ratios)
    print(f"{sample}: ours / bound {ratio:.2f} (asked >= {RATIO}), {frames} frames, all runs {np.round(ratios, 2)}")
    return ratio


def run(processes: Processes, model: Path, videos: list[Path], sample: str, jobs: list) -> float:
    """Ours / bound of one round of the three measurements."""
    frames = sum(len(job[1]) for job in jobs)
    begun = time.perf_counter()
    assert sum(processes(bare_decode, jobs)) == frames
    decoded = time.perf_counter()
    share = max(frames // (4 * cores()), 1)
    list(processes(bare_encode, [(str(model), share)] * 4 * cores()))
    decode, classify = decoded - begun, (time.perf_counter() - decoded) * frames / (share * 4 * cores())
    took = ours(processes, model, videos, sample)
    ratio = (decode + classify) / took
    print(f"  decode {decode:.2f} s, classify {classify:.2f} s, ours {took:.2f} s: {ratio:.2f}", flush=True)
    return ratio


def ours(processes: Processes, model: Path, videos: list[Path], sample: str) -> float:
    """Seconds from the files to their rows."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        made = flow.infer(model, videos, out=Path(folder) / "rows.jsonl", sample=sample, map=processes)
        assert made.done == len(videos), made
        return time.perf_counter() - begun


def growth(model: Path, minutes: Sequence[int]) -> float:
    """Peak memory on the longest film over that on the shortest."""
    with tempfile.TemporaryDirectory() as folder:
        part = render(Path(folder) / "part.mp4", gop=30)
        films = [repeat(part, Path(folder) / f"{m}.mp4", m * 60 // SECONDS) for m in minutes]
        peaks = [_peak_mb(model, film) for film in films]
    told = ", ".join(f"{m} min {peak:.0f} MB" for m, peak in zip(minutes, peaks, strict=True))
    print(f"memory: {told}: {peaks[-1] / peaks[0]:.2f} (asked <= {GROWTH})")
    return peaks[-1] / peaks[0]


def _peak_mb(model: Path, film: Path) -> float:
    rows = film.with_suffix(".jsonl")
    return resident_mb(["infer", str(model), str(film), "--out", str(rows), "--sample", "every:0.5", "--workers", "1"])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", default="every:1/6")
    parser.add_argument("--videos", type=int, default=24)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--minutes", type=int, nargs=2, default=[1, 10])
    parser.add_argument("--memory", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args(arguments)
    if "RARAVIS_DATA" not in os.environ:
        print("not run: RARAVIS_DATA is unset")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        model = classifier(Path(folder))
        good = not asked.repeats or speed(model, asked.sample, asked.videos, asked.repeats) >= RATIO
        good &= not asked.memory or growth(model, asked.minutes) <= GROWTH
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
