"""Several files as one zip, written while it is sent: it is nowhere whole, in memory or on disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

CHUNK = 1 << 18
PACKED = (".jpg", ".jpeg", ".png", ".mp4")  # gain nothing from being packed again


class _Out(io.RawIOBase):
    """Holds what was written until it is taken; it cannot go back, and the zip is made accordingly."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        self._at += len(data)
        return len(data)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(files: Sequence[Path], folder: Path) -> Iterator[bytes]:
    """The zip in parts; names count from the folder."""
    out = _Out()
    with zipfile.ZipFile(out, "w") as archive:
        for path in files:
            how = zipfile.ZIP_STORED if path.suffix.lower() in PACKED else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo.from_file(path, path.relative_to(folder).as_posix(), strict_timestamps=False)
            info.compress_type = how
            with path.open("rb") as file, archive.open(info, "w", force_zip64=True) as entry:
                while chunk := file.read(CHUNK):
                    entry.write(chunk)
                    yield out.take()
            yield out.take()
    yield out.take()
