"""How well encoders find pictures of the same thing, on pictures that the trained one has never seen.

    RARAVIS_DATA=... python benchmarks/encoders.py [ENCODER ...] [--seeds 5]

Of `grocery` the val and test splits, of `skywatch` cam07 to cam12, two frames a second and 3 x 3 tiles of each.
products    mean average precision of one-example retrieval over the fine classes (mean over classes)
frames      the same between streams: a frame asks, frames of the other streams answer (mean over four classes)
tiles       the same for tiles that hold the middle of a box
answers     to 90 % of the 20 rarest products, and of the birds in skywatch's frames, with the strategy `top`, from one
            true item: geometric mean over classes of the mean over seeds
like the teacher   share of each picture's ten nearest that the first encoder has among its ten, on surveillance film
            (`fights`), which is unlike anything that was trained on
speed       pictures a second on one core, from decoded pictures; median of alternating runs

Each line also tells the ratio to the first encoder.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from raravis import boxes, plugins
from raravis.detect.tiles import Tiles
from raravis.media.reader import open_reader
from raravis.simulate import Truth, simulate
from raravis.types import Floats, Ints, Pixels, Pool, Vectors

TEACHER = "onnx:$RARAVIS_DATA/models/mobilenetv2_imagenet_fp32.onnx"
CLASSES = ("helicopter", "bird", "drone", "airplane")
STREAMS = tuple(f"cam{number:02d}.mp4" for number in range(7, 13))
RAREST, BUDGET = 20, 400


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures, what each shows ("" where nothing is known), and the stream that it is of."""

    pixels: list[Pixels]
    shows: np.ndarray[Any, Any]  # (N,) of texts
    stream: Ints  # (N,)
    frame: Ints  # (N,)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoders", nargs="*", default=[TEACHER, "builtin", "descriptor"])
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    data = Path(os.environ["RARAVIS_DATA"])
    made = {spec: plugins.make("embed", os.path.expandvars(spec)) for spec in chosen.encoders}
    sets = {"products": grocery(data), "frames": skywatch(data, tiled=False), "tiles": skywatch(data, tiled=True)}
    strange = film(data)
    rows: dict[str, dict[str, float]] = {}
    nearest: list[Ints] = []
    for spec, encoder in made.items():
        vectors = {name: encode(fitted(encoder, pictures), pictures.pixels) for name, pictures in sets.items()}
        rows[spec] = {name: retrieval(vectors[name], pictures) for name, pictures in sets.items()}
        rows[spec]["answers, products"] = answers(vectors["products"], sets["products"], rarest(sets), chosen.seeds)
        rows[spec]["answers, bird"] = answers(vectors["frames"], sets["frames"], ["bird"], chosen.seeds)
        nearest.append(ten_nearest(encode(fitted(encoder, strange), strange.pixels), strange.stream))
        rows[spec]["like the teacher"] = agreement(nearest[0], nearest[-1])
    for spec, speed in speeds({s: fitted(e, sets["products"]) for s, e in made.items()}, sets["products"]).items():
        rows[spec]["pictures/s"] = speed
    show(rows)


def fitted(encoder: Any, pictures: Pictures) -> Any:
    """The encoder; one that learns from the collection has learnt from every fifth picture of it."""
    if not getattr(encoder, "needs_fit", False):
        return encoder
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return encoder.fit(iter(pictures.pixels[::5]), Path(folder) / "learnt.npz")


def grocery(data: Path) -> Pictures:
    """The pictures of the val and test splits, each a stream of its own."""
    rows = [row for row in csv.DictReader((data / "grocery/labels.csv").open()) if row["split"] != "train"]
    pixels = [open_still(data / "grocery/images" / Path(row["file"]).name) for row in rows]
    each = np.arange(len(rows))
    return Pictures(pixels, np.array([row["fine"] for row in rows]), each, each)


def skywatch(data: Path, *, tiled: bool) -> Pictures:
    """Two frames a second of the streams that no training saw, or 3 x 3 tiles of each."""
    held = {(row["stream"], int(row["frame"])): row for row in _table(data, "boxes")}
    truth = {(row["stream"], int(row["frame"])): row["class"] for row in _table(data, "frames")}
    pixels, shows, stream, frame = [], [], [], []
    for number, name in enumerate(STREAMS):
        for at, rgb in frames(data / "skywatch/video" / name, every=15):
            box = held.get((name, at))
            for part in Tiles(3, whole=False).boxes if tiled else [(0.0, 0.0, 1.0, 1.0)]:
                pixels.append(boxes.crop(rgb, tuple(part)))
                seen = not tiled or (box is not None and _inside(part, box, rgb.shape))
                shows.append(truth[name, at] if seen else "")
                stream.append(number)
                frame.append(1000 * number + at)
    return Pictures(pixels, np.array(shows), np.array(stream), np.array(frame))


