"""What tiles find that whole frames miss, and what they cost: small aircraft and birds in `skywatch`.

    RARAVIS_DATA=… python benchmarks/small_objects.py [--encoder SPEC] [--detect whole,tiles:2,…] [--work FOLDER]

For each detector: seconds of one core to embed, vectors a frame, average precision of retrieval by frame from one
example (a frame scores as the best of its vectors; the example's own clip is left out; mean over the frames of a clip,
then over clips), and the answers that `simulate` needs to find 90 % of the frames, the median over seeds. A frame is
asked about once, whichever of its boxes made it worth asking: a yes if the middle of a true box lies in it.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from raravis import flow
from raravis.boxes import crop
from raravis.flow.collection import Collection, load
from raravis.flow.embed import known
from raravis.media.reader import open_reader
from raravis.simulate.project import simulate_project
from raravis.store.project import Project
from raravis.types import Box, Floats, Pixels

WIDTH, HEIGHT, RATE = 640, 512, 30
AROUND = 1.5  # side of the square that is the example ÷ the longer side of the true box, as in the data's examples
SHARE = 0.9


@dataclass(frozen=True)
class Sight:
    """One frame with a true box in it; the clip is what it must not find."""

    clip: int
    stream: str
    second: float
    box: Box


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default="onnx:$RARAVIS_DATA/models/mobilenetv2_imagenet_fp32.onnx")
    parser.add_argument("--detect", default="whole,tiles:2,tiles:3,tiles:2+4")
    parser.add_argument("--concepts", default="helicopter,bird")
    parser.add_argument("--strategies", default="top,hunt", help="for simulate; empty: none")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--work", type=Path, help="keeps the projects; seconds are right for those made anew")
    asked = parser.parse_args(arguments)
    if "RARAVIS_DATA" not in os.environ:
        print("not run: RARAVIS_DATA is unset")
        return 0
    data = Path(os.environ["RARAVIS_DATA"]) / "skywatch"
    spec = os.path.expandvars(asked.encoder)
    with tempfile.TemporaryDirectory() as folder:
        work = asked.work or Path(folder)
        oracle = write_oracle(data, work)
        print(f"{asked.encoder}, one frame a second", flush=True)
        for detect in asked.detect.split(","):
            with Project.open(work / detect.replace(":", "-"), create=True) as project:
                seconds = embed(project, data / "video", detect, spec)
                collection = load(project)
                print(f"{detect}: {facts(collection, seconds)}", flush=True)
                for concept in asked.concepts.split(","):
                    print(f"  {concept}: {retrieval(project, collection, data, concept)}", flush=True)
                    if asked.strategies:
                        print(f"    {answers(project, concept, oracle, asked.strategies, asked.seeds)}", flush=True)
    return 0


def embed(project: Project, videos: Path, detect: str, encoder: str) -> float:
    """Seconds of one core that embedding took, decoding and small pictures included."""
    flow.ingest(project, [videos])
    flow.sample(project, sample="every:1")
    flow.detect(project, detect=detect)
    begun = time.process_time()
    flow.embed(project, encoder=encoder)
    return time.process_time() - begun


def facts(collection: Collection, seconds: float) -> str:
    frames, (vectors, dim) = len(np.unique(collection.frame)), collection.vectors.data.shape
    megabytes = vectors / frames * dim * 2 * 3600 / 1e6
    each = vectors / frames
    return f"{seconds:.1f} s, {frames} frames, {each:.0f} vectors a frame, {megabytes:.0f} MB an hour of footage"


def retrieval(project: Project, collection: Collection, data: Path, concept: str) -> str:
    """Average precision from a square cut around the thing, and from its whole frame."""
    sights, encoder = seen(data, concept), known(project, collection.vectors.encoder)
    pictures = [frame_at(data / "video" / sight.stream, sight.second) for sight in sights]
    starts: dict[str, Callable[[Pixels, Box], Pixels]] = {
        "from a crop": lambda rgb, box: crop(rgb, square(box)),
        "from the frame": lambda rgb, _: rgb,
    }
    told = []
    for name, cut in starts.items():
        queries = encoder([cut(rgb, sight.box) for rgb, sight in zip(pictures, sights, strict=True)])
        told.append(f"AP {name} {mean_precision(collection, data, concept, sights, queries):.3f}")
    return ", ".join(told) + f" ({len(sights)} examples, {len({sight.clip for sight in sights})} clips)"


def mean_precision(collection: Collection, data: Path, concept: str, sights: Sequence[Sight], queries: Floats) -> float:
    stream, number, score = by_frame(collection, queries)
    truth = {(row["stream"], int(row["frame"])): row["class"] for row in rows(data, "frames")}
    classes = np.array([truth[name, int(n)] for name, n in zip(stream, number, strict=True)])
    clip = np.array([clip_of(data)[name](int(n)) for name, n in zip(stream, number, strict=True)])
    of_clip: dict[int, list[float]] = defaultdict(list)
    for sight, scores in zip(sights, score, strict=True):
        others = (clip != sight.clip) & (classes != "unknown")
        of_clip[sight.clip].append(average_precision(scores[others], classes[others] == concept))
    return float(np.mean([np.mean(found) for found in of_clip.values()]))


def by_frame(collection: Collection, queries: Floats) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Stream and number (F,) of each frame, and its best score (Q, F)."""
    order = np.argsort(collection.frame, kind="stable")
    first = np.flatnonzero(np.diff(collection.frame[order], prepend=-1))
    score = np.maximum.reduceat((queries @ collection.vectors.data.astype(np.float32).T)[:, order], first, axis=1)
    rows = order[first]
    names = [collection.sources[int(i)].places[0].name for i in collection.table.source_id[rows]]
    return names, np.rint(collection.seconds[rows] * RATE).astype(int), score


