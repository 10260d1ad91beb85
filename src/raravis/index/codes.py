"""Vectors as int8: a quarter of float32 to read. Kept in files that say in their names what they were made from.

A file `scan-START-STOP-DIGEST.i8` holds the rows [START, STOP): codes (n, D) int8, scale (n,) and error (n,) float32.
It is written under another name, flushed and renamed, and never changed: what does not fit is made anew beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError, StoreError
from raravis.types import Floats, Vectors

FORMAT = 1
MANY = 8  # files; from here on growing makes one of them all
CHUNK = 1 << 10  # rows at a time: they stay in the cache
LONGEST = 1.01  # unit length, rounded to float16
SIGN_AND_NUMBER = np.int32(-0x70002000)  # 0x8fffe000: where the 16 bits stand in 32
SAMPLE = 64  # rows whose bytes enter the digest


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Rows [start, start + n): vector = codes * scale, but for a rest no longer than error."""

    start: int
    codes: NDArray[np.int8]  # (n, D)
    scale: Floats  # (n,)
    error: Floats  # (n,) length of vector - codes * scale

    @property
    def stop(self) -> int:
        """The row after the last."""
        return self.start + len(self.scale)


def quantise(rows: NDArray[Any]) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Codes (n, D) in -127..127, scale (n,), error (n,): to the nearest, symmetric about 0, a scale a row."""
    exact = rows.astype(np.float32, copy=False)
    largest = np.abs(exact).max(axis=1, initial=0)
    scale = np.maximum(largest / 127, np.float32(1e-30))
    rounded = np.rint(exact / scale[:, None])
    error = np.linalg.norm(exact - rounded * scale[:, None], axis=1)
    return rounded.astype(np.int8), scale, error.astype(np.float32)


def widened(rows: NDArray[Any]) -> Floats:
    """The rows as float32. Finite float16 is shifted into place, eight times as fast as NumPy's cast."""
    if rows.dtype != np.float16:
        return rows.astype(np.float32)
    bits = rows.view(np.int16).astype(np.int32) << 13  # the sign fills what is above: masked off
    numbers = (bits & SIGN_AND_NUMBER).view(np.float32)
    numbers *= np.float32(2.0**112)  # 127 - 15: what the exponents of the two count from
    return numbers


def in_memory(vectors: Vectors) -> list[Codes]:
    """All rows, quantised now."""
    return [_held(vectors, 0)]


def in_folder(vectors: Vectors, folder: Path) -> list[Codes]:
    """All rows, memory-mapped; rows that no file fits are quantised into a new one, files that fit none removed."""
    kept = _leading(vectors, folder)
    start = kept[-1].stop if kept else 0
    if start < len(vectors):
        kept = kept if len(kept) < MANY else []
        kept.append(_made(vectors, kept[-1].stop if kept else 0, folder))
    _sweep(folder, {_name(vectors, codes.start, codes.stop) for codes in kept})
    return kept


def _held(vectors: Vectors, start: int) -> Codes:
    data = vectors.data[start:]
    parts = list(_quantised(data)) or [quantise(data)]  # no rows: empty codes of the right shape
    codes, scale, error = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Codes(start, codes, scale, error)


def _quantised(data: NDArray[Any]) -> Iterator[tuple[NDArray[np.int8], Floats, Floats]]:
    for start in range(0, len(data), CHUNK):
        rows = widened(data[start : start + CHUNK])
        length = np.linalg.norm(rows, axis=1)
        if len(bad := np.flatnonzero(~(length <= LONGEST))):
            raise InputError(f"vector {start + bad[0]}: got length {length[bad[0]]:.4g}, wanted 1; encode it again")
        yield quantise(rows)


def _leading(vectors: Vectors, folder: Path) -> list[Codes]:
    found: list[Codes] = []
    while codes := _next(vectors, found[-1].stop if found else 0, folder):
        found.append(codes)
    return found


def _next(vectors: Vectors, start: int, folder: Path) -> Codes | None:
    names = (file.name.split("-") for file in folder.glob(f"scan-{start}-*-*.i8"))
    stops = sorted({int(name[2]) for name in names if name[2].isdecimal()}, reverse=True)
    for stop in stops:
        if start < stop <= len(vectors):
            file = folder / _name(vectors, start, stop)
            if codes := _opened(file, start, stop, vectors.data.shape[1]):
                return codes
    return None


def _opened(file: Path, start: int, stop: int, dim: int) -> Codes | None:
    n = stop - start
    with contextlib.suppress(OSError):  # missing, or swept meanwhile
        if file.stat().st_size == n * (dim + 8):
            raw = np.memmap(file, np.uint8, mode="r")
            codes, floats = raw[: n * dim].view(np.int8), np.frombuffer(raw[n * dim :].tobytes(), np.float32)
            return Codes(start, codes.reshape(n, dim), floats[:n], floats[n:])
    return None


def _made(vectors: Vectors, start: int, folder: Path) -> Codes:
    stop, dim = len(vectors), vectors.data.shape[1]
    file = folder / _name(vectors, start, stop)
    part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(part, vectors.data[start:])
        part.replace(file)
    except OSError as error:
        if not file.exists():  # Windows refuses when another process has made, and holds, the same file
            raise StoreError(
                f"{folder}: cannot keep the scan cache: {error.strerror}; make room or let it be written"
            ) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return _opened(file, start, stop, dim) or _held(vectors, start)  # swept by one who knows of fewer vectors


def _write(file: Path, data: NDArray[Any]) -> None:
    floats: list[tuple[Floats, Floats]] = []
    with file.open("wb") as stream:
        for codes, scale, error in _quantised(data):
            stream.write(codes.tobytes())
            floats.append((scale, error))
        for column in zip(*floats, strict=True):
            stream.write(np.concatenate(column).tobytes())
        stream.flush()
        os.fsync(stream.fileno())


def _name(vectors: Vectors, start: int, stop: int) -> str:
    """Which rows, and a digest of their ids, the encoder and a sample of the numbers: vectors never change in place."""
    said = hashlib.sha256(f"{FORMAT} {vectors.encoder} {vectors.data.shape[1]}".encode())
    said.update(vectors.ids[start:stop].tobytes())
    sample = np.linspace(start, stop - 1, min(SAMPLE, stop - start)).astype(np.int64)
    said.update(vectors.data[sample].tobytes())
    return f"scan-{start}-{stop}-{said.hexdigest()[:16]}.i8"


def _sweep(folder: Path, used: set[str]) -> None:
    """Removes files of no more use, as far as the system lets go of them."""
    old = [file for file in folder.glob("scan-*.i8") if file.name not in used]
    for file in [*old, *folder.glob("scan-*.part")]:
        with contextlib.suppress(OSError):
            if file in old or time.time() - file.stat().st_mtime > 3600:  # another process may be writing a part
                file.unlink()
