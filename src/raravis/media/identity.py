"""Identity is content: the same bytes are one source, wherever they lie and whatever they are called."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from raravis.errors import MediaError
from raravis.media.folders import frame_files

MIB = 1 << 20
WHOLE_BELOW = 32 * MIB
SPREAD = 18  # the first, the last and 16 between


def digest(path: Path) -> str:
    """Size and 128 bits of BLAKE2b: of all bytes below 32 MiB, else of the first, last and 16 spread MiB.

    A folder of frames: of all names and sizes, and of the content of the first, last and 16 spread files.
    """
    try:
        return _of_folder(path) if path.is_dir() else _of_file(path)
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror or error}") from None


def _of_file(path: Path) -> str:
    size = path.stat().st_size
    content = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        for at in [0] if size < WHOLE_BELOW else _spread(size - MIB):
            file.seek(at)
            content.update(file.read(WHOLE_BELOW if size < WHOLE_BELOW else MIB))
    return f"{size}-{content.hexdigest()}"


def _of_folder(folder: Path) -> str:
    files = frame_files(folder)
    sizes = [file.stat().st_size for file in files]
    content = hashlib.blake2b(digest_size=16)
    for file, size in zip(files, sizes, strict=True):
        content.update(f"{file.name}\0{size}\0".encode("utf-8", "surrogateescape"))
    for row in _spread(len(files) - 1):
        content.update(_of_file(files[row]).encode())
    return f"{sum(sizes)}-{content.hexdigest()}"


def _spread(last: int) -> list[int]:
    return sorted({int(at) for at in np.linspace(0, last, SPREAD)}) if last >= 0 else []
