"""What a built index says of itself, on disk: one JSON file, written last, which makes what lies beside it count."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from raravis.errors import StoreError

FORMAT = 1
NAME = "manifest.json"
REBUILD = "raravis index --rebuild"
AGAIN = f"build it again: {REBUILD}"


@dataclass(frozen=True, slots=True)
class Effort:
    """What it takes to find the `depth` best: lists looked into, candidates scored in full; what that finds of them."""

    depth: int
    nprobe: int
    over: int  # candidates for each that is wanted
    recall: float  # as measured


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the lists hold, what they were trained on, how hard to search them, and checksums of it all."""

    kind: str
    encoder: str
    dim: int
    rows: int  # ever added; some may be gone
    count: int
    seed: int
    trained_on: int  # rows drawn at random
    trained_at: int  # vectors there were then
    recall: float  # asked for
    efforts: tuple[Effort, ...]
    sample: tuple[tuple[int, int], ...]  # some rows, and the crc32 of their vectors
    ids_crc: int
    bytes: int  # of the lists
    head: int  # bytes of them before the first list: what says where everything is
    head_crc: int
    crc: int


def write(folder: Path, manifest: Manifest) -> None:
    """Keeps it in a folder whose other files are there already, flushed: from here on they count."""
    said = {"format": FORMAT, **asdict(manifest)}
    part, file = folder / f"{NAME}.part", folder / NAME
    with part.open("w", encoding="utf-8") as stream:
        json.dump(said | {"checksum": _checksum(said)}, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    part.rename(file)


def read(folder: Path) -> Manifest:
    """What lies in a folder. Raises StoreError where it cannot be read, or was made by a newer version."""
    file = folder / NAME
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        made_by, checksum = int(said["format"]), said.pop("checksum")
        if made_by > FORMAT:
            raise StoreError(f"{file}: made by a newer raravis (format {made_by}, this one knows {FORMAT}); upgrade")
        if checksum != _checksum(said):
            raise StoreError(f"{file}: is not as it was written; {AGAIN}")
        return _manifest(said)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(f"{file}: cannot be read; {AGAIN}") from None


def _manifest(said: Mapping[str, Any]) -> Manifest:
    known = {field.name: said[field.name] for field in fields(Manifest)}
    known["efforts"] = tuple(Effort(**one) for one in known["efforts"])
    known["sample"] = tuple((int(row), int(crc)) for row, crc in known["sample"])
    return Manifest(**known)


def _checksum(said: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(said, sort_keys=True).encode())
