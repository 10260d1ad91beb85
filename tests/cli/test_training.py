"""raravis train and raravis export model, as they are typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import media_making as making
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(20):
        name = "red" if number % 2 else "none"
        making.still(tmp_path / "set" / name / f"{number}.png", red=bool(number % 2), shade=50 + number)
    return tmp_path / "set"


def test_a_folder_is_trained_on_without_a_project(raravis: Any, here: Path, folder: Path) -> None:
    code, out, err = raravis("train", folder, "--encoder", "toy", "--level", "mlp", "--out", "model")
    assert code == 0 and Path("model/classifier.onnx").exists()
    lines = out.splitlines()
    assert lines[0] == "mlp: 20 yes in 20 groups; tried on 5 folds by group, each tried by a head of the others"
    assert lines[1].split() == ["class", "yes", "no", "average", "precision"] and lines[2].split()[:3] == [
        "none",
        "10",
        "10",
    ]
    assert lines[4].startswith("accuracy ") and lines[-1].startswith(
        "model/classifier.onnx  takes its encoder's vectors"
    )
    assert err == ""


def test_without_a_name_or_a_folder_it_says_what_is_missing(raravis: Any, here: Path) -> None:
    for command in ("train", "export", "export model"):
        code, _, err = raravis(*command.split())
        assert code == 1 and "Missing option '--for' / '--concept'" in err


def test_options_of_another_level_are_refused(raravis: Any, here: Path, folder: Path) -> None:
    code, _, err = raravis("train", folder, "--level", "mlp", "--epochs", 3)
    assert code == 1 and err.strip().endswith("--epochs is of --level finetune, got --level mlp")
    code, _, err = raravis("train", "--for", "red", "--for", "red", "--exclusive")
    assert code == 1 and err.strip().endswith("--exclusive wants two concepts or more, got --for red alone")


def test_a_concepts_classifier_is_exported_as_a_model(raravis: Any, here: Path) -> None:
    assert raravis("search", "--for", "red", "--like", "red.png")[0] == 0
    assert raravis("ask", "--for", "red", "--strategy", "random", "-k", 50)[0] == 0
    assert raravis("label", "--for", "red", "--oracle", "oracle.csv")[0] == 0
    code, out, _ = raravis("train", "--for", "red", "--out", "one")
    assert code == 0 and out.startswith("head over toy-1 trained on ") and Path("one/classifier.onnx").exists()
    code, out, _ = raravis("export", "model", "--for", "red")
    assert code == 0 and out.startswith(str(here / "raravis-project" / "exports" / "red" / "model" / "classifier.onnx"))
    assert raravis("export", "--for", "red", "--out", "two", "model")[0] == 0 and Path("two/classifier.onnx").exists()
    code, out, _ = raravis("train", "--for", "red", "--level", "mlp")
    assert code == 0 and out.splitlines()[-1] == "kept as the newest head of red"


def test_a_head_of_few_answers_says_that_its_probabilities_are_not_calibrated(raravis: Any, here: Path) -> None:
    code, out, told = raravis("train", "--for", "red")
    assert code == 0, told
    assert "head over toy-1 trained on" in out
    assert "not calibrated: yes or no in only" in told
