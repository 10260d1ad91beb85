"""raravis search, as it is typed: its options, what it prints for people and for programs, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raravis import plugins
from raravis.cli.options import WEIGHTS
from raravis.embed.toy import Toy
from raravis.flow.searching.queries import Weights

DEFAULT = {"like": 1, "text": 1, "unlike": 0.5, "text_not": 0.5}


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy, with names for two of its directions."""
    load = plugins.load

    class Named(Toy):
        names = ("sparrow, house sparrow", "fox")
        directions = np.eye(28, dtype=np.float32)[:2]

    monkeypatch.setattr(plugins, "load", lambda kind, name: Named if name == "toy" else load(kind, name))


def asked(raravis: Any, *arguments: object) -> Any:
    code, out, err = raravis("search", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)["query"]


def test_json_says_what_was_asked_by(raravis: Any, here: Path, named: None) -> None:
    query = asked(
        raravis, "--text", "a house sparrow", "--not", "fox", "--like", "red.png", "--unlike", "item:2", "-k", 3
    )
    assert query == {
        "text": ["a house sparrow"],
        "text_not": ["fox"],
        "like": ["red.png"],
        "unlike": ["item:2"],
        "weights": DEFAULT,
        "classes": {"a house sparrow": ["sparrow, house sparrow"], "fox": ["fox"]},
        "counted": {"like": 1, "text": 1, "unlike": 1, "text_not": 1},
        "k": 3,
    }


def test_which_names_a_text_matched_is_said_on_stderr(raravis: Any, here: Path, named: None) -> None:
    code, out, err = raravis("search", "--text", "sparrow", "--text", "fox", "-k", 2)
    assert code == 0 and out.startswith("Round 1") and len(out.splitlines()) == 4
    assert err.splitlines() == [
        "'sparrow' stands for sparrow; this encoder knows the names of its classes, and cannot read free text",
        "'fox' stands for fox; this encoder knows the names of its classes, and cannot read free text",
    ]


def test_the_weights_that_help_shows_are_those_of_search(raravis: Any, here: Path) -> None:
    assert asked(raravis, "--like", "red.png")["weights"] == DEFAULT == Weights().__dict__
    assert f"[default: {WEIGHTS}]" in " ".join(raravis("search", "--help")[1].split())


def test_weights_that_are_not_named_stay(raravis: Any, here: Path) -> None:
    given = asked(raravis, "--like", "red.png", "--weight", "unlike=0.25, not=2")["weights"]
    assert given == DEFAULT | {"unlike": 0.25, "text_not": 2}


@pytest.mark.parametrize("weights", ["like", "like=", "like=x", "dislike=1", "", "text_not=1", "text=1,,"])
def test_weights_that_mean_nothing_are_refused_with_an_example(raravis: Any, here: Path, weights: str) -> None:
    code, out, err = raravis("search", "--like", "red.png", "--weight", weights)
    assert (code, out) == (1, "") and err == f"error: got {weights!r} as weights; wanted such as {WEIGHTS}\n"


def test_a_kind_that_is_weighed_twice_is_refused(raravis: Any, here: Path) -> None:
    code, out, err = raravis("search", "--like", "red.png", "--weight", "like=1, like=2")
    assert (code, out) == (1, "")
    assert err == "error: got 'like=1, like=2' as weights, one of them twice; wanted each kind once\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--text", "a red thing"], "toy-1 reads no text; embed with one that does"),
        (["--for", "red", "--not", "green"], "toy-1 reads no text; embed with one that does"),
        (["--like", "red.png#0,0,2"], "red.png#0,0,2: got '0,0,2' after the #; wanted x0,y0,x1,y1"),
        (["--like", "red.png#0,0,65,48"], "the box leaves the picture, which is 64x48 pixels"),
        (["--like", "item:999"], "999"),
        (["--like", "item:abc"], "item:abc: item:ID wants the number of an item, and no part"),
        (["--unlike", "item:-1"], "item:-1: item:ID wants the number of an item, and no part"),
        (["--like", "item:2#0.1,0,1,1"], "item:2#0.1,0,1,1: item:ID wants the number of an item, and no part"),
        (["--not", "x", "--weight", "not=-1"], "weight of not: got -1, wanted 0 to 1,000,000"),
        (["--like", "red.png", "--weight", "like=0"], "nothing to search by; the weight of like is 0"),
    ],
)
def test_what_cannot_be_searched_by_is_one_line(raravis: Any, here: Path, arguments: list[str], told: str) -> None:
    code, out, err = raravis("search", *arguments)
    assert (code, out) == (1, "") and told in err and err.count("\n") == 1 and "Traceback" not in err
