"""`raravis infer`: what a person types and sees; with real classifier files of both forms."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import media_making as making
import numpy as np
import onnx
import onnx_making
import pytest
import red_double
from onnx import helper

from raravis import classify, flow
from raravis.flow.inferring import seeing

Raravis = Callable[..., tuple[int, str, str]]


@pytest.fixture
def red(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any model is the double."""
    monkeypatch.setattr(classify, "open_classifier", red_double.opened)
    seeing.opened.cache_clear()


@pytest.fixture
def yard(tmp_path: Path) -> Path:
    return making.yard(tmp_path / "yard")


def rows(path: Path) -> list[tuple[str, float, float, str]]:
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["source"], row["start"], row["end"], row["class"]) for row in told]


ALONE = ("--workers", 1)  # the double is in this process only
FOUND = [("cam/a.mp4", 2, 4.25, "red"), ("d.png", 0, 0, "red")]


def test_it_says_where_the_rows_are_and_what_became_of_the_files(
    raravis: Raravis, red: None, yard: Path, tmp_path: Path
) -> None:
    (yard / "text.mp4").write_text("no film")
    (yard / "notes.md").touch()
    code, out, errors = raravis("infer", "red.onnx", yard, *ALONE)
    assert (code, out) == (0, f"{tmp_path / 'inferred.jsonl'}: 2 rows; files: 4 done, 1 failed, 1 skipped\n")
    assert errors.splitlines() == [
        "failed: text.mp4: cannot be read as video: Invalid data found when processing input",
        "skipped: 1: not a known video or image suffix: .md",
    ]
    assert rows(tmp_path / "inferred.jsonl") == FOUND
    code, out, _ = raravis("infer", "red.onnx", yard, *ALONE)
    assert code == 0 and out.endswith("2 rows; files: 0 done, 4 known, 1 failed, 1 skipped\n")


def test_to_standard_output_go_rows_alone(raravis: Raravis, red: None, yard: Path, tmp_path: Path) -> None:
    code, out, errors = raravis("infer", "red.onnx", yard, "--out", "-", "--format", "csv", "--workers", 1)
    assert code == 0 and [line.split(",")[0] for line in out.splitlines()] == ["source", "cam/a.mp4", "d.png"]
    assert errors == "standard output: 2 rows; files: 4 done, 0 failed, 0 skipped\n"
    assert not (tmp_path / "inferred.jsonl").exists()


def test_where_every_file_fails_it_ends_with_1(raravis: Raravis, red: None, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    code, _, errors = raravis("infer", "red.onnx", "text.mp4")
    assert code == 1 and errors.splitlines()[-1] == "error: the one file could not be looked at"


def test_ctrl_c_ends_with_130_and_says_that_it_goes_on(
    raravis: Raravis, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "infer", stopped)
    said = "stopped; finished files are in inferred.jsonl; the same command goes on from there\n"
    assert raravis("infer", "red.onnx", yard, *ALONE) == (130, "", said)


def test_rows_of_all_classes_and_rows_of_yes_are_not_mixed(raravis: Raravis, red: None, yard: Path) -> None:
    assert raravis("infer", "red.onnx", yard, "--all", *ALONE)[0] == 0
    code, _, errors = raravis("infer", "red.onnx", yard, *ALONE)
    assert code == 1 and "was made with --all, now threshold [0.5]" in errors


def test_since_takes_dates_and_ages(raravis: Raravis, red: None, yard: Path) -> None:
    long_ago = time.time() - 40 * 86400
    os.utime(yard / "d.png", (long_ago, long_ago))
    for number, since in enumerate(("7d", time.strftime("%Y-%m-%d"), "2020-01-01T12:00")):
        code, out, _ = raravis("infer", "red.onnx", yard, *ALONE, "--since", since, "--out", f"{number}.jsonl")
        assert code == 0 and ("1 older" in out) == (number < 2)
    code, _, errors = raravis("infer", "red.onnx", yard, "--since", "lately")
    assert (
        code == 1 and errors == "error: since: got 'lately'; wanted a date (2026-05-31), a time or an age (24h, 7d)\n"
    )


def test_what_is_drawn_is_said(raravis: Raravis, red: None, yard: Path, tmp_path: Path) -> None:
    options = (*ALONE, "--annotated", "marked", "--sheet", "best.jpg")
    _, out, _ = raravis("infer", "red.onnx", yard, *options)
    assert out.splitlines()[1] == f"the surest: {tmp_path / 'best.jpg'}"
    assert (tmp_path / "marked" / "cam" / "a.mp4").exists() and (tmp_path / "best.jpg").exists()
    _, out, _ = raravis("infer", "red.onnx", yard / "c.png", "--out", "none.csv", "--sheet", "none.jpg")
    assert out.splitlines()[1] == "no sheet: nothing was found"


def test_a_model_that_is_not_there_is_said_in_one_line(raravis: Raravis, yard: Path) -> None:
    code, _, errors = raravis("infer", "nowhere.onnx", yard)
    assert code == 1 and errors.startswith("error: ") and errors.count("\n") == 1 and "nowhere.onnx" in errors


def test_a_classifier_of_pictures_is_run_as_its_json_says(raravis: Raravis, yard: Path, tmp_path: Path) -> None:
    """Yes where red less blue is above -0.06 in the mean: without the red block it is -0.12, with it 0."""
    node = helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0)
    weight = np.float32([[100], [0], [-100]])
    nodes = [
        node,
        helper.make_node("Gemm", ["mean", "weight", "bias"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    constants = [onnx.numpy_helper.from_array(weight, "weight")]
    constants += [onnx.numpy_helper.from_array(np.float32([6]), "bias")]
    inputs, outputs = [onnx_making.tensor("image", ["n", 3, 4, 4])], [onnx_making.tensor("probability", ["n", 1])]
    model = onnx_making.save(tmp_path / "m.onnx", nodes, inputs, outputs, constants)
    onnx_making.sidecar(model, mean=0, dim=None, names=["red"], threshold=[0.5], task="classify")
    for workers in (1, 2):
        code, _, errors = raravis("infer", model, yard, "--out", f"{workers}.jsonl", "--workers", workers)
        assert code == 0, errors
        assert rows(tmp_path / f"{workers}.jsonl") == FOUND


def test_what_a_project_trained_says_the_same_without_it(raravis: Raravis, here: Path) -> None:
    from raravis.store import Project

    raravis("find", "yard", "--for", "red", "--oracle", "oracle.csv", "--encoder", "toy", "--like", "red.png")
    with Project.open(here / "raravis-project") as project:
        flow.export(project, "red", formats=["onnx"], out=here / "taken")
    code, _, errors = raravis("infer", "taken/red/classifier.onnx", "yard", "--workers", 1)
    assert code == 0, errors
    assert rows(here / "inferred.jsonl") == FOUND
