"""A small collection of real video files in which a rare bird passes now and then, and the truth beside them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from raravis.demo.fliers import COMMON, KINDS, PHASES, RARE, scaled
from raravis.demo.scenes import HEIGHT, PAN, SCENES, WIDTH, Backdrop, backdrop
from raravis.types import Box

FPS = 10
KEYFRAME_SECONDS = 2
CONCEPT = RARE.replace(" ", "-")
_BETWEEN_COMMON = 5.0  # seconds, on average, from one common flier to the next
_SHOWN = 0.4  # the share of a bird that must be in the picture for a person to name it
_HEADER = ("source", "concept", "value", "start_seconds", "end_seconds", "x0", "y0", "x1", "y1")

Film = Iterator[tuple[Image.Image, list[Box]]]


@dataclass(frozen=True, slots=True)
class DemoCollection:
    """The rendered files: videos, their known answers, and pictures of what to look for."""

    videos: list[Path]
    oracle: Path
    examples: list[Path]
    concept: str


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """One passage of a flier: its pictures by phase and the middle of its body, frame by frame."""

    name: str
    first: int  # frame
    path: NDArray[np.float64]  # (n, 2) x, y in pixels
    phases: list[Image.Image]
    beat: int  # phase at the first frame

    def at(self, frame: int) -> tuple[Image.Image, int, int] | None:
        """The picture and where its upper left corner lies, or None when it is not there yet or any more."""
        since = frame - self.first
        if not 0 <= since < len(self.path):
            return None
        picture = self.phases[(self.beat + since * 3) % PHASES]
        x, y = self.path[since]
        return picture, round(x - picture.width / 2), round(y - picture.height / 2)


def render(
    folder: Path, *, seed: int = 0, files: int = 8, seconds: float = 75.0, done: Callable[[Path], None] = lambda _: None
) -> DemoCollection:
    """The collection, written into `folder`: the same files for the same arguments; `done` hears of each video."""
    (folder / "videos").mkdir(parents=True, exist_ok=True)
    counts = _events_per_file(files, seconds, np.random.default_rng([seed, 0]))
    videos, rows = [], []
    for number, count in enumerate(counts):
        rng = np.random.default_rng([seed, 1, number])
        scene = SCENES[number % len(SCENES)]
        video = folder / "videos" / f"{number + 1:02d}-{scene.name}.mp4"
        boxes = encode(video, film(backdrop(scene, rng), round(seconds * FPS), count, rng))
        rows += [_oracle_row(video.name, frame, box) for frame, box in boxes]
        videos.append(video)
        done(video)
    return DemoCollection(videos, _write_oracle(folder / "oracle.csv", rows), _examples(folder, seed), CONCEPT)


def _events_per_file(files: int, seconds: float, rng: np.random.Generator) -> list[int]:
    """About one event in 75 seconds, spread unevenly: of three files or more, one has none."""
    events = max(round(files * seconds / 75), 1)
    chosen = rng.permutation(files)[: files - 1 if files > 2 else files]
    drawn = rng.permutation(np.repeat(chosen, ceil(events / len(chosen)) + 1))[:events]
    return [int(np.sum(drawn == number)) for number in range(files)]


def film(view: Backdrop, frames: int, events: int, rng: np.random.Generator) -> Film:
    """`frames` pictures of the view, and the boxes of the rare birds in each."""
    flights = _flights(frames, events, rng)
    turn, sway = rng.uniform(0, 2 * np.pi), rng.uniform(40, 80) * FPS
    still = lru_cache(maxsize=1)(view.at)  # a slow pan shows one view for several frames
    grain = Image.fromarray(rng.normal(128, 2.0, (HEIGHT + 32, WIDTH + 32)).astype(np.uint8)).convert("RGB")
    for frame in range(frames):
        picture = still(round(PAN * (0.5 + 0.5 * np.sin(turn + 2 * np.pi * frame / sway)))).copy()
        boxes = [box for flight in flights if (box := _paste(picture, flight, frame))]
        yield _developed(picture, grain, frame, turn, rng), boxes


def _developed(
    picture: Image.Image, grain: Image.Image, frame: int, turn: float, rng: np.random.Generator
) -> Image.Image:
    """The picture in the light of the moment, with the sensor's noise."""
    light = 0.93 + 0.10 * np.sin(turn * 3 + frame / (9 * FPS)) + 0.03 * np.sin(turn * 7 + frame / FPS)
    warmth = 0.04 * np.sin(turn * 5 + frame / (13 * FPS))
    table = [np.arange(256) * light * tint for tint in (1 + warmth, 1, 1 - warmth)]
    picture = picture.point(np.clip(np.concatenate(table), 0, 255).astype(int).tolist())
    x, y = (int(v) for v in rng.integers(0, 32, 2))
    return ImageChops.add(picture, grain.crop((x, y, x + WIDTH, y + HEIGHT)), 1, -128)


