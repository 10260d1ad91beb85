"""What a classifier learns from, out of a project or out of folders."""

from __future__ import annotations

from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import by_oracle, collect

from raravis import flow
from raravis.errors import InputError
from raravis.flow.examples import add_examples
from raravis.flow.labelled import of_folder, of_project
from raravis.store import Project, labels
from raravis.train.labelled import Labelled, warnings_of
from raravis.types import Label


def stills(folder: Path, *names: str, red: bool = False) -> Path:
    for number, name in enumerate(names):
        making.still(folder / name, red=red, shade=60 + number)
    return folder


def said(data: Labelled) -> dict[str, list[int]]:
    return dict(zip(data.shown, data.value.tolist(), strict=True))


def two_classes(folder: Path) -> Path:
    stills(folder / "fox", "a.png", "b.png", red=True)
    stills(folder / "none", "c.png")
    return folder


def test_folders_of_classes_are_one_class_a_picture(tmp_path: Path) -> None:
    data = of_folder(two_classes(tmp_path))
    assert data.names == ("fox", "none") and data.exclusive
    assert said(data) == {"fox/a.png": [1, -1], "fox/b.png": [1, -1], "none/c.png": [-1, 1]}
    assert data.split == ("", "", "") and len(set(data.group.tolist())) == 3
    assert [(row, rgb.shape) for row, rgb in data.pictures(np.array([2, 0]))] == [(2, (48, 64, 3)), (0, (48, 64, 3))]


def test_a_folder_may_be_named_by_a_way_that_goes_up(tmp_path: Path) -> None:
    two_classes(tmp_path / "photos")
    (tmp_path / "here").mkdir()
    assert of_folder(tmp_path / "here" / ".." / "photos").shown == ("fox/a.png", "fox/b.png", "none/c.png")


def test_train_and_val_are_told_apart_and_other_folders_are_said(tmp_path: Path) -> None:
    two_classes(tmp_path / "train")
    two_classes(tmp_path / "val")
    two_classes(tmp_path / "test")
    lines: list[str] = []
    data = of_folder(tmp_path, say=lines.append)
    assert data.split == ("train",) * 3 + ("val",) * 3 and data.names == ("fox", "none")
    assert lines == ["folders beside train and val passed over: test"]


def test_chosen_classes_are_told_from_the_rest_and_need_not_exclude_one_another(tmp_path: Path) -> None:
    data = of_folder(two_classes(tmp_path), classes=["fox"])
    assert data.value.tolist() == [[1], [1], [-1]] and not data.exclusive
    with pytest.raises(InputError, match="no class 'owl' with pictures; it has: fox, none"):
        of_folder(tmp_path, classes=["owl"])


def test_a_folder_below_a_class_is_one_group_also_across_classes(tmp_path: Path) -> None:
    stills(tmp_path / "fox" / "film1", "1.png", "2.png")
    stills(tmp_path / "none" / "film1", "1.png")
    stills(tmp_path / "none" / "film2" / "later", "1.png")
    groups = dict(zip(of_folder(tmp_path).shown, of_folder(tmp_path).group.tolist(), strict=True))
    assert groups["fox/film1/1.png"] == groups["fox/film1/2.png"] == groups["none/film1/1.png"]
    assert groups["none/film2/later/1.png"] != groups["none/film1/1.png"]


def test_pictures_taken_within_seconds_are_one_group(tmp_path: Path) -> None:
    for name, second in (("a", 0), ("b", 4), ("c", 8), ("d", 30)):
        making.still(tmp_path / "fox" / f"{name}.jpg", taken=f"2026:05:31 18:00:{second:02d}")
    a, b, c, d = of_folder(tmp_path).group.tolist()
    assert a == b == c != d


def test_odd_files_are_counted_and_listed_and_an_empty_class_is_said(tmp_path: Path) -> None:
    two_classes(tmp_path)
    (tmp_path / "owl").mkdir()
    (tmp_path / "readme.txt").write_text("x")
    (tmp_path / "fox" / "notes.txt").write_text("x")
    making.film(tmp_path / "fox" / "film.mp4", 1)
    lines: list[str] = []
    assert of_folder(tmp_path, say=lines.append).names == ("fox", "none")
    assert lines[0] == "class 'owl' is empty: left out there"
    assert lines[1].startswith("3 files passed over: readme.txt (lies in no class); fox/film.mp4 (a film); ")


