"""simulate at the command line: on an oracle, on vectors in a file, on a finished search."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flow_making import Scripted
from pool_making import turn

from raravis import flow
from raravis.store import Project


def vectors(folder: Path) -> Path:
    value = np.array([1] * 4 + [-1] * 16, np.int8)
    np.savez(folder / "v.npz", vectors=turn(*range(0, 80, 4)), value=value, seconds=np.arange(20.0))
    return folder / "v.npz"


def refused(raravis: Any, *arguments: str) -> str:
    code, out, err = raravis("simulate", *arguments)
    assert (code, out) == (1, "") and err.count("\n") == 1
    return str(err)


def test_an_oracle_compares_strategies_by_answers_areas_and_seconds(raravis: Any, here: Path) -> None:
    code, out, _ = raravis("simulate", "--for", "red", "--oracle", "oracle.csv", "--strategies", "top,uniform")
    assert code == 0
    assert "Answers to find so many of the items: median of 10 seeds (quartiles)" in out
    assert "Area under the curve over 18 answers, and seconds a look: medians" in out
    assert [line.split()[0] for line in out.splitlines() if line.startswith(("top", "uniform"))] == [
        "top",
        "uniform",
    ] * 3


def test_vectors_in_a_file_need_no_project(raravis: Any, tmp_path: Path) -> None:
    code, out, err = raravis(
        "simulate", "--vectors", vectors(tmp_path), "--strategies", "top", "--seeds", "3", "--json"
    )
    told = json.loads(out)
    assert (code, err) == (0, "") and len(told["curves"]) == 3
    assert told["summary"]["top"]["items"]["0.95"] <= 10 and set(told["measures"]["top"]) == {
        "items",
        "events",
        "round_seconds",
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.npz"]


def test_noise_is_for_both_directions_unless_one_is_told(raravis: Any, tmp_path: Path) -> None:
    path = vectors(tmp_path)

    def found(*options: str) -> float:
        command = ("simulate", "--vectors", path, "--strategies", "random", "--seeds", "2", "--json", *options)
        return float(json.loads(raravis(*command)[1])["curves"][0]["item_recall"][-1])

    assert (found(), found("--noise", "1"), found("--noise", "1", "--miss-rate", "0")) == (1, 0, 1)
    assert found("--miss-rate", "1") == 0


def test_a_finished_search_is_all_that_is_known(raravis: Any, here: Path) -> None:
    with Project.open(here / "raravis-project") as project:
        flow.ask(project, "red", strategy="random", k=6)
        flow.label(project, "red", Scripted(1, 1, -1, -1, 1, -1))
    command = ("--from", "raravis-project", "--for", "red", "--strategies", "top", "--json")
    code, out, err = raravis("simulate", *command)
    assert code == 0 and err == "6 items were answered; nothing else is asked or counted\n"
    assert all(curve["answers"][-1] == 6 for curve in json.loads(out)["curves"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--for red", "wanted one of --oracle FILE, --vectors FILE or --from PROJECT"),
        ("--for red --oracle oracle.csv --vectors v.npz", "wanted one of --oracle FILE, "),
        ("--oracle oracle.csv", "wanted --for NAME: what is sought"),
        ("--from raravis-project", "wanted --for NAME: what is sought"),
        ("--vectors v.npz --encoder toy", "--encoder is about a project; with --vectors there is none"),
        ("--from raravis-project --for red --ezmode-labels l.csv", "--ezmode-labels goes with --oracle"),
        ("--from raravis-project --for red", "nobody answered anything about 'red'"),
        ("--vectors none.npz", "none.npz: cannot be read"),
        ("--vectors none.npz --noise 2", "0<=x<=1"),
    ],
)
def test_what_does_not_go_together_is_said_in_one_line(raravis: Any, here: Path, options: str, said: str) -> None:
    assert said in refused(raravis, *options.split())
