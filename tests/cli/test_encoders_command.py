"""raravis encoders, and what embed says of another encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx_making
import pytest

from raravis.store import Project, encoders

NEW = "pooled:of=toy,frames=2,pool=mean"
NEW_ID = "pooled-1-mean2-toy-1"


def in_use(here: Path) -> str | None:
    with Project.open(here / "raravis-project") as project, project.read() as c:
        return encoders.current(c)


def test_spaces_are_listed_with_what_each_holds_and_which_is_in_use(raravis: Any, here: Path) -> None:
    code, out, _ = raravis("encoders")
    assert code == 0 and "toy-1" in out and "complete, in use" in out
    code, out, _ = raravis("encoders", "--json")
    (space,) = json.loads(out)
    told = {name: space[name] for name in ("id", "spec", "dim", "vectors", "failed", "items", "complete", "in_use")}
    assert told == {
        "id": "toy-1",
        "spec": "toy",
        "dim": 28,
        "vectors": 18,
        "failed": 0,
        "items": 18,
        "complete": True,
        "in_use": True,
    }
    assert list(space)[-2:] == ["megabytes", "begun_at"] and space["begun_at"] > 1.7e9


def test_a_project_without_vectors_says_what_to_run(raravis: Any, here: Path) -> None:
    raravis("ingest", "yard", "--project", "other")
    code, out, _ = raravis("encoders", "--project", "other")
    assert (code, out) == (0, "other: nothing embedded yet; run: raravis embed --project other\n")


def test_embed_turns_to_another_encoder_unless_told_not_to(raravis: Any, here: Path) -> None:
    code, out, err = raravis("embed", "--encoder", NEW, "--workers", "1", "--no-switch")
    assert (code, out) == (0, f"every item embedded by {NEW_ID}\n") and "in use" not in err and in_use(here) == "toy-1"
    code, out, err = raravis("embed", "--encoder", NEW, "--workers", "1")
    assert f"in use from now on: {NEW_ID}" in err and in_use(here) == NEW_ID
    assert raravis("embed", "--workers", "1")[1] == f"every item embedded by {NEW_ID}\n"


def test_use_turns_to_a_space_and_remove_deletes_the_other(raravis: Any, here: Path) -> None:
    raravis("embed", "--encoder", NEW, "--workers", "1", "--no-switch")
    assert raravis("encoders", "use", NEW) == (0, f"in use from now on: {NEW_ID}\n", "")
    code, out, _ = raravis("encoders", "remove", "toy-1")
    assert code == 0 and out.startswith("toy-1 is gone: 18 vectors (0.0 MB), 0 classifiers and the vectors of ")
    assert out.endswith("over it; every answer stays, and 0 rounds that can no longer be replayed\n")
    assert raravis("encoders", "remove", NEW_ID)[2].startswith(f"error: {NEW_ID}: is in use; first turn to another")


def test_the_project_may_be_named_before_the_subcommand_or_after(raravis: Any, here: Path) -> None:
    (here / "raravis-project").rename(here / "p")
    for words in (("--project", "p", "use", "toy"), ("use", "toy", "--project", "p")):
        assert raravis("encoders", *words) == (0, "in use from now on: toy-1\n", "")
    assert raravis("encoders", "use", "toy")[0] == 1 and not (here / "raravis-project").exists()


def test_a_sidecar_is_described_on_stdout_its_guesses_on_stderr(raravis: Any, here: Path) -> None:
    model = onnx_making.mean_colour(here / "colour.onnx")
    code, out, err = raravis("encoders", "describe", model)
    assert code == 0 and json.loads(out)["dim"] == 3 and err


def test_a_sidecar_is_written_where_told_and_over_nothing(raravis: Any, here: Path) -> None:
    model = onnx_making.mean_colour(here / "colour.onnx")
    code, out, _ = raravis("encoders", "describe", model, "--out", "colour.json")
    assert code == 0 and out == f"colour.json: a first sidecar for {model}; check what was guessed\n"
    assert raravis("embed", "--encoder", f"onnx:{model}", "--workers", "1")[0] == 0
    before = (here / "colour.json").read_text()
    code, _, err = raravis("encoders", "describe", model, "--out", "colour.json")
    assert code == 1 and err.startswith("error: colour.json: is there already, and is not written over")
    assert (here / "colour.json").read_text() == before


@pytest.mark.parametrize("words", [("use",), ("use", "clip"), ("remove", "clip"), ("describe", "no.onnx"), ("turn",)])
def test_what_cannot_be_done_is_one_line(raravis: Any, here: Path, words: tuple[str, ...]) -> None:
    code, out, err = raravis("encoders", *words)
    assert code == 1 and out == "" and err.startswith("error: ") and err.count("\n") == 1
