"""search --then and dedup at the terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

# the yard: cam/a.mp4 shows red from 2 s to 5 s of 8, a keyframe a second: items by name and second, as told


def found(raravis: Any, *arguments: str) -> dict[str, Any]:
    code, out, err = raravis("search", *arguments, "--json")
    assert code == 0, err
    return dict(json.loads(out))


def moments(told: dict[str, Any]) -> list[tuple[str, float, float]]:
    return [(row["source"], row["seconds"], row["then"]["seconds"]) for row in told["items"]]


@pytest.fixture
def bare(raravis: Any, here: Path) -> str:
    """The item that shows cam/a.mp4 at 6 s, after the red."""
    told = found(raravis, "--like", "red.png", "-k", "60")
    return next(f"item:{i['item']}" for i in told["items"] if (i["source"], i["seconds"]) == ("cam/a.mp4", 6.0))


def test_red_and_then_none_is_the_end_of_the_event(raravis: Any, bare: str) -> None:
    told = found(raravis, "--like", "red.png", "--then-like", bare, "--within", "3s", "-k", "1")
    ((source, first, second),) = moments(told)
    assert source == "cam/a.mp4" and 2 <= first < 5 <= second <= first + 3
    row = told["items"][0]
    assert row["apart_seconds"] == second - first and row["then"]["source"] == "cam/a.mp4"
    assert told["score"] == "deviations" and told["query"]["then"]["within_seconds"] == 3
    assert {"cosine", "score", "box", "end_seconds"} <= row.keys() and {"cosine", "box"} <= row["then"].keys()


def test_before_is_its_beginning(raravis: Any, bare: str) -> None:
    told = found(raravis, "--like", "red.png", "--then-like", bare, "--before", "--within", "3s", "-k", "1")
    ((_, first, second),) = moments(told)
    assert 2 <= first < 5 and first - 3 <= second < 2


def test_a_table_shows_both_moments_and_the_round_of_the_first_can_be_answered(raravis: Any, bare: str) -> None:
    code, out, err = raravis("search", "--for", "red", "--then-like", bare, "--within", "3s", "-k", "1")
    assert (code, err) == (0, "")
    heading, columns, row = out.splitlines()
    assert heading.startswith("Round ") and columns.split() == [
        *("item", "source", "time", "then", "source", "time", "after", "score")
    ]
    assert row.count("cam/a.mp4") == 2 and re.search(r" \+\d+(\.\d{1,3})? s ", row)
    code, out, err = raravis("label", "--for", "red", "--oracle", "oracle.csv")
    assert (code, out) == (0, "1 answers: 1 yes, 0 no, 0 can't tell\n")


def test_past_the_last_pair_there_are_none_and_that_is_said(raravis: Any, bare: str) -> None:
    code, _, err = raravis("search", "--like", "red.png", "--then-like", bare, "--offset", "99")
    assert code == 0 and "nothing from pair 100 on: " in err


def test_where_nothing_follows_soon_enough_that_is_said(raravis: Any, bare: str) -> None:
    code, _, err = raravis("search", "--like", "red.png", "--then-like", bare, "--within", "0.001s")
    assert (code, err) == (0, "no pairs: nothing lies so close on one timeline\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--within", "5s"], "error: --within and --before say when something follows; say what: --then TEXT"),
        (["--before"], "error: --within and --before say when something follows"),
        (["--then-like", "none.png"], "none.png"),
        (["--then-like", "red.png", "--within", "0"], "error: got 0 s as the time within; wanted above 0 to"),
        (["--then", "fox"], "error: encoder toy-1 reads no text"),
        (["--then-for", "owl"], "owl"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(raravis: Any, here: Path, arguments: list[str], told: str) -> None:
    code, out, err = raravis("search", "--like", "red.png", *arguments)
    assert code != 0 and out == "" and told in err and err.count("\n") == 1


def test_dedup_lists_hides_and_shows_again(raravis: Any, here: Path) -> None:
    code, out, _ = raravis("dedup", "--threshold", "0.999", "--json")
    told = json.loads(out)
    assert code == 0 and told["exact"] and not told["hidden"] and told["others"] > 0
    assert sum(len(group["others"]) for group in told["found"]) == told["others"]
    everything = len(found(raravis, "--like", "red.png", "-k", "99")["items"])
    code, out, _ = raravis("dedup", "--threshold", "0.999", "--hide")
    assert code == 0 and f"{told['others']} of {told['items']} items come after one that says the same" in out
    assert len(found(raravis, "--like", "red.png", "-k", "99")["items"]) == everything - told["others"]
    assert len(found(raravis, "--like", "red.png", "-k", "99", "--duplicates")["items"]) == everything
    code, out, _ = raravis("dedup", "--show")
    assert (code, out) == (0, f"{told['others']} items are shown again\n")
    assert len(found(raravis, "--like", "red.png", "-k", "99")["items"]) == everything


def test_where_nothing_is_twice_there_is_nothing_to_hide(raravis: Any, here: Path) -> None:
    code, out, _ = raravis("dedup", "--within", "0.001s")
    assert code == 0 and out.startswith("0 of ") and out.endswith("in 0 groups; nothing to hide\n")


def test_dedup_prints_a_page_of_groups(raravis: Any, here: Path) -> None:
    told = json.loads(raravis("dedup", "--threshold", "0.999", "--json")[1])
    code, out, _ = raravis("dedup", "--threshold", "0.999", "-k", "1", "--offset", "1")
    assert code == 0 and "could be hidden: --hide" in out and "Groups from 2 on" in out
    assert out.splitlines()[-1].split()[0] == str(told["found"][1]["item"])


def test_within_leaves_out_what_lies_elsewhere(raravis: Any, here: Path) -> None:
    told = json.loads(raravis("dedup", "--threshold", "0.999", "--within", "1s", "--json")[1])
    assert told["elsewhere"] == 0 and told["within_seconds"] == 1
    pairs = [(group, other) for group in told["found"] for other in group["others"]]
    assert pairs and all(other["source"] == group["source"] for group, other in pairs)
    assert all(abs(other["seconds"] - group["seconds"]) <= 1 for group, other in pairs)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--hide", "--show"], "--hide and --show undo one another"),
        (["--threshold", "1.5"], "got 1.5 as the threshold; wanted a cosine"),
        (["--within", "0"], "got 0 s as the time within"),
    ],
)
def test_dedup_refuses_what_makes_no_sense_in_one_line(
    raravis: Any, here: Path, arguments: list[str], told: str
) -> None:
    code, out, err = raravis("dedup", *arguments)
    assert code == 1 and out == "" and told in err and err.count("\n") == 1
