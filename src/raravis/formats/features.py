"""Vectors as plain files: `.npy`, and a JSON list that says row by row which picture each is of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.formats.export import new_file
from raravis.types import Floats


def read(path: Path, paths: Path | None = None) -> tuple[Floats, list[str]]:
    """Vectors (N, D) as they are, and the N names of what they are of.

    `path`: an `.npy` of (N, D) with the JSON list `paths` (default: beside it, of the same name), or a folder of one
    `.npy` of (D,) a picture, named as the picture is, in folders as the pictures are. Raises InputError.
    """
    if path.is_dir():
        files = sorted(path.rglob("*.npy"))
        if not files:
            raise InputError(f"{path}: no .npy file in it; wanted one a picture, or one file of (N, D)")
        return _stacked(files), [file.relative_to(path).with_suffix("").as_posix() for file in files]
    return _rows(path, _listed(paths or path.with_suffix(".json")))


def write(folder: Path, vectors: NDArray[Any], names: Sequence[str]) -> Path:
    """`features.npy` float32 (N, D) and `features.json`, the N names, in a folder; the path of the first."""
    file = folder / "features.npy"
    with new_file(file) as partial:
        out = np.lib.format.open_memmap(partial, "w+", np.float32, vectors.shape)
        for start in range(0, len(vectors), 1 << 14):
            out[start : start + (1 << 14)] = vectors[start : start + (1 << 14)]
        out.flush()
        del out  # Windows renames no file that is mapped
    with new_file(folder / "features.json") as partial:
        partial.write_text(json.dumps(list(names), ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def _rows(path: Path, names: list[str]) -> tuple[Floats, list[str]]:
    data = _array(path)
    if data.ndim != 2 or len(data) != len(names):
        raise InputError(f"{path}: got vectors of shape {data.shape}, wanted ({len(names)}, D): a row a listed path")
    return data, names


def _listed(path: Path) -> list[str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a JSON list of paths: {error}") from None
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise InputError(f"{path}: wanted a JSON list of paths, one a row of the vectors")
    return told


def _stacked(files: Sequence[Path]) -> Floats:
    rows = [_array(file).reshape(-1) for file in files]
    for file, row in zip(files, rows, strict=True):
        if row.shape != rows[0].shape:
            raise InputError(f"{file}: got {len(row)} numbers, wanted {len(rows[0])} as in {PurePath(files[0]).name}")
    return np.stack(rows)


def _array(path: Path) -> Floats:
    try:
        data = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path}: cannot be read as vectors (.npy): {error}") from None
    if data.dtype.kind != "f":
        raise InputError(f"{path}: got numbers of type {data.dtype}, wanted floats")
    return np.asarray(data, np.float32)
