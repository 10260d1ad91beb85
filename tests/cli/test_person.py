"""A person at the terminal: keys become answers, a sheet at a time."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest

from raravis.cli.person import Person
from raravis.flow.answers import Chip
from raravis.types import Item, Place, Source


def chips(count: int) -> list[Chip]:
    place = Place("/a.mp4", "a.mp4", "a.mp4")
    source = Source(1, "d", "video", 64, 48, Fraction(1, 1000), 0, 60_000, (place,))
    return [Chip(Item(n, 1, n, n), source, float(n), 0.5, "top", Path("none")) for n in range(count)]


def answers(keys: str, count: int, sheets: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None]]:
    monkeypatch.setattr("sys.stdin", io.StringIO(keys))
    return list(Person("red", "ann", sheets)(chips(count)))


def test_more_items_than_a_sheet_holds_come_on_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = answers("\ny\n", 30, tmp_path, monkeypatch)
    assert given == [*((n, -1) for n in range(24)), (24, 1), *((n, -1) for n in range(25, 30))]
    assert len(list(tmp_path.iterdir())) == 2


def test_who_stops_sees_no_further_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers("uzyq", 30, tmp_path, monkeypatch) == [(0, 0), (0, None), (0, 1)]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_round_that_waits_for_nothing_shows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers("", 0, tmp_path, monkeypatch) == [] and list(tmp_path.iterdir()) == []
