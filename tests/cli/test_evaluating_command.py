"""raravis evaluate at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raravis import flow
from raravis.store import Project, items, labels, sources
from raravis.types import Label

Raravis = Any
SAID = (("cam/a.mp4", 3, 1), ("d.png", 0, 1), ("cam/b.mp4", 0, -1), ("c.png", 0, -1), ("cam/b.mp4", 7, 1))


@pytest.fixture
def trained(here: Path) -> Path:
    """Five answers, the last of them wrong, and a head of them."""
    with Project.open(here / "raravis-project") as project:
        with project.begin() as c:
            for name, second, value in SAID:
                table = items.arrays(c, source_id=sources.by_name(c, name)[0])
                item = int(table.ids[np.argsort(table.pts)][second])
                labels.add(c, [Label(item, "red", value, "ann")])
        flow.train(project, "red")
    return here


@pytest.mark.usefixtures("trained")
def test_numbers_come_with_intervals_and_the_doubtful_with_an_address(raravis: Raravis) -> None:
    code, out, _ = raravis("evaluate", "--for", "red", "--out-of-fold")
    assert code == 0
    assert "red: 3 yes, 2 no" in out
    assert "note: only 3 yes in 3 separate stretches of time or sources: the intervals are wide" in out
    assert " (0." in out
    assert "answer" in out.partition("confidently contradicts")[0].splitlines()[-1]
    assert "raravis serve" in out
    assert "http://127.0.0.1:8765/#/browse/red?order=doubt" in out
    assert "evaluation.html" in out


@pytest.mark.usefixtures("trained")
def test_json_is_one_line_with_everything(raravis: Raravis, tmp_path: Path) -> None:
    code, out, _ = raravis("evaluate", "--seen", "--json", "--out", tmp_path / "told")
    assert code == 0
    told = json.loads(out)
    assert told["classes"][0]["name"] == "red"
    assert Path(told["files"]["html"]) == tmp_path / "told" / "evaluation.html"
    assert told["left_out"]["kept"] == 5


@pytest.mark.usefixtures("trained")
def test_without_anything_left_it_ends_with_one_line(raravis: Raravis) -> None:
    code, out, err = raravis("evaluate")
    assert (code, out) == (1, "")
    assert err.startswith("error: all 5 taught this model")
    assert err.count("\n") == 1


def test_a_folder_of_classes_is_tried_without_a_project(
    trained: Path, raravis: Raravis, tmp_path: Path, yard_pictures: Path
) -> None:
    with Project.open(trained / "raravis-project") as project:
        model = flow.export(project, "red", formats=["onnx"], out=tmp_path / "model")["onnx"]
    code, out, _ = raravis("evaluate", model, yard_pictures, "--out", tmp_path / "told")
    assert code == 0
    assert "tried on 4 items of a folder of pictures" in out


@pytest.fixture
def yard_pictures(tmp_path: Path) -> Path:
    import media_making as making

    for number in range(2):
        making.still(tmp_path / "pictures" / "red" / f"{number}.png", red=True, shade=80 + number)
        making.still(tmp_path / "pictures" / "plain" / f"{number}.png", shade=90 + number)
    return tmp_path / "pictures"


def test_a_model_that_is_not_there_is_said_in_one_line(here: Path, raravis: Raravis) -> None:
    code, _, err = raravis("evaluate", here / "nowhere.onnx")
    assert code == 1
    assert "nowhere.onnx" in err
    assert err.count("\n") == 1
