"""The items as picture files, without what looks like the one before, and as a film."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import media_making as making
import numpy as np
import pytest
from flow_making import collect
from PIL import Image

from raravis import flow
from raravis.errors import InputError
from raravis.store import Project


def listed(folder: Path) -> list[dict[str, str]]:
    with (folder / "frames.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_every_item_is_a_picture_at_full_size_that_the_list_names(project: Project, yard: Path, tmp_path: Path) -> None:
    collect(project, yard)
    made = flow.frames(project, tmp_path / "out")
    rows = listed(tmp_path / "out")
    assert (made.pictures, made.alike, made.failed) == (18, 0, ())
    assert sorted(row["file"] for row in rows) == sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.jpg")
    )
    third = next(row for row in rows if row["source"] == "cam/a.mp4" and float(row["seconds"]) == 2)
    with Image.open(tmp_path / "out" / third["file"]) as image:
        assert image.size == making.SIZE
        assert np.asarray(image)[24, 24, 0] > 200, "red from second 2 on"


def test_distinct_keeps_what_differs_from_the_last_one_kept(project: Project, tmp_path: Path) -> None:
    collect(project, making.film(tmp_path / "a.mp4", red=[(2, 5)]))
    made = flow.frames(project, tmp_path / "out", distinct=0.99)
    assert [float(row["seconds"]) for row in listed(tmp_path / "out")] == [0, 2, 5], "as it comes, and as it goes"
    assert (made.pictures, made.alike) == (3, 5)


def test_a_film_shows_them_at_the_rate_and_size_asked_for(project: Project, yard: Path, tmp_path: Path) -> None:
    collect(project, yard)
    made = flow.frames(project, tmp_path / "no", film=tmp_path / "film.mp4", rate=4, size=(128, 128))
    with av.open(str(tmp_path / "film.mp4")) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 4
    assert made.pictures == len(shown) == 18
    assert shown[0].shape == (128, 128, 3)
    assert shown[0][:10].max() < 30, "black above a picture that is wider than high"
    assert not (tmp_path / "no").exists()


def test_a_source_that_is_gone_is_told_and_the_others_are_written(project: Project, yard: Path, tmp_path: Path) -> None:
    collect(project, yard)
    (yard / "cam" / "b.mp4").unlink()
    made = flow.frames(project, tmp_path / "out")
    assert made.pictures == 10
    assert [line.split(":")[0] for line in made.failed] == ["cam/b.mp4"]


def test_a_project_without_vectors_has_no_frames_to_give(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing embedded yet"):
        flow.frames(project, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_film_is_not_written_over_a_file_of_the_project(project: Project, yard: Path, tmp_path: Path) -> None:
    collect(project, yard)
    before = (yard / "cam" / "a.mp4").read_bytes()
    with pytest.raises(InputError, match="one of the project's own files"):
        flow.frames(project, tmp_path / "out", film=yard / "cam" / "a.mp4")
    assert (yard / "cam" / "a.mp4").read_bytes() == before
