"""ingest + sample + detect + embed against the serial bound 1 / (decode + encode), each measured alone.

    RARAVIS_DATA=… python benchmarks/ingest.py [--sample keyframes] [--repeats 5]

Decode and encode are bare loops (PyAV; ONNX Runtime on prepared batches) over the same frames, on all cores, one
process each with one thread; so is ours, its processes started beforehand. Runs alternate; medians. Asked: >= 0.85.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from raravis import flow, plugins
from raravis.media.reader import open_reader
from raravis.onnx import Model
from raravis.scale.processes import Processes, cores
from raravis.store.project import Project

BATCH = 32


def bare_decode(job: tuple[str, tuple[int, ...], bool, int]) -> int:
    """Frames kept: the plain loop that any PyAV user writes."""
    path, wanted, keys_only, side = job
    kept, left = 0, set(wanted)
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.skip_frame = "NONKEY" if keys_only else "NONREF"
        for frame in container.decode(stream):
            if frame.pts in left:
                scale = side / min(frame.width, frame.height)
                size = {"width": round(frame.width * scale), "height": round(frame.height * scale)}
                frame.reformat(**size, format="rgb24").to_ndarray()
                kept += 1
    return kept


def bare_encode(job: tuple[str, int]) -> int:
    """Pictures encoded from batches that are ready."""
    path, count = job
    session = loaded(path).session
    tensor = session.get_inputs()[0]
    name, shape = tensor.name, [size if isinstance(size, int) else BATCH for size in tensor.shape]
    batch = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    for start in range(0, count, BATCH):
        session.run(None, {name: batch[: min(BATCH, count - start)]})
    return count


@functools.lru_cache
def loaded(path: str) -> Model:
    """Once a process, as ours."""
    return Model(path)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", default="every:1/6")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(arguments)
    if "RARAVIS_DATA" not in os.environ:
        print("not run: RARAVIS_DATA is unset")
        return 0
    model = str(Path(os.environ["RARAVIS_DATA"]) / "models" / "mobilenetv2_imagenet_fp32.onnx")
    frames, ratios = measure(model, asked.sample, asked.repeats)
    ratio = statistics.median(ratios)
    print(f"{asked.sample}: ours / limit {ratio:.2f} (asked >= 0.85), {frames} frames, all runs {np.round(ratios, 2)}")
    return 0 if ratio >= 0.85 else 1


def measure(model: str, sample: str, repeats: int) -> tuple[int, list[float]]:
    """Frames, and ours / limit of so many rounds, on the videos of the development data."""
    videos = sorted((Path(os.environ["RARAVIS_DATA"]) / "skywatch" / "video").glob("*.mp4"))
    jobs = [wanted(video, sample, loaded(model).sidecar.short_side) for video in videos]
    frames = sum(len(job[1]) for job in jobs)
    with Processes() as processes:
        list(processes(bare_encode, [(model, 1)] * 2 * cores()))  # started, imported, loaded
        return frames, [run(processes, videos, model, sample, jobs, frames) for _ in range(repeats)]


def wanted(video: Path, sample: str, side: int) -> tuple[str, tuple[int, ...], bool, int]:
    """The frames that our sampler keeps of a video, whether all of them are keyframes, and the side to shrink to."""
    packets = open_reader("video", video).probe().packets
    pts = plugins.make("sample", sample)(packets)
    keys = bool(packets.key[np.searchsorted(packets.pts, pts)].all())
    return str(video), tuple(pts.tolist()), keys, side


def run(processes: Processes, videos: list[Path], model: str, sample: str, jobs: list, frames: int) -> float:
    """Ours ÷ limit of one round of the three measurements."""
    begun = time.perf_counter()
    assert sum(processes(bare_decode, jobs)) == frames
    decoded = time.perf_counter()
    share = frames // (4 * cores())
    list(processes(bare_encode, [(model, share)] * 4 * cores()))
    encoded = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "p", create=True) as project:
        opened = time.perf_counter()
        flow.ingest(project, [videos[0].parent], map=processes)
        flow.sample(project, sample=sample, map=processes)
        flow.detect(project, sample=sample, map=processes)
        flow.embed(project, encoder=f"onnx:{model}", map=processes)
        ours = time.perf_counter() - opened
    decode, encode = decoded - begun, (encoded - decoded) * frames / (share * 4 * cores())
    print(
        f"  decode {decode:.2f} s, encode {encode:.2f} s, ours {ours:.2f} s: {(decode + encode) / ours:.2f}", flush=True
    )
    return (decode + encode) / ours


if __name__ == "__main__":
    sys.exit(main())
