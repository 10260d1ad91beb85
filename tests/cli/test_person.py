"""A person at the terminal: keys become answers, a sheet at a time."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest

from raravis.cli.person import HELP, Person
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


def test_each_look_after_the_first_says_how_much_was_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers("yyzuy\nq", 30, tmp_path, monkeypatch)  # yes, can't tell in place of a yes, yes, 21 no
    first, second = (line for line in capsys.readouterr().err.splitlines() if "Is it red?" in line)
    assert "Is it red? Look at " in first
    assert "Is it red? 24 answered, 2 yes. Look at " in second


def test_an_unknown_key_shows_the_keys_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("yzyq", 2, tmp_path, monkeypatch) == [(0, 1), (0, None), (0, 1)]
    assert capsys.readouterr().err.count(HELP) == 1
    assert answers("xyq", 2, tmp_path, monkeypatch) == [(0, 1)]
    assert capsys.readouterr().err.count(HELP) == 2


def test_the_end_of_a_look_promises_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers("y\n", 1, tmp_path, monkeypatch)
    assert "Enter to finish this look, z to undo, q to stop: " in capsys.readouterr().err


@pytest.mark.parametrize(("keys", "times"), [("", 1), ("x", 1), ("yz", 1), ("y", 0), ("q", 0), ("\n", 0)])
def test_only_input_that_ends_before_any_answer_counts_as_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keys: str, times: int
) -> None:
    answers(keys, 30, tmp_path, monkeypatch)
    assert capsys.readouterr().err.count("nobody answered: ") == times
