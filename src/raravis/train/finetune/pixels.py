"""Pictures decoded once, kept at training size in a file that is mapped into memory: epochs read, they never decode."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.onnx import Sidecar
from raravis.onnx.prepare import prepare
from raravis.train.labelled import Labelled
from raravis.types import Ints, Pixels

SPARE = 500_000_000  # bytes that stay free on the disk


@dataclass(frozen=True, eq=False)
class Kept:
    """The pictures of m rows, those that could be read, as they lie on a network's input."""

    rows: Ints  # (m,) of the data
    place: Ints  # (m,) in the file
    file: NDArray[np.uint8]  # (M, height, width, 3) mapped

    def __len__(self) -> int:
        return len(self.rows)

    def pixels(self, which: Ints) -> Pixels:
        """(b, height, width, 3) of these of the m, in memory."""
        return np.asarray(self.file[self.place[which]])


def kept(
    stem: Path, data: Labelled, rows: Ints, sidecar: Sidecar, *, room: float, tell: Callable[[int, int], None]
) -> Kept:
    """The pictures of `rows`, `room` times the input's side; from the file of this name where it was finished.

    Raises InputError where the disk has no room for them.
    """
    file, told = stem.with_suffix(".npy"), stem.with_suffix(".json")  # which were read is told once the file is whole
    if not told.exists():
        read = _written(file, data, rows, enlarged(sidecar, room), tell)
        told.write_text(json.dumps(read), encoding="utf-8")
    place = np.array(json.loads(told.read_text(encoding="utf-8")), np.int64)
    return Kept(rows[place], place, np.load(file, mmap_mode="r"))


def enlarged(sidecar: Sidecar, room: float) -> Sidecar:
    """An input whose sides are so many times larger; where there is room around, a cut picture is cut less."""
    width, height = round(sidecar.width * room), round(sidecar.height * room)
    return replace(sidecar, width=width, height=height, crop=1.0 if room > 1 else sidecar.crop)


def _written(file: Path, data: Labelled, rows: Ints, sidecar: Sidecar, tell: Callable[[int, int], None]) -> list[int]:
    """Which of the rows could be read, rising; their pictures lie in the file."""
    shape = (len(rows), sidecar.height, sidecar.width, 3)
    _check_room(file.parent, shape)
    pixels = np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=shape)
    of_row = {int(row): place for place, row in enumerate(rows)}
    read = []
    for row, rgb in data.pictures(rows):
        pixels[of_row[row]] = placed(sidecar, rgb)
        read.append(of_row[row])
        tell(len(read), len(rows))
    pixels.flush()
    return sorted(read)


def placed(sidecar: Sidecar, rgb: Pixels) -> Pixels:
    """(height, width, 3) as it lies on the input, before any arithmetic."""
    plain = replace(sidecar, layout="NHWC", divide=1.0, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    return np.asarray(prepare(plain, [rgb])[0], np.uint8)


def _check_room(folder: Path, shape: tuple[int, ...]) -> None:
    wanted, free = int(np.prod(shape)), shutil.disk_usage(folder).free - SPARE
    if wanted > free:
        told = f"{shape[0]:,} pictures of {shape[2]} x {shape[1]} take {wanted / 1e9:.1f} GB"
        raise InputError(f"{folder}: {told}, {max(free, 0) / 1e9:.1f} GB are free; name a folder with room")
