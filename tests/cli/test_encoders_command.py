"""raravis encoders, and what embed says of another encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import media_making as making
import onnx_making
import pytest
from flow_making import refuse_red

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
    raravis("ingest", "yard", "--project", "other", "--workers", "1")
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
    told = "0 classifiers and the vectors of 0 examples over it; every answer stays"
    assert (code, out) == (0, f"toy-1 is gone: 18 vectors (0.0 MB), {told}\n")
    assert raravis("encoders", "remove", NEW_ID)[2].startswith(f"error: {NEW_ID}: is in use; first turn to another")


def test_what_goes_with_a_space_is_counted_and_of_rounds_those_that_could_be_replayed(raravis: Any, here: Path) -> None:
    raravis("search", "--for", "red", "--like", "red.png")
    raravis("ask", "--for", "red")
    raravis("label", "--for", "red", "--oracle", "oracle.csv")
    raravis("train", "--for", "red")
    raravis("embed", "--encoder", NEW, "--workers", "1")
    told = "1 classifier and the vectors of 1 example over it; every answer stays; 1 round can no longer be replayed"
    assert raravis("encoders", "remove", "toy-1")[1] == f"toy-1 is gone: 18 vectors (0.0 MB), {told}\n"


def test_commands_to_copy_name_the_project_where_it_is_not_the_default(raravis: Any, here: Path) -> None:
    _, _, err = raravis("embed", "--encoder", NEW, "--workers", "1")
    assert err.endswith("is kept until: raravis encoders remove toy-1\n")
    (here / "raravis-project").rename(here / "the other")
    raravis("encoders", "use", "toy", "--project", "the other")
    words = ("embed", "--encoder", "pooled:of=toy,frames=3,pool=mean", "--workers", "1", "--project", "the other")
    assert raravis(*words)[2].endswith(
        f'is kept until: raravis encoders remove toy-1 --project "{here / "the other"}"\n'
    )


def test_without_items_there_is_nothing_to_embed_and_no_space(raravis: Any, here: Path) -> None:
    raravis("ingest", "yard", "--project", "other", "--workers", "1")
    code, out, err = raravis("embed", "--project", "other", "--encoder", "toy")
    assert (code, out) == (1, "") and "other: no items yet; run: raravis sample --project" in err
    assert "nothing embedded yet" in raravis("encoders", "--project", "other")[1]


def test_embed_says_how_many_items_failed(raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_red(monkeypatch, "toy: no vector")
    _, out, _ = raravis("embed", "--encoder", NEW, "--workers", "1")
    assert out == f"every item embedded by {NEW_ID}, but for 4 items that failed: raravis status\n"


@pytest.mark.parametrize("words", [("search", "--like", "red.png"), ("ask", "--for", "red"), ("index",)])
def test_what_a_search_cannot_see_is_noted_on_stderr(raravis: Any, here: Path, words: tuple[str, ...]) -> None:
    assert raravis(*words)[2] == ""
    making.still(here / "yard" / "late.png", shade=200)
    for verb in ("ingest", "sample", "detect"):
        raravis(verb, *(["yard"] if verb == "ingest" else []))
    code, _, err = raravis(*words)
    note = "toy-1: 1 item has no vector there, and cannot be found; run: raravis embed --encoder toy\n"
    assert (code, err) == (0, note)


def test_an_encoder_that_embedded_nothing_yet_is_told_how_to(raravis: Any, here: Path) -> None:
    code, _, err = raravis("search", "--like", "red.png", "--encoder", "descriptor")
    told = "nothing is embedded by descriptor yet (spaces there are: toy-1); run: raravis embed --encoder descriptor"
    assert (code, err) == (1, f"error: {told}\n")


@pytest.mark.parametrize("verb", ["use", "remove"])
def test_help_shows_the_default_project_as_elsewhere(raravis: Any, verb: str) -> None:
    assert "[default: raravis-project]" in raravis("encoders", verb, "--help")[1]


def test_the_project_may_be_named_before_the_subcommand_or_after(raravis: Any, here: Path) -> None:
    (here / "raravis-project").rename(here / "p")
    for words in (("--project", "p", "use", "toy"), ("use", "toy", "--project", "p")):
        assert raravis("encoders", *words) == (0, "in use from now on: toy-1\n", "")
    assert raravis("encoders", "use", "toy")[0] == 1 and not (here / "raravis-project").exists()


def test_a_sidecar_is_described_on_stdout_its_guesses_on_stderr(raravis: Any, here: Path) -> None:
    model = onnx_making.mean_colour(here / "colour.onnx")
    code, out, err = raravis("encoders", "describe", model)
    assert code == 0 and json.loads(out)["dim"] == 3 and err


def test_a_model_is_described_by_its_spec_too_and_a_folder_is_called_one(raravis: Any, here: Path) -> None:
    model = onnx_making.mean_colour(here / "colour.onnx")
    assert raravis("encoders", "describe", f"onnx:{model}")[:2] == raravis("encoders", "describe", model)[:2]
    assert raravis("encoders", "describe", "yard")[2] == "error: yard: is a folder; wanted an ONNX model\n"


def test_where_no_sidecar_can_be_written_nothing_is_described(raravis: Any, here: Path) -> None:
    model = onnx_making.mean_colour(here / "colour.onnx")
    code, out, err = raravis("encoders", "describe", model, "--out", "nowhere/colour.json")
    told = f"{Path('nowhere/colour.json')}: there is no folder nowhere; make it, or choose another --out"
    assert (code, out, err) == (1, "", f"error: {told}\n")


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