def test_a_folder_without_pictures_by_class_says_what_was_wanted(tmp_path: Path) -> None:
    stills(tmp_path, "loose.png")
    with pytest.raises(InputError, match=r"no pictures by class; wanted .*/CLASS/"):
        of_folder(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        of_folder(tmp_path / "gone")


def test_pictures_that_cannot_be_read_are_left_out_as_they_are_met(tmp_path: Path) -> None:
    two_classes(tmp_path)
    (tmp_path / "fox" / "broken.png").write_bytes(b"no picture")
    data = of_folder(tmp_path)
    assert len(data) == 4
    assert [data.shown[row] for row, _ in data.pictures(np.arange(4))] == ["fox/a.png", "fox/b.png", "none/c.png"]


def test_one_class_teaches_nothing_and_a_single_example_is_warned_of(tmp_path: Path) -> None:
    stills(tmp_path / "fox", "a.png", "b.png")
    with pytest.raises(InputError, match="one class only \\('fox'\\)"):
        warnings_of(of_folder(tmp_path))
    stills(tmp_path / "none", "c.png")
    assert warnings_of(of_folder(tmp_path)) == ["class 'none' has a single example: expect little of it"]


def test_a_class_that_lies_in_val_alone_cannot_be_learnt(tmp_path: Path) -> None:
    two_classes(tmp_path / "train")
    stills(tmp_path / "val" / "owl", "a.png")
    with pytest.raises(InputError, match="class 'owl' cannot be learnt: it has 0 yes and 3 no; add a yes"):
        warnings_of(of_folder(tmp_path))


@pytest.fixture
def answered(project: Project, yard: Path, oracle: Path) -> Project:
    """All 18 items answered about red, two about blue."""
    collect(project, yard)
    add_examples(project, "red")
    add_examples(project, "blue")
    flow.ask(project, "red", strategy="random", k=50)
    flow.label(project, "red", by_oracle(project, oracle))
    with project.begin() as c:
        labels.add(c, [Label(1, "blue", 1, "ann"), Label(2, "blue", 0, "ann"), Label(3, "blue", -1, "ann")])
    return project


def test_a_projects_answers_stand_a_row_an_item_and_a_column_a_concept(answered: Project) -> None:
    data = of_project(answered, ["red", "blue"])
    assert len(data) == 18 and (data.value[:, 0] == 1).sum() == 4 and (data.value[:, 0] == -1).sum() == 14
    assert data.value[:3, 1].tolist() == [1, 0, -1] and not data.value[3:, 1].any()
    assert data.vectors is not None and data.vectors(np.array([0, 5])).shape == (2, 28) and data.encoder == "toy-1"
    assert sum(name.startswith("cam/a.mp4 ") for name in data.shown) == 8 and "d.png" in data.shown


def test_a_projects_pictures_are_the_items_and_a_film_is_one_group(answered: Project) -> None:
    data = of_project(answered, ["red"])
    red = [row for row, rgb in data.pictures(np.arange(len(data))) if rgb[20, 20, 0] > 180]
    assert sorted(red) == np.flatnonzero(data.value[:, 0] == 1).tolist()
    assert len(set(data.group.tolist())) == 4  # two films, looked at every second, and two stills


def test_of_concepts_that_exclude_one_another_a_yes_is_a_no_to_the_others(answered: Project) -> None:
    apart, together = (of_project(answered, ["red", "blue"], exclusive=exclusive) for exclusive in (False, True))
    red = apart.value[:, 0] == 1
    assert set(apart.value[red, 1].tolist()) <= {0, -1, 1} and 0 in apart.value[red, 1]
    assert together.value[red & (apart.value[:, 1] != 1), 1].tolist() == [-1] * int(
        (red & (apart.value[:, 1] != 1)).sum()
    )
    assert together.known().sum() == (together.value == 1).any(axis=1).sum() - (together.value == 1).all(axis=1).sum()


def test_what_nobody_answered_is_a_little_of_a_no_and_a_group_of_its_own(seen: Project) -> None:
    with seen.begin() as c:
        labels.add(c, [Label(item, "red", 1 if item == 1 else 0 if item == 9 else -1, "ann") for item in (1, 5, 9)])
        labels.propagate(c, "red", [2, 3], weight=0.5)
    told = of_project(seen, ["red"])
    assert told.value[:, 0].tolist() == [1, 1, 1, -1] and told.weight.tolist() == [1, 0.5, 0.5, 1]
    bare = of_project(seen, ["red"], propagated=False, weak=1000)
    assert bare.value[:, 0].tolist() == [1, -1] + [-1] * 55  # 60 looks: without the one that none could tell, and 2, 3
    assert bare.weight[2:] == pytest.approx(0.5) and len(set(bare.group.tolist())) == 1 + 55
    some = of_project(seen, ["red"], weak=10)
    assert len(some) == 14 and some.weight[4:].max() < 1 and some.items is not None
    assert not set(some.items[4:].tolist()) & {1, 2, 3, 5, 9}


def test_a_project_without_answers_says_what_to_run(project: Project, yard: Path) -> None:
    collect(project, yard)
    add_examples(project, "red")
    with pytest.raises(InputError, match="nothing answered about 'red' yet; run: raravis label --for red"):
        of_project(project, ["red"])
    with pytest.raises(InputError, match="unknown concept 'owl'"):
        of_project(project, ["owl"])
