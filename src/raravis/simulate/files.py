"""The loop with known answers on vectors in a file, without a project."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis import time
from raravis.errors import InputError
from raravis.flow.events import GAP_SECONDS
from raravis.simulate.loop import Truth, simulate
from raravis.simulate.result import Result
from raravis.simulate.specs import STRATEGIES, runners
from raravis.types import VALUES, YES, Floats, Ints, Pool, Vectors

Arrays = dict[str, NDArray[Any]]

NEEDED = ("vectors", "value")
OPTIONAL = ("timeline", "seconds", "event", "examples", "example_sign")


def simulate_vectors(
    path: str | Path, *, strategies: str = STRATEGIES, gap_seconds: float = GAP_SECONDS, **settings: Any
) -> Result:
    """Every strategy's curves on the vectors and answers of an `.npz` file (`read`); settings are those of `simulate`.

    Raises InputError naming the array that is missing or does not fit.
    """
    pool, truth = read(Path(path), gap_seconds=gap_seconds)
    return simulate(pool, truth, **runners(strategies, gap_seconds=gap_seconds), **settings)


def read(path: Path, *, gap_seconds: float = GAP_SECONDS) -> tuple[Pool, Truth]:
    """A pool and its truth from the arrays of an `.npz`; row i of each is the same item.

    `vectors` (N, D), scaled to unit length; `value` (N,) 1, -1 or 0: can't tell. The rest may be missing: `seconds`
    (N,) on `timeline` (N,), numbers or names, one timeline if missing; without seconds every item stands alone.
    `event` (N,) numbers the events of the yes items, -1 for none; if missing, yes items of a timeline at most the gap
    apart are one. `examples` (E, D), with `example_sign` (E,) 1 or -1, 1 if missing.
    """
    held = _arrays(path)
    vectors = _unit(held, "vectors", path)
    n = len(vectors)
    value = _whole(held, "value", n, VALUES, path).astype(np.int8)
    timeline, seconds = _times(held, n, path)
    examples = _unit(held, "examples", path) if "examples" in held else np.zeros((0, vectors.shape[1]), np.float32)
    held.setdefault("example_sign", np.ones(len(examples), np.int8))
    signs = _whole(held, "example_sign", len(examples), (1, -1), path).astype(np.int8)
    pool = Pool(
        Vectors(np.arange(n), vectors, path.name),
        timeline,
        seconds,
        frame=np.arange(n),
        asked=np.zeros(n, bool),
        label=np.zeros(n, np.int8),
        weight=np.zeros(n, np.float32),
        examples=examples,
        example_sign=signs,
    )
    event = _whole(held, "event", n, None, path) if "event" in held else _events(value, timeline, seconds, gap_seconds)
    return pool, _truth(value, event)


def _truth(value: NDArray[np.int8], event: Ints) -> Truth:
    """Each yes item meets the one event whose number it bears."""
    rows = np.flatnonzero((value == YES) & (event >= 0))
    names, number = np.unique(event[rows], return_inverse=True)
    return Truth(value, np.stack([rows, number], axis=1).astype(np.int64), len(names))


def _events(value: NDArray[np.int8], timeline: Ints, seconds: NDArray[np.float64], gap_seconds: float) -> Ints:
    """(N,) a number for each run of yes items of one timeline with no pause over the gap; -1 for the others."""
    rows = np.flatnonzero(value == YES)
    rows = rows[time.order(timeline[rows], seconds[rows])]
    apart = (np.diff(timeline[rows]) != 0) | (np.diff(seconds[rows]) > gap_seconds + 1e-9)
    event = np.full(len(value), -1, np.int64)
    event[rows] = np.append(0, np.cumsum(apart))[: len(rows)]
    return event


def _times(held: Arrays, n: int, path: Path) -> tuple[Ints, NDArray[np.float64]]:
    """Timeline (N,) as numbers, and seconds (N,)."""
    if "seconds" not in held:
        if "timeline" in held:
            raise InputError(f"{path}: got a timeline without seconds; wanted both, or seconds alone, or neither")
        return np.arange(n), np.zeros(n)
    seconds = _of_length(held, "seconds", n, path)
    if seconds.dtype.kind not in "iuf" or not np.isfinite(seconds).all():
        raise InputError(f"{path}: seconds: got {seconds.dtype} with gaps or words in it; wanted finite numbers")
    line = _of_length(held, "timeline", n, path) if "timeline" in held else np.zeros(n)
    return np.unique(line, return_inverse=True)[1].astype(np.int64), seconds.astype(np.float64)


def _arrays(path: Path) -> Arrays:
    try:
        with path.open("rb") as stream, np.load(stream) as file:
            held = {name: file[name] for name in file.files}
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error):  # .npy, objects, damage
        raise InputError(f"{path}: not an .npz of plain arrays; write it with numpy.savez") from None
    missing = [name for name in NEEDED if name not in held]
    strange = [name for name in held if name not in NEEDED + OPTIONAL]
    if missing or strange:
        wanted = f"{', '.join(NEEDED)} and, where known, {', '.join(OPTIONAL)}"
        raise InputError(f"{path}: got the arrays {', '.join(held)}; wanted {wanted}")
    return held


def _unit(held: Arrays, name: str, path: Path) -> Floats:
    """(n, D) rows scaled to unit length."""
    data = held[name]
    if data.ndim != 2 or data.dtype.kind != "f" or data.shape[1] != held["vectors"].shape[-1]:
        raise InputError(f"{path}: {name}: got {data.shape} of {data.dtype}; wanted (n, D) floats, D the same for all")
    data = data.astype(np.float32)
    length = np.linalg.norm(data, axis=1, keepdims=True)
    if len(bad := np.flatnonzero(~((length > 0) & np.isfinite(length)))):
        raise InputError(f"{path}: {name}: row {bad[0]} has length {length[bad[0], 0]}; wanted a direction")
    return np.asarray(data / length, np.float32)


def _whole(held: Arrays, name: str, n: int, values: tuple[int, ...] | None, path: Path) -> Ints:
    """(n,) whole numbers, of `values` alone where given."""
    column = _of_length(held, name, n, path)
    if column.dtype.kind not in "iu" or (values is not None and not np.isin(column, values).all()):
        wanted = "whole numbers" if values is None else f"nothing but {', '.join(map(str, sorted(values)))}"
        raise InputError(f"{path}: {name}: got {column.dtype} such as {column[:3].tolist()}; wanted {wanted}")
    return column.astype(np.int64)


def _of_length(held: Arrays, name: str, n: int, path: Path) -> NDArray[Any]:
    if held[name].shape != (n,):
        raise InputError(f"{path}: {name}: got the shape {held[name].shape}; wanted ({n},), one a row")
    return held[name]