def film(data: Path) -> Pictures:
    """Three frames of each clip of surveillance film."""
    pixels, stream = [], []
    for number, path in enumerate(sorted((data / "fights/video").rglob("*.*"))):
        shown = list(frames(path, every=1))
        for at in (len(shown) // 6, len(shown) // 2, len(shown) * 5 // 6):
            pixels.append(shown[at][1])
            stream.append(number)
    return Pictures(pixels, np.array([""] * len(pixels)), np.array(stream), np.arange(len(pixels)))


def _table(data: Path, name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader((data / f"skywatch/truth/{name}.csv").open())


def _inside(part: Any, row: dict[str, str], shape: tuple[int, ...]) -> bool:
    x = (float(row["x"]) + float(row["w"]) / 2) / shape[1]
    y = (float(row["y"]) + float(row["h"]) / 2) / shape[0]
    return bool(part[0] <= x < part[2] and part[1] <= y < part[3])


def open_still(path: Path) -> Pixels:
    reader = open_reader("image", path)
    return next(iter(reader.frames(reader.probe().packets))).rgb


def frames(path: Path, *, every: int) -> Iterator[tuple[int, Pixels]]:
    """Number and pixels of every so-manieth frame."""
    reader = open_reader("video", path)
    packets = reader.probe().packets
    shown = reader.frames(packets, packets.pts[::every])
    for number, frame in zip(range(0, len(packets), every), shown, strict=False):
        yield number, frame.rgb


def encode(encoder: Any, pixels: Sequence[Pixels]) -> Floats:
    """(N, D) vectors, sixteen pictures at a time."""
    return np.concatenate([encoder(pixels[at : at + 16]) for at in range(0, len(pixels), 16)])


def retrieval(vectors: Floats, pictures: Pictures) -> float:
    """Mean over classes of the mean average precision of one-example retrieval from the other streams."""
    by_class = []
    known = CLASSES if len(np.unique(pictures.stream)) == len(STREAMS) else sorted(set(pictures.shows.tolist()) - {""})
    for name in known:
        asking = np.flatnonzero(pictures.shows == name)
        found = [average_precision(vectors, pictures, row, name) for row in asking]
        by_class.append(np.nanmean(found) if np.isfinite(found).any() else np.nan)
    return float(np.nanmean(by_class))


def average_precision(vectors: Floats, pictures: Pictures, row: int, name: str) -> float:
    """Of the pictures of other streams, ranked by cosine; nan where none shows it."""
    others = (pictures.stream != pictures.stream[row]) & (pictures.shows != "unknown")
    right = pictures.shows[others] == name
    if not right.any():
        return float("nan")
    order = np.argsort(-(vectors[others] @ vectors[row]), kind="stable")
    hits = right[order]
    return float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean())


def rarest(sets: dict[str, Pictures]) -> list[str]:
    """The products with the fewest pictures."""
    return [name for name, _ in sorted(Counter(sets["products"].shows.tolist()).items(), key=lambda x: x[::-1])][
        :RAREST
    ]


def answers(vectors: Floats, pictures: Pictures, concepts: Sequence[str], seeds: int) -> float:
    """Geometric mean over concepts of the mean answers that `top` needs for 90 % of the pictures."""
    means = []
    for concept in concepts:
        value = np.where(pictures.shows == concept, 1, np.where(pictures.shows == "unknown", 0, -1)).astype(np.int8)
        pool = blank(vectors, pictures)
        truth = Truth(value, np.zeros((0, 2), np.int64), 0)
        run = simulate(pool, truth, {"top": plugins.strategy("top")}, seeds=seeds, budget=BUDGET, target_recall=0.9)
        needed = [
            next((n for n, r in zip(c.answers, c.items.recall(), strict=True) if r >= 0.9), BUDGET) for c in run.curves
        ]
        means.append(np.mean(needed))
    return float(np.exp(np.mean(np.log(means))))


def blank(vectors: Floats, pictures: Pictures) -> Pool:
    """A pool with nothing answered; every picture at its own time."""
    n = len(vectors)
    return Pool(
        Vectors(np.arange(n), vectors, "any"),
        pictures.stream,
        pictures.frame.astype(np.float64),
        np.unique(pictures.frame, return_inverse=True)[1],
        asked=np.zeros(n, bool),
        label=np.zeros(n, np.int8),
        weight=np.zeros(n, np.float32),
    )


def ten_nearest(vectors: Floats, stream: Ints) -> Ints:
    """(N, 10) rows most like each, of other streams."""
    likeness = vectors @ vectors.T
    likeness[stream[:, None] == stream[None]] = -np.inf
    return np.argsort(-likeness, axis=1)[:, :10]


def agreement(first: Ints, second: Ints) -> float:
    """Mean share of the ten that both name."""
    return float(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(first, second, strict=True)]))


def speeds(encoders: dict[str, Any], pictures: Pictures, *, rounds: int = 9) -> dict[str, float]:
    """Pictures a second of each, median of alternating runs over the same 64 decoded pictures."""
    batch = [np.ascontiguousarray(rgb) for rgb in pictures.pixels[:64]]
    took: dict[str, list[float]] = {spec: [] for spec in encoders}
    for _ in range(rounds):
        for spec, encoder in encoders.items():
            begun = time.perf_counter()
            encode(encoder, batch)
            took[spec].append(time.perf_counter() - begun)
    return {spec: len(batch) / float(np.median(times)) for spec, times in took.items()}


def show(rows: dict[str, dict[str, float]]) -> None:
    first = next(iter(rows.values()))
    for spec, row in rows.items():
        print(spec)
        for name, value in row.items():
            print(f"  {name:<20} {value:8.3f}  {value / first[name]:6.2f} of the first")


if __name__ == "__main__":
    main()
