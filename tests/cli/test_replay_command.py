"""replay at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import update

from raravis.store import Project, schema


def search(raravis: Any) -> None:
    for _ in range(2):
        raravis("ask", "--for", "red", "-k", 4, "--no-ends")
        raravis("label", "--for", "red", "--oracle", "oracle.csv")


def test_a_log_that_holds_is_said_in_one_line(raravis: Any, here: Path) -> None:
    search(raravis)
    assert raravis("replay") == (0, "2 rounds: 2 same\n", "")
    raravis("search", "--for", "red")
    said = "3 rounds: 2 same, 1 not remade\nnot remade, 1: made by search, not by a strategy\n"
    assert raravis("replay", "--for", "red") == (0, said, "")


def test_a_round_that_shows_other_items_is_named_and_the_exit_code_tells(raravis: Any, here: Path) -> None:
    search(raravis)
    with Project.open(here / "raravis-project") as project, project.begin() as c:
        c.execute(update(schema.rounds).where(schema.rounds.c.id == 2).values(ids=[1, 2, 3, 4]))
    code, out, err = raravis("replay")
    assert (code, out) == (1, "2 rounds: 1 same, 1 differs\n")
    assert err.startswith("error: round 2, about red, differs: place 1 showed item ") and err.count("\n") == 1


def test_a_program_reads_every_round(raravis: Any, here: Path) -> None:
    search(raravis)
    told = json.loads(raravis("replay", "--json")[1])["rounds"]
    assert told[0] == {
        "round": 1,
        "concept": "red",
        "strategy": told[0]["strategy"],
        "items": 4,
        "answers": 4,
        "by": ["oracle"],
        "outcome": "same",
        "why": "",
    }
    assert len(told) == 2


def test_nothing_to_replay_is_no_error_and_an_unknown_concept_is(raravis: Any, here: Path) -> None:
    assert raravis("replay") == (0, "0 rounds: nothing to replay\n", "")
    code, out, err = raravis("replay", "--for", "blue")
    assert (code, out) == (1, "") and "unknown concept 'blue'" in err
