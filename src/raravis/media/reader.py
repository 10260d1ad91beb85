"""What every reader gives: a probe, and frames at the times asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from raravis import plugins
from raravis.types import Frame, Ints, Packets, SourceKind


@dataclass(frozen=True, slots=True)
class Probed:
    """What a file says of itself."""

    kind: SourceKind
    width: int  # as shown: rotation applied
    height: int
    time_base: Fraction
    packets: Packets
    captured_at: float | None = None  # seconds since 1970, UTC unless the file names its zone
    problem: str = ""  # damage noticed; "" for none


class Reader(Protocol):
    """Reads one source. Both methods raise MediaError with one line where nothing can be read."""

    problems: list[str]  # what went wrong while frames were read

    def probe(self) -> Probed:
        """Times, size and damage, nearly without decoding."""
        ...

    def frames(self, packets: Packets, pts: Ints | None = None, *, short_side: int | None = None) -> Iterator[Frame]:
        """Frames by rising pts, each once: those at `pts`, or all; what damage took away is missing.

        `short_side`: pixels of the shorter side, aspect kept, never enlarged.
        """
        ...


def open_reader(kind: str, path: Path) -> Reader:
    """The reader that is installed for a kind of source."""
    reader: Reader = plugins.load("media", kind)(path)
    return reader
