"""A contact sheet of the surest finds."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from raravis.errors import MediaError
from raravis.flow.inferring.state import Entry
from raravis.formats.overlay import Mark, drawn
from raravis.formats.rows import Row, read
from raravis.formats.sheet import CHIPS, clock, sheet, shrink
from raravis.media.reader import open_reader
from raravis.types import WHOLE, Pixels

SIDE = 480  # pixels of the shorter side read for a chip of 225


def surest(rows: Path, format: str, files: Mapping[str, Entry], out: Path) -> Path | None:
    """The sheet, of at most 24 rows by falling probability; None where no row has a picture to show.

    `files` by source; one that cannot be read any more is left out.
    """
    best = heapq.nlargest(CHIPS, read(rows, format), key=lambda row: row.probability)
    chips = [(row, shrink(picture)) for row in best for picture in _pictures(row, files[row.source])]
    if not chips:
        return None
    told, pictures = zip(*chips, strict=True)
    return sheet(pictures, [_caption(row) for row in told], out, title=f"{len(chips)} surest")


def _pictures(row: Row, file: Entry) -> Iterator[Pixels]:
    """The frame of the surest moment with its box; nothing where it cannot be read."""
    with contextlib.suppress(MediaError):
        reader = open_reader(file.kind, Path(file.path))
        packets = reader.probe().packets
        nearest = packets.pts[np.abs(packets.seconds() - row.at).argmin()]
        for frame in reader.frames(packets, np.array([nearest]), short_side=SIDE):
            yield frame.rgb if row.box == WHOLE else drawn(frame.rgb, [Mark(row.box, row.name, 0)])


def _caption(row: Row) -> str:
    at = f" at {clock(row.at)}" if row.end else ""
    return f"{row.source}{at}\n{row.name}, {row.probability:.0%}"