def _flights(frames: int, events: int, rng: np.random.Generator) -> list[Flight]:
    """Common fliers at random times, the rare ones spread so that no two of them meet, drawn last."""
    common = rng.uniform(-2 * FPS, frames, round(frames / FPS / _BETWEEN_COMMON))
    slots = np.sort(rng.permutation(max(frames // (8 * FPS), events))[:events])
    rare = (slots + rng.uniform(0.05, 0.45, events)) * frames / max(frames // (8 * FPS), events)
    names = [str(name) for name in rng.choice(COMMON, len(common))] + [RARE] * events
    return [_flight(name, int(first), rng) for name, first in zip(names, [*common, *rare], strict=True)]


def _flight(name: str, first: int, rng: np.random.Generator) -> Flight:
    kind = KINDS[name]
    size, flipped = int(rng.integers(*kind.sizes)), bool(rng.random() < 0.5)
    path = PATHS[kind.motion](size, rng)
    if flipped:
        path = path * (-1, 1) + (WIDTH, 0)
    return Flight(
        name, first, path, scaled(name, size, flipped=flipped, tilt=rng.uniform(-8, 14)), int(rng.integers(PHASES))
    )


def _cross(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = np.linspace(0, 1, round(rng.uniform(1.8, 2.8) * FPS))
    wave = rng.uniform(6, 18) * np.sin(2 * np.pi * (rng.uniform(0.5, 1.5) * t + rng.random()))
    y = rng.uniform(0.15, 0.72) * HEIGHT + rng.uniform(-40, 40) * (t - 0.5) + wave
    return np.stack([-size / 2 + t * (WIDTH + size), y], axis=1)


def _rise(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = np.linspace(0, 1, round(rng.uniform(4, 7) * FPS))
    x = rng.uniform(0.1, 0.9) * WIDTH + rng.uniform(-60, 60) * t + 8 * np.sin(9 * t + rng.uniform(0, 6))
    return np.stack([x, HEIGHT + size / 2 - t * (HEIGHT + size)], axis=1)


def _fall(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    path = _rise(size, rng)[::-1]
    return np.stack([path[:, 0] + 25 * np.sin(np.linspace(0, 12, len(path))), path[:, 1]], axis=1)


PATHS: dict[str, Callable[[int, np.random.Generator], NDArray[np.float64]]] = {
    "cross": _cross,
    "rise": _rise,
    "fall": _fall,
}


def _paste(picture: Image.Image, flight: Flight, frame: int) -> Box | None:
    """Paints the flier; the box of what can be seen of it, if it is a rare one and enough can be seen."""
    if (seen := flight.at(frame)) is None:
        return None
    sprite, x, y = seen
    picture.paste(sprite, (x, y), sprite)
    return _seen_box(sprite, x, y) if flight.name == RARE else None


def _seen_box(sprite: Image.Image, x: int, y: int) -> Box | None:
    left, top, right, bottom = sprite.getbbox() or (0, 0, 1, 1)
    x0, x1 = np.clip([x + left, x + right], 0, WIDTH)
    y0, y1 = np.clip([y + top, y + bottom], 0, HEIGHT)
    if (x1 - x0) * (y1 - y0) < _SHOWN * (right - left) * (bottom - top):
        return None
    return float(x0 / WIDTH), float(y0 / HEIGHT), float(x1 / WIDTH), float(y1 / HEIGHT)


def encode(path: Path, pictures: Film) -> list[tuple[int, Box]]:
    """Writes an H.264 mp4 of the pictures; (frame, box) of every box that came with them."""
    truth = []
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "27", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        stream.codec_context.gop_size = KEYFRAME_SECONDS * FPS
        stream.codec_context.thread_count = 1  # the same bytes on any machine
        for number, (picture, boxes) in enumerate(pictures):
            truth += [(number, box) for box in boxes]
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return truth


def _oracle_row(source: str, frame: int, box: Box) -> tuple[object, ...]:
    return source, CONCEPT, 1, frame / FPS, (frame + 1) / FPS, *(round(side, 4) for side in box)


def _write_oracle(path: Path, rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([_HEADER, *rows])
    return path


def _examples(folder: Path, seed: int) -> list[Path]:
    """Two pictures of the rare bird before landscapes that no video shows."""
    paths = []
    for number in range(2):
        rng = np.random.default_rng([seed, 2, number])
        picture = backdrop(SCENES[int(rng.integers(len(SCENES)))], rng).at(PAN // 2)
        sprite = scaled(RARE, 90, flipped=number == 1, tilt=6)[number * 3]
        picture.paste(sprite, (115, 40), sprite)
        paths.append(folder / f"example-{number + 1}.jpg")
        picture.crop((80, 30, 80 + 176, 30 + 132)).save(paths[-1], quality=92)
    return paths
