"""What the teacher says of many views of every picture, worked out once: crops, flips, colours, mixtures.

Teacher and student see the same view ("patient and consistent" teaching, Beyer et al. 2022, arXiv:2106.05237), so a
view may be as strange as we like, and a few thousand pictures go a long way (Asano & Saeed 2023, arXiv:2112.00725).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from pictures import Picture, pictures
from PIL import Image, ImageEnhance, ImageFilter

SIDE = 160  # pixels of the student's input
TEACHER_SIDE = 224
EACH = 12  # views of a picture
WHOLE, MIXED = 0.25, 0.15  # share of views that are the whole picture; that are laid over a view of another
SMALLEST, SMALLEST_OF_LARGE, LARGE = 0.08, 0.02, 300  # share of the area; of pictures of so many pixels a side
AT_ONCE = 16


def make(data: Path, out: Path) -> None:
    """`views.npy` (N, 160, 160, 3) uint8, `teacher.npy` (N, 1280) float16, `scene.npy` (N,), in two processes."""
    out.mkdir(parents=True, exist_ok=True)
    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=_part, args=(data, out, part, workers)) for part in range(workers)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert all(process.exitcode == 0 for process in running), "a worker failed"
    for name in ("views", "teacher", "scene"):
        _join(out, name, workers)


def _join(out: Path, name: str, workers: int) -> None:
    parts = [np.load(out / f"{name}.{part}.npy", mmap_mode="r") for part in range(workers)]
    shape = (sum(len(part) for part in parts), *parts[0].shape[1:])
    whole = np.lib.format.open_memmap(out / f"{name}.npy", mode="w+", dtype=parts[0].dtype, shape=shape)
    np.concatenate(parts, out=whole)
    whole.flush()
    for part in range(workers):
        (out / f"{name}.{part}.npy").unlink()


def _part(data: Path, out: Path, part: int, workers: int) -> None:
    mine = [picture for number, picture in enumerate(pictures(data)) if number % workers == part]
    rng = np.random.default_rng(part)
    teacher = Teacher(data)
    n = len(mine) * EACH
    views = np.lib.format.open_memmap(out / f"views.{part}.npy", mode="w+", dtype=np.uint8, shape=(n, SIDE, SIDE, 3))
    told = np.zeros((n, 1280), np.float16)
    scene = np.repeat([picture.scene for picture in mine], EACH)
    for at, batch in enumerate(_batches(mine, rng)):
        rows = slice(at * AT_ONCE, at * AT_ONCE + len(batch))
        told[rows] = teacher(batch)
        views[rows] = [_sized(view, SIDE) for view in batch]
    views.flush()
    np.save(out / f"teacher.{part}.npy", told)
    np.save(out / f"scene.{part}.npy", scene)


def _batches(mine: list[Picture], rng: np.random.Generator) -> Iterator[list[Any]]:
    batch = []
    for picture in mine:
        for _ in range(EACH):
            view = _view(picture, rng)
            if rng.random() < MIXED:
                view = _mixed(view, _view(mine[rng.integers(len(mine))], rng), rng)
            batch.append(view)
            if len(batch) == AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _view(picture: Picture, rng: np.random.Generator) -> Any:
    image = Image.fromarray(picture.pixels)
    if rng.random() >= WHOLE:
        image = image.crop(_window(image.size, rng))
    image = image.resize((TEACHER_SIDE, TEACHER_SIDE), Image.Resampling.BILINEAR)
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return _coloured(image, rng)


def _window(size: tuple[int, int], rng: np.random.Generator) -> tuple[int, int, int, int]:
    """A window of a random share of the area, spread evenly over its logarithm, up to a third wider or higher."""
    width, height = size
    smallest = SMALLEST_OF_LARGE if min(size) >= LARGE else SMALLEST
    share = np.exp(rng.uniform(np.log(smallest), 0))
    shape = np.exp(rng.uniform(-1, 1) * np.log(4 / 3) / 2)
    w = int(np.clip(round(width * np.sqrt(share) * shape), 1, width))
    h = int(np.clip(round(height * np.sqrt(share) / shape), 1, height))
    x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
    return x, y, x + w, y + h


def _coloured(image: Any, rng: np.random.Generator) -> Any:
    """Half of the views in other light, a tenth without colour, a tenth out of focus."""
    if rng.random() < 0.5:
        for of in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            image = of(image).enhance(float(np.exp(rng.uniform(-0.5, 0.5))))
    if rng.random() < 0.1:
        image = image.convert("L").convert("RGB")
    if rng.random() < 0.1:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 3))))
    return image


def _mixed(view: Any, other: Any, rng: np.random.Generator) -> Any:
    """One laid over the other, or a part of it put in: a small thing in a large frame."""
    if rng.random() < 0.5:
        return Image.blend(view, other, float(rng.uniform(0.2, 0.8)))
    side = int(TEACHER_SIDE * rng.uniform(0.15, 0.7))
    mixed = view.copy()
    mixed.paste(other.resize((side, side)), tuple(int(rng.integers(TEACHER_SIDE - side)) for _ in range(2)))
    return mixed


def _sized(view: Any, side: int) -> Any:
    return np.asarray(view.resize((side, side), Image.Resampling.BILINEAR))


class Teacher:
    """MobileNetV2's pooled features (n, 1280) of views."""

    def __init__(self, data: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(data / "models/mobilenetv2_imagenet_fp32.onnx"), options)

    def __call__(self, views: list[Any]) -> Any:
        """In the order of the views, each of which is a square of 224 pixels."""
        pixels = np.stack([np.asarray(view) for view in views]).transpose(0, 3, 1, 2).astype(np.float32)
        return self.session.run(["embedding"], {"image": (pixels - 128) / 128})[0]


if __name__ == "__main__":
    import sys

    make(Path(os.environ["RARAVIS_DATA"]), Path(sys.argv[1]))
