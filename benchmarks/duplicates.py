"""What near-duplicates are at each threshold, and how long it takes to find them.

    RARAVIS_DATA=... python benchmarks/duplicates.py [--work FOLDER] [--items 20000] [--dim 512]

For each data set, encoder and threshold: the share of the items that come after another one; of those the share that
shows another class than what is shown for it (grocery: fine classes), or lies in another clip or file; and how many
classes and clips are left with nothing shown. Then the same within 2 s on one timeline, for film.
At last the seconds that all against all takes for so many made-up vectors, no two alike, which is the longest.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from raravis import flow
from raravis.flow.collection import Collection, load
from raravis.flow.dedup import Found, dedup
from raravis.flow.searching.duplicates import Terms, leaders
from raravis.store.project import Project

ENCODERS = {"builtin": "builtin", "mobilenetv2": "onnx:$RARAVIS_DATA/models/mobilenetv2_imagenet_fp32.onnx"}
SETS = {
    "grocery": ("grocery/images", "keyframes", (0.93, 0.95, 0.97, 0.98, 0.99)),
    "fights": ("fights/video", "every:1", (0.93, 0.95, 0.97, 0.98, 0.99)),
    "skywatch": ("skywatch/video", "every:1/2", (0.97, 0.98, 0.99, 0.995, 0.999)),
}
WITHIN = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", help="folder for the projects, kept; default: made for this run")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--dim", type=int, default=512)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        for name in SETS:
            measure(Path(chosen.work or made) / name, name)
    pace(chosen.items, chosen.dim)


def measure(folder: Path, name: str) -> None:
    data = Path(os.environ["RARAVIS_DATA"])
    media, sampled, thresholds = SETS[name]
    with Project.open(folder, create=True) as project:
        flow.ingest(project, [data / media])
        flow.sample(project, sample=sampled)
        flow.detect(project, sample=sampled)
        for encoder, spec in ENCODERS.items():
            flow.embed(project, encoder=os.path.expandvars(spec))
            held = load(project, os.path.expandvars(spec))
            shows, clip = truth(data, name, held)
            print(f"\n{name}, {encoder}: {len(held)} items\n{'':<14}  behind   other class  other clip  clips unseen")
            for threshold in thresholds:
                tell(f"{threshold:g}", dedup(project, encoder=spec_of(spec), threshold=threshold), held, shows, clip)
            if name != "grocery":
                near = dedup(project, encoder=spec_of(spec), threshold=0.98, within_seconds=WITHIN)
                tell(f"0.98 in {WITHIN:g} s", near, held, shows, clip)


def spec_of(spec: str) -> str:
    return os.path.expandvars(spec)


def truth(data: Path, name: str, held: Collection) -> tuple[Any, Any]:
    """What each row shows, and the clip (or file) that it is of."""
    files = [Path(held.sources[int(i)].places[0].path) for i in held.table.source_id]
    if name == "skywatch":
        with (data / "skywatch" / "truth" / "clips.csv").open(encoding="utf-8") as file:
            clips = list(csv.DictReader(file))
        number = [
            next(
                i for i, clip in enumerate(clips) if Path(clip["stream"]).stem == path.stem and at < float(clip["t1_s"])
            )
            for path, at in zip(files, held.seconds.tolist(), strict=True)
        ]
        return np.array([clips[i]["class"] for i in number]), np.array(number)
    column = "fine" if name == "grocery" else "class"
    with (data / name / "labels.csv").open(encoding="utf-8") as file:
        known = {Path(row["file"]).name: row[column] for row in csv.DictReader(file)}
    return np.array([known[path.name] for path in files]), held.table.source_id


def tell(title: str, found: Found, held: Collection, shows: Any, clip: Any) -> None:
    pairs = [(other, group.shown) for group in found.groups for other in group.others]
    rows = [held.rows(np.array(column, np.int64)) for column in zip(*pairs, strict=True)] if pairs else [[], []]
    away, instead = (np.array(column, np.int64) for column in rows)
    n = max(len(away), 1)
    left = np.setdiff1d(np.arange(len(held)), away)
    unseen = len(np.unique(clip)) - len(np.unique(clip[left]))
    other = (np.sum(shows[away] != shows[instead]) / n, np.sum(clip[away] != clip[instead]) / n)
    print(f"{title:<14}{len(away) / len(held):8.3f}{other[0]:14.3f}{other[1]:12.3f}{unseen:14d}", flush=True)


def pace(items: int, dim: int) -> None:
    data = np.random.default_rng(0).normal(size=(items, dim)).astype(np.float32)
    data /= np.linalg.norm(data, axis=1, keepdims=True)
    none = np.zeros(items, np.int64)
    begun = time.perf_counter()
    leaders(data.astype(np.float16), Terms(0.98, np.arange(items), none, none, 0), lambda done, total: None)
    print(f"\nall against all, {items:,} x {dim}: {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
