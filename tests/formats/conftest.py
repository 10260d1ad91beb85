"""Exports small enough to check by eye."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raravis.formats.export import Export
from raravis.types import Event, Item, Label, Pixels, Place, Source


def source(
    number: int, name: str, *, timeline: str = "", starts_at: float = 0.0, kind: str = "video", seconds: int = 60
) -> Source:
    """192x108, 10 ticks a second, the first frame at pts 5."""
    place = Place(f"/media/{name}", name, timeline or name, starts_at)
    return Source(number, f"digest{number}", kind, 192, 108, Fraction(1, 10), 5, seconds * 10, (place,))  # type: ignore[arg-type]


def pictures(items: Sequence[Item]) -> Iterator[tuple[Item, Pixels]]:
    """Each item's picture is as bright as its id says."""
    for item in sorted(items, key=lambda item: (item.source_id, item.pts)):
        yield item, np.full((108, 192, 3), item.id, np.uint8)


def clip(source: Source, start: float, end: float, path: Path) -> None:
    path.write_text(f"{source.places[0].name} {start:g}..{end:g}")


@pytest.fixture
def make_export() -> Callable[..., Export]:
    """One yes at 10 s of cam01.mp4 (item 1), its event 10..11 s, a no at 20 s (2), a can't tell at 30 s (3)."""

    def make(**changes: Any) -> Export:
        items = {n: Item(n, 1, 5 + 100 * n, 15 + 100 * n) for n in (1, 2, 3)}
        labels = [Label(n, "fox", value, "ann", round_id=7, id=n) for n, value in ((1, 1), (2, -1), (3, 0))]
        fields: dict[str, Any] = {
            "concept": "fox",
            "events": [Event("cam01.mp4", "fox", 10.0, 11.0, (1,), 0.75)],
            "items": items,
            "labels": labels,
            "sources": {1: source(1, "cam01.mp4")},
            "head": None,
            "pictures": pictures,
            "clip": clip,
            "created": "2026-01-02T03:04:05Z",
            "version": "0.1.0",
        }
        return Export(**(fields | changes))

    return make


@pytest.fixture
def make_source() -> Callable[..., Source]:
    return source
