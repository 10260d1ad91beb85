"""Vectors to plain files and back, and vectors that something else made."""

from __future__ import annotations

import json
from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import collect, vectors

from raravis import flow
from raravis.errors import InputError, ModelError
from raravis.flow.collection import load
from raravis.flow.encoder import known
from raravis.flow.features import read_features, write_features
from raravis.store import Project, encoders

RED, GREEN, BLUE = np.eye(3, dtype=np.float32)


@pytest.fixture
def stills(tmp_path: Path) -> Path:
    """Three pictures, two of them of the same name in different folders."""
    for number, name in enumerate(("one/a.png", "two/a.png", "b.png")):
        making.still(tmp_path / "stills" / name, shade=60 + 20 * number)
    return tmp_path / "stills"


def in_use(project: Project) -> str | None:
    with project.read() as c:
        return encoders.current(c)


def names(project: Project, encoder: str) -> dict[str, list[float]]:
    held = load(project, encoder)
    places = [held.sources[source].places[0].name for source in held.table.source_id.tolist()]
    return dict(zip(places, held.vectors.data.astype(float).round(3).tolist(), strict=True))


def test_what_is_written_is_every_vector_with_the_path_of_its_row(project: Project, yard: Path, tmp_path: Path) -> None:
    collect(project, yard)
    file = write_features(project, tmp_path / "out")
    data, paths = np.load(file), json.loads((tmp_path / "out" / "features.json").read_text(encoding="utf-8"))
    assert data.dtype == np.float32
    assert data.shape == (18, 28)
    assert len(paths) == 18
    assert str(yard / "d.png") in paths
    assert f"{yard / 'cam' / 'a.mp4'}#t=2" in paths
    assert {row.tobytes() for row in data.astype(np.float16)} == set(vectors(project).values())


def test_one_file_of_rows_and_a_list_of_paths_become_a_space_that_is_searched(
    project: Project, stills: Path, tmp_path: Path
) -> None:
    collect(project, stills)
    np.save(tmp_path / "mac.npy", 5 * np.stack([RED, GREEN, RED + BLUE]))
    paths = [str(stills / name) for name in ("two/a.png", "one/a.png", "b.png")]
    (tmp_path / "mac.json").write_text(json.dumps(paths))
    taken = read_features(project, tmp_path / "mac.npy", name="mac")
    assert (taken.vectors, taken.unknown, taken.without) == (3, (), 0)
    assert in_use(project) == taken.encoder
    assert names(project, taken.encoder) == {"two/a.png": [1, 0, 0], "one/a.png": [0, 1, 0], "b.png": [0.707, 0, 0.707]}
    red = load(project).vectors.ids[load(project).vectors.data[:, 0] == 1][0]
    found = flow.search(project, like=[f"item:{red}"], k=2)
    np.testing.assert_allclose(found.scores, [1, 0.707], atol=1e-3)


def test_a_folder_of_one_file_a_picture_fits_by_name_and_a_name_of_two_pictures_fits_none(
    project: Project, stills: Path, tmp_path: Path
) -> None:
    collect(project, stills)
    for name, vector in (("a", RED), ("b", GREEN), ("nosuch", BLUE)):
        (tmp_path / "vectors").mkdir(exist_ok=True)
        np.save(tmp_path / "vectors" / f"{name}.npy", vector)
    taken = read_features(project, tmp_path / "vectors")
    assert (taken.vectors, taken.unknown, taken.without) == (1, ("a", "nosuch"), 2)
    assert names(project, taken.encoder) == {"b.png": [0, 1, 0]}
    assert in_use(project) == "toy-1", "a space that lacks items is not turned to"


def test_folders_of_vectors_fit_pictures_in_folders_of_the_same_names(
    project: Project, stills: Path, tmp_path: Path
) -> None:
    collect(project, stills)
    for name, vector in (("one/a", RED), ("two/a", GREEN), ("b", BLUE)):
        (tmp_path / "vectors" / name).parent.mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / "vectors" / f"{name}.npy", vector)
    taken = read_features(project, tmp_path / "vectors")
    assert names(project, taken.encoder) == {"one/a.png": [1, 0, 0], "two/a.png": [0, 1, 0], "b.png": [0, 0, 1]}