def average_precision(scores: np.ndarray, right: np.ndarray) -> float:
    """Mean over the right ones of the share that is right down to each."""
    ranked = right[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def answers(project: Project, concept: str, oracle: Path, strategies: str, seeds: int) -> str:
    budget = 700  # all frames
    result, _ = simulate_project(
        project, concept, oracle, strategies=strategies, seeds=seeds, budget=budget, start="item", target_recall=SHARE
    )
    told = []
    for name in result.strategies():
        reached = [budget if n is None else n for n in result.answers_to(name, "items", SHARE)]
        missed = sum(n == budget for n in reached)
        told.append(f"{name} {median(reached):.0f}" + (f" ({missed} of {seeds} runs never)" if missed else ""))
    return f"answers to {SHARE:.0%} of the frames: " + ", ".join(told)


def seen(data: Path, concept: str) -> list[Sight]:
    """A true box in each whole second of the concept's clips, the largest of its frame."""
    best: dict[tuple[str, int], Box] = {}
    for row in rows(data, "boxes"):
        if row["class"] == concept and int(row["frame"]) % RATE == 0:
            key = (row["stream"], int(row["frame"]))
            best[key] = max(
                best.get(key, (0.0,) * 4), to_box(row), key=lambda box: (box[2] - box[0]) * (box[3] - box[1])
            )
    clips = clip_of(data)
    return [Sight(clips[name](number), name, number / RATE, box) for (name, number), box in best.items()]


def clip_of(data: Path) -> dict[str, Callable[[int], int]]:
    """By stream, the number of the clip that a frame lies in."""
    starts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, row in enumerate(rows(data, "clips")):
        starts[row["stream"]].append((int(row["frame0"]), number))

    def finder(begin: list[tuple[int, int]]) -> Callable[[int], int]:
        return lambda frame: max(pair for pair in begin if pair[0] <= frame)[1]

    return {name: finder(begin) for name, begin in starts.items()}


def frame_at(video: Path, second: float) -> Pixels:
    reader = open_reader("video", video)
    probed = reader.probe()
    at = np.searchsorted(probed.packets.seconds(), second - 1e-6)
    return next(iter(reader.frames(probed.packets, probed.packets.pts[[at]]))).rgb


def square(box: Box) -> Box:
    """A square around the box in pixels of the frame, moved inside it."""
    x0, y0, x1, y1 = box[0] * WIDTH, box[1] * HEIGHT, box[2] * WIDTH, box[3] * HEIGHT
    side = min(AROUND * max(x1 - x0, y1 - y0), HEIGHT)
    left = min(max((x0 + x1 - side) / 2, 0), WIDTH - side)
    top = min(max((y0 + y1 - side) / 2, 0), HEIGHT - side)
    return left / WIDTH, top / HEIGHT, (left + side) / WIDTH, (top + side) / HEIGHT


def write_oracle(data: Path, work: Path) -> Path:
    """The true boxes, frame by frame, as answers; what cannot be told stays as in the data's own file."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / "oracle.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["source", "concept", "value", "start_seconds", "end_seconds", "x0", "y0", "x1", "y1"])
        for row in (row for row in rows(data, "oracle") if row["value"] == "0"):
            out.writerow(row.values())
        for row in rows(data, "boxes"):
            start = int(row["frame"]) / RATE
            out.writerow([row["stream"], row["class"], 1, f"{start:.6f}", f"{start + 1 / RATE:.6f}", *to_box(row)])
    return path


def to_box(row: dict[str, str]) -> Box:
    x, y, w, h = (float(row[name]) for name in "xywh")
    low_x, low_y = max(x, 0) / WIDTH, max(y, 0) / HEIGHT
    return low_x, low_y, min(x + w, WIDTH) / WIDTH, min(y + h, HEIGHT) / HEIGHT


def rows(data: Path, name: str) -> list[dict[str, str]]:
    with (data / "truth" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main())
