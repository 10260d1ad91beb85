"""certify at the command line: the claim printed, a sheet answered with one key, a file verified."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from raravis.cli.glance import HELP, NOBODY, Glance, read, said
from raravis.flow.answers import Chip
from raravis.flow.audits.file import digest
from raravis.types import Item, Place, Source

Raravis = Any


def chips(count: int) -> list[Chip]:
    place = Place("/a.mp4", "a.mp4", "a.mp4")
    source = Source(1, "d", "video", 64, 48, Fraction(1, 1000), 0, 60_000, (place,))
    return [Chip(Item(n, 1, n, n), source, float(n), 0.5, "drawn", Path("none")) for n in range(count)]


def answers(lines: str, count: int, sheets: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None]]:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    return list(Glance("red", "ann", sheets)(chips(count)))


def test_one_key_answers_a_whole_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers("\n", 36, tmp_path, monkeypatch) == [(n, -1) for n in range(36)]
    assert [path.name for path in tmp_path.iterdir()] == ["audit-0001.jpg"]


def test_numbers_name_those_that_show_it_and_are_kept_by_a_second_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answers("1 3?\n\n", 4, tmp_path, monkeypatch) == [(0, 1), (1, -1), (2, 0), (3, -1)]
    assert answers("1\n2\n\n", 2, tmp_path, monkeypatch) == [(0, -1), (1, 1)], "typed anew"


def test_who_stops_leaves_the_sheet_unanswered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers("q\n", 4, tmp_path, monkeypatch) == []
    assert answers("2\nq\n", 4, tmp_path, monkeypatch) == []
    assert answers("\nq\n", 40, tmp_path, monkeypatch) == [(n, -1) for n in range(36)]


def test_input_that_ends_at_once_is_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("", 4, tmp_path, monkeypatch) == []
    assert NOBODY in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("2", [-1, 1, -1, -1]),
        ("1,3", [1, -1, 1, -1]),
        ("2-4", [-1, 1, 1, 1]),
        ("1-2? 4", [0, 0, -1, 1]),
        ("5", None),
        ("0", None),
        ("3-2", None),
        ("x", None),
        ("1 -2", None),
    ],
)
def test_a_line_is_read(line: str, values: list[int] | None) -> None:
    assert read(line, 4) == values


def test_what_was_understood_is_said() -> None:
    assert said([1, -1, 0, 1, -1]) == "yes: 1 4; can't tell: 3; no: the other 2"


def test_a_line_that_cannot_be_read_shows_the_keys_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answers("9\n\n", 2, tmp_path, monkeypatch) == [(0, -1), (1, -1)]
    told = capsys.readouterr().err
    assert "cannot read '9'; wanted numbers from 1 to 2" in told and told.count(HELP) == 2


def test_the_claim_is_printed_first_and_its_file_verified(here: Path, raravis: Raravis) -> None:
    code, out, err = raravis("certify", "red", "--unit", "item", "--recall", "0.5", "--oracle", here / "oracle.csv")
    assert code == 0 and "frames found so far; 18 sampled frames" in err
    assert out.splitlines()[0].startswith("If every answer is right, ")
    file = here / "raravis-project" / "exports" / "red" / "certificate-item.json"
    assert str(file) in out and file.with_suffix(".html").exists()
    code, again, _ = raravis("certify", "--verify", file)
    assert code == 0 and again.splitlines()[0] == out.splitlines()[0]


def test_what_a_file_adds_to_its_claim_is_told_apart_from_what_was_worked_out(here: Path, raravis: Raravis) -> None:
    raravis("certify", "red", "--unit", "item", "--budget", "5", "--oracle", here / "oracle.csv")
    file = here / "raravis-project" / "exports" / "red" / "certificate-item.json"
    made = json.loads(file.read_text())
    made["statement"] = [made["statement"][0], "Nothing was missed."]
    file.write_text(json.dumps({**made, "digest": digest({n: v for n, v in made.items() if n != "digest"})}))
    code, out, _ = raravis("certify", "--verify", file)
    said = out.splitlines()
    assert code == 0 and said[0] == made["statement"][0] and said[1].startswith("worked out again")
    assert said[2:] == [*(f"it assumes: {line}" for line in made["assumptions"]), "the file adds: Nothing was missed."]
    _, told, _ = raravis("certify", "--verify", file, "--json")
    assert json.loads(told)["assumptions"] == made["assumptions"] != []


def test_a_tampered_file_fails_in_one_line(here: Path, raravis: Raravis) -> None:
    raravis("certify", "--for", "red", "--unit", "item", "--recall", "0.5", "--oracle", here / "oracle.csv")
    file = here / "raravis-project" / "exports" / "red" / "certificate-item.json"
    file.write_text(file.read_text().replace('"answer": -1', '"answer": 1', 1))
    code, out, err = raravis("certify", "--verify", file)
    assert (code, out) == (1, "") and len(err.splitlines()) == 1 and "was changed after it was written" in err


def test_json_is_one_line_for_a_program(here: Path, raravis: Raravis) -> None:
    options = ("--unit", "item", "--budget", "0", "--json", "--oracle", here / "oracle.csv")
    code, out, _ = raravis("certify", "red", *options)
    told = json.loads(out)
    assert code == 0 and (told["answers"], told["looks"], told["claim"]["units"]) == (0, 0, 18)
    assert set(told) == {"concept", "statement", "claim", "price", "answers", "looks", "files"}
    code, out, _ = raravis("certify", "--verify", told["files"]["json"], "--json")
    assert code == 0 and json.loads(out)["statement"] == told["statement"]


def test_a_person_answers_sheets(here: Path, raravis: Raravis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n" * 9))
    code, out, err = raravis("certify", "red", "--unit", "item", "--by", "ann")
    assert code == 0 and "Which show red? Look at " in err
    assert out.splitlines()[0] == (
        "If every answer is right, there are no sampled frames of 'red': 0 in 18 sampled frames in 0.00444 hours of "
        "footage, every one looked at."
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((), "wanted one NAME"),
        (("red", "--for", "blue"), "wanted one NAME"),
        (("red", "--recall", "2"), "recall is 2.0; wanted a number between 0 and 1"),
        (("red", "--min-seconds", "1h"), "no footage lasts 3600 s"),
        (("--verify", "none.json"), "none.json: cannot be read"),
    ],
)
def test_bad_input_is_told_in_one_line(here: Path, raravis: Raravis, options: tuple[str, ...], why: str) -> None:
    code, out, err = raravis("certify", *options, "--oracle", here / "oracle.csv")
    assert (code, out) == (1, "") and len(err.splitlines()) == 1 and why in err