def test_what_was_written_of_films_is_read_again(project: Project, yard: Path, tmp_path: Path) -> None:
    collect(project, yard)
    taken = read_features(project, write_features(project, tmp_path / "out"), name="again", switch=False)
    assert (taken.unknown, taken.without) == ((), 0)
    now, then = load(project, taken.encoder), load(project)
    assert now.table.ids.tolist() == then.table.ids.tolist()
    assert np.allclose(now.vectors.data.astype(float), then.vectors.data.astype(float), atol=2e-3)


def test_the_same_files_again_add_nothing(project: Project, stills: Path, tmp_path: Path) -> None:
    collect(project, stills)
    np.save(tmp_path / "v.npy", np.stack([RED, GREEN, BLUE]))
    (tmp_path / "v.json").write_text(json.dumps(["one/a.png", "two/a.png", "b.png"]))
    first, second = (read_features(project, tmp_path / "v.npy") for _ in range(2))
    assert first == second
    assert len(load(project, first.encoder)) == 3


def test_nothing_else_can_be_encoded_in_that_space(project: Project, stills: Path, tmp_path: Path) -> None:
    collect(project, stills)
    np.save(tmp_path / "b.npy", RED[None])
    (tmp_path / "b.json").write_text('["b.png"]')
    taken = read_features(project, tmp_path / "b.npy")
    with pytest.raises(ModelError, match="its vectors came in files, so nothing else can be encoded"):
        known(project, taken.encoder)
    with pytest.raises(ModelError, match="search by --like item:ID"):
        flow.search(project, like=[stills / "b.png"], encoder=taken.encoder)


@pytest.mark.parametrize(
    ("data", "paths", "why"),
    [
        (np.stack([RED, GREEN]), '["b.png"]', r"got vectors of shape \(2, 3\), wanted \(1, D\)"),
        (RED, '["b.png"]', r"got vectors of shape \(3,\)"),
        (np.zeros((1, 3), np.float32), '["b.png"]', "1 vectors are zero or not finite, the first in row 0"),
        (np.full((1, 3), np.nan, np.float32), '["b.png"]', "zero or not finite"),
        (np.ones((1, 3), int), '["b.png"]', "got numbers of type int64"),
        (RED[None], '{"b.png": 0}', "wanted a JSON list of paths"),
        (RED[None], "[", "cannot be read as a JSON list"),
        (RED[None], '["nosuch.png"]', "none of its 1 names, such as 'nosuch.png', is that of a picture"),
    ],
)
def test_what_cannot_be_taken_in_is_one_line(
    project: Project, stills: Path, tmp_path: Path, data: np.ndarray, paths: str, why: str
) -> None:
    collect(project, stills)
    np.save(tmp_path / "v.npy", data)
    (tmp_path / "v.json").write_text(paths)
    with pytest.raises(InputError, match=why):
        read_features(project, tmp_path / "v.npy")
    assert in_use(project) == "toy-1"


def test_a_project_without_items_says_what_comes_first(project: Project, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", RED[None])
    (tmp_path / "v.json").write_text('["b.png"]')
    with pytest.raises(InputError, match="run: raravis ingest PICTURES"):
        read_features(project, tmp_path / "v.npy")


def test_pictures_of_a_folder_of_frames_are_named_one_by_one(project: Project, tmp_path: Path) -> None:
    collect(project, making.frames(tmp_path / "cam", [False, True, False]))
    np.save(tmp_path / "v.npy", np.stack([BLUE, RED, GREEN]))
    (tmp_path / "v.json").write_text(json.dumps([str(tmp_path / "cam" / f"{n:04d}.png") for n in (3, 1, 2)]))
    taken = read_features(project, tmp_path / "v.npy")
    held = load(project, taken.encoder)
    by_time = held.vectors.data[np.argsort(held.table.pts)]
    np.testing.assert_array_equal(by_time, [RED, GREEN, BLUE])
    write_features(project, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "features.json").read_text()) == json.loads((tmp_path / "v.json").read_text())
