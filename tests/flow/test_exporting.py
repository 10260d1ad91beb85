"""What people take home."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import Scripted, by_oracle, collect

from raravis import flow
from raravis.errors import InputError
from raravis.flow.examples import add_examples
from raravis.media.reader import open_reader
from raravis.store import Project, heads, shards

LOAD = """
import json, sys, numpy, onnxruntime
from pathlib import Path
about = json.loads(Path(sys.argv[1]).with_suffix(".json").read_text())
session = onnxruntime.InferenceSession(sys.argv[1])
(prob,) = session.run([about["output"]["name"]], {about["input"]["name"]: numpy.load(sys.argv[2])})
assert not [name for name in sys.modules if name.startswith("raravis")]
print(json.dumps({"prob": prob.tolist(), "names": about["names"], "threshold": about["threshold"]}))
"""


@pytest.fixture
def answered(project: Project, yard: Path, oracle: Path) -> Project:
    collect(project, yard)
    add_examples(project, "red")
    flow.ask(project, "red", strategy="random", k=50)
    flow.label(project, "red", by_oracle(project, oracle))
    flow.train(project, "red")
    return project


def test_every_format_is_written_into_a_folder_of_the_concept(answered: Project, tmp_path: Path) -> None:
    files = flow.export(answered, "red", out=tmp_path / "out")
    assert {name: path.relative_to(tmp_path / "out").as_posix() for name, path in files.items()} == {
        "csv": "red/events.csv",
        "coco": "red/coco/annotations.json",
        "clips": "red/clips",
        "onnx": "red/classifier.onnx",
    }
    assert all(path.exists() for path in files.values())


def test_the_events_are_a_table(answered: Project) -> None:
    with flow.export(answered, "red", formats=["csv"])["csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["source"], row["start_seconds"], row["end_seconds"], row["answers"]) for row in rows] == [
        ("cam/a.mp4", "2", "4.25", "3"), ("d.png", "", "", "1"),
    ]  # fmt: skip


def test_the_data_set_holds_boxes_in_pixels_and_pictures_that_show_it(answered: Project) -> None:
    path = flow.export(answered, "red", formats=["coco"])["coco"]
    about = json.loads(path.read_text())
    assert len(about["images"]) == 18 and len(about["annotations"]) == 4
    assert {tuple(a["bbox"]) for a in about["annotations"]} == {(0.0, 0.0, 64.0, 48.0)}
    shown = {a["image_id"] for a in about["annotations"]}
    for image in about["images"]:
        (frame,) = open_reader("image", path.parent / image["file_name"]).frames(*still())
        assert (frame.rgb[20:30, 20:28, 0].mean() > 180) == (image["id"] in shown), image


def still() -> tuple[object]:
    from raravis.media.image import STILL

    return (STILL,)


def test_pictures_may_be_named_where_they_lie(answered: Project, yard: Path) -> None:
    path = flow.export(answered, "red", formats=["coco"], pictures_written=False)["coco"]
    names = {image["file_name"] for image in json.loads(path.read_text())["images"]}
    assert f"{yard}/d.png" in names and f"{yard}/cam/a.mp4#t=2.000000" in names
    assert not (path.parent / "images").exists()


def test_clips_show_the_event(answered: Project) -> None:
    folder = flow.export(answered, "red", formats=["clips"])["clips"]
    assert [path.name for path in sorted(folder.glob("00*"))] == [
        "001_cam-a_00h00m02.0s.jpg", "001_cam-a_00h00m02.0s.mp4", "002_d_00h00m00.0s.jpg",
    ]  # fmt: skip
    probed = open_reader("video", folder / "001_cam-a_00h00m02.0s.mp4").probe()
    assert 3.5 <= float(probed.packets.seconds()[-1]) <= 4.5  # 2.25 s, and one before and after


def test_the_classifier_loads_with_onnx_runtime_alone_and_says_what_the_head_says(
    answered: Project, tmp_path: Path
) -> None:
    path = flow.export(answered, "red", formats=["onnx"])["onnx"]
    with answered.read() as c:
        data = shards.load(c, answered.vectors, "toy-1").data.astype(np.float32)
        made = heads.latest(c, "red", "toy-1")
    np.save(tmp_path / "v.npy", data)
    command = [sys.executable, "-c", LOAD, str(path), str(tmp_path / "v.npy")]
    done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert made is not None and done["names"] == ["red"]
    np.testing.assert_allclose(done["prob"], made[1].probability(data), atol=1e-5)
    assert sum(prob > done["threshold"][0] for (prob,) in done["prob"]) == 4


def test_an_export_takes_the_place_of_the_one_before(answered: Project) -> None:
    first = flow.export(answered, "red")
    events = first["csv"].read_text()
    assert flow.export(answered, "red") == first and first["csv"].read_text() == events


def test_before_any_answer_there_is_nothing_to_export(project: Project, yard: Path) -> None:
    collect(project, yard)
    add_examples(project, "red")
    with pytest.raises(InputError, match="nothing answered about 'red' yet; run: raravis label --for red"):
        flow.export(project, "red")
    with pytest.raises(InputError, match="unknown concept 'blue'; known: red"):
        flow.export(project, "blue")
    assert not list(project.exports.iterdir())


def test_an_unknown_format_names_the_known_ones_and_writes_nothing(answered: Project) -> None:
    with pytest.raises(InputError, match="unknown format 'excel'; known: clips, coco, csv, labels, onnx"):
        flow.export(answered, "red", formats=["csv", "excel"])
    assert not list(answered.exports.iterdir())


def test_without_a_head_the_classifier_is_left_out(project: Project, yard: Path) -> None:
    collect(project, yard)
    add_examples(project, "red")
    flow.ask(project, "red", strategy="random", k=2)
    flow.label(project, "red", Scripted(-1, 0))
    assert set(flow.export(project, "red")) == {"csv", "coco", "clips"}


def test_a_concept_of_any_letters_has_a_folder_of_its_own(project: Project, yard: Path) -> None:
    collect(project, yard)
    for concept in ("../red", "rot/grün"):
        add_examples(project, concept)
        flow.ask(project, concept, strategy="random", k=1)
        flow.label(project, concept, Scripted(-1))
        flow.export(project, concept, formats=["csv"])
    assert sorted(path.name for path in project.exports.iterdir()) == ["%2E%2E%2Fred", "rot%2Fgrün"]


def test_a_film_that_went_missing_costs_its_own_clips_only(answered: Project, yard: Path) -> None:
    (yard / "cam" / "a.mp4").unlink()
    folder = flow.export(answered, "red", formats=["clips"])["clips"]
    assert [path.name for path in sorted(folder.glob("00*"))] == ["002_d_00h00m00.0s.jpg"]
    assert "the file is gone" in (folder / "missing.txt").read_text()


def test_two_copies_on_one_timeline_have_a_clip_of_their_own_stretch(project: Project, tmp_path: Path) -> None:
    film = making.film(tmp_path / "in" / "cam" / "1.mp4", red=[(2, 4)])
    making.copy(film, tmp_path / "in" / "cam" / "2.mp4")
    collect(project, tmp_path / "in", timeline_from="folder")
    add_examples(project, "red")
    flow.ask(project, "red", strategy="random", k=50)
    flow.label(project, "red", by_oracle(project, making.oracle(tmp_path / "o.csv", "cam/1.mp4,red,1,2,4")))
    with flow.export(project, "red", formats=["csv"])["csv"].open(newline="") as file:
        rows = [(row["event"], row["source"], row["start_seconds"], row["end_seconds"]) for row in csv.DictReader(file)]
    assert rows == [("1", "cam/1.mp4", "2", "3.25"), ("2", "cam/2.mp4", "2", "3.25")]
