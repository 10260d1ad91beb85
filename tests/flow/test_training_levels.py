"""train beyond one concept's line: networks, several concepts, folders of pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest

from raravis import flow
from raravis.classify import open_classifier
from raravis.errors import InputError
from raravis.flow.examples import add_examples
from raravis.flow.levels import train_concepts, train_folder
from raravis.store import Project, heads, labels
from raravis.train import calibrate
from raravis.types import Label, Pixels


@pytest.fixture
def answered(seen: Project) -> Project:
    """Of the street's 60 looks, one a second, every third answered about red; blue is what is not red, on some."""
    add_examples(seen, "blue")
    with seen.begin() as c:
        reds = {i: 1 if (i - 1) % 20 < 6 else -1 for i in range(1, 61, 3)}
        labels.add(c, [Label(i, "red", value, "ann") for i, value in reds.items()])
        labels.add(c, [Label(i, "blue", -value, "ann") for i, value in list(reds.items())[:12]])
    return seen


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks 3 s apart are groups of their own."""
    monkeypatch.setattr("raravis.flow.levels.of_project", lambda *given, **set_: of_project_apart(*given, **set_))


def of_project_apart(*given: Any, **settings: Any) -> Any:
    from raravis.flow.labelled import of_project

    return of_project(*given, **settings, apart_seconds=1.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve pictures with the red block, twelve without, of four sizes."""
    for number in range(24):
        making.still(
            tmp_path / "set" / ("red" if number % 2 else "none") / f"{number}.png",
            red=bool(number % 2),
            shade=50 + number,
        )
    return tmp_path / "set"


def shown(*, red: bool) -> list[Pixels]:
    return [making.picture(red=red, shade=77)]


def test_a_line_for_one_concept_is_what_it_always_was_bit_for_bit(answered: Project) -> None:
    head = flow.train(answered, "red")
    with answered.read() as c:
        kept = heads.latest(c, "red", "toy-1")
    assert kept is not None and kept[1].weight.tobytes() == head.weight.tobytes()
    from raravis.flow.campaign import Campaign, ends_in_use

    campaign = Campaign(answered, "red", ends=ends_in_use(answered, "red"))
    fit, _ = calibrate.train(campaign.search.pool, np.random.default_rng(0)) or pytest.fail("no head")
    assert head.weight[:, 0].tobytes() == fit.weight.tobytes() and head.bias[0] == np.float32(fit.bias)
    assert head.hidden == () and not head.exclusive


@pytest.mark.usefixtures("apart")
def test_a_network_for_one_concept_is_kept_as_its_newest_head(answered: Project, tmp_path: Path) -> None:
    trained = train_concepts(answered, ["red"], level="mlp")
    assert trained.made is None and trained.report.measures["mean average precision"] > 0.9
    with answered.read() as c:
        kept = heads.latest(c, "red", "toy-1")
    assert kept is not None and kept[1].hidden and kept[1].names == ("red",) and len(kept[1].trained_on) == 20
    found = flow.export(answered, "red", formats=["csv", "onnx"], out=tmp_path)
    opened = open_classifier(found["onnx"])
    assert opened(shown(red=True))[0, 0] > opened(shown(red=False))[0, 0]
    assert flow.status(answered) is not None and flow.ask(answered, "red") is not None


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("exclusive", [False, True])
def test_several_concepts_are_one_file_and_no_heads(answered: Project, exclusive: bool) -> None:
    trained = train_concepts(answered, ["red", "blue"], exclusive=exclusive)
    assert trained.made is not None and trained.made.path.parent == answered.exports / "red+blue" / "model"
    opened = open_classifier(trained.made.path)
    red, none = opened(shown(red=True))[0], opened(shown(red=False))[0]
    assert opened.names == ("red", "blue") and opened.exclusive == exclusive
    assert red[0] > none[0] and red[1] < none[1] and (red.sum() == pytest.approx(1, abs=1e-5)) == exclusive
    with answered.read() as c:
        assert heads.latest(c, "red", "toy-1") is None


def test_neighbours_in_time_are_one_group_so_a_whole_film_cannot_be_held_out(answered: Project) -> None:
    assert train_concepts(answered, ["red", "blue"]).report.held_out == "nothing: all is one group"


@pytest.mark.parametrize("level", ["linear", "mlp"])
def test_a_folder_of_classes_becomes_a_file_that_opens_without_a_project(
    folder: Path, tmp_path: Path, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trained = train_folder(folder, level=level, encoder="toy")
    assert trained.made is not None and trained.made.path == Path("set-classifier/classifier.onnx")
    assert trained.report.measures["accuracy"] > 0.9 and trained.report.yes == (12, 12)
    opened = open_classifier("set-classifier")
    assert opened.names == ("none", "red") and opened.exclusive
    assert opened(shown(red=True) + shown(red=False)).argmax(axis=1).tolist() == [1, 0]
    told = json.loads(Path("set-classifier/classifier.json").read_text())["about"]
    assert told["level"] == level and told["yes"] == [12, 12] and told["held_out"].startswith("5 folds by group")


def test_chosen_classes_are_each_told_from_the_rest(folder: Path, tmp_path: Path) -> None:
    trained = train_folder(folder, classes=["red"], encoder="toy", out=tmp_path / "out")
    assert trained.head.names == ("red",) and not trained.head.exclusive and trained.report.no == (12,)


def test_pictures_of_mixed_sizes_train_and_those_that_cannot_be_read_are_said(folder: Path, tmp_path: Path) -> None:
    from PIL import Image

    for number, size in enumerate(((5, 200), (300, 7), (1, 1), (64, 64))):
        Image.fromarray(making.picture(red=True)).resize(size).save(folder / "red" / f"odd{number}.png")
    (folder / "none" / "broken.jpg").write_bytes(b"no picture")
    (folder / "owl").mkdir()
    lines: list[str] = []
    trained = train_folder(folder, encoder="toy", out=tmp_path / "out", say=lines.append)
    assert trained.report.yes == (12, 16)
    assert lines[0] == "class 'owl' is empty: left out there"
    assert lines[1].startswith("1 pictures cannot be read: ") and lines[1].endswith("is not an image that can be read")


def test_what_cannot_be_trained_on_is_told_in_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file; wanted a folder for the classifier"):
        train_folder(folder, encoder="toy", out=tmp_path / "file")
    with pytest.raises(InputError, match="descriptor: first learns from a collection"):
        train_folder(folder, encoder="descriptor")
    with pytest.raises(InputError, match="unknown encoder 'gone'"):
        train_folder(folder, encoder="gone")
    with pytest.raises(InputError, match="one class only \\('red'\\)"):
        making.still(tmp_path / "alone" / "red" / "a.png")
        train_folder(tmp_path / "alone", encoder="toy")
