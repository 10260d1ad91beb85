"""From files to items: what is taken in, what is passed over and why, and that a second run adds nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import collect, flow_encoders, keys, vectors

from raravis import flow
from raravis.errors import InputError
from raravis.flow.ingest import Tally
from raravis.store import Project, items, progress, samples, sources
from raravis.types import Source


def every_source(project: Project) -> dict[str, Source]:
    with project.read() as c:
        return {place.name: source for source in sources.all(c) for place in source.places}


def reasons(project: Project) -> dict[str, str]:
    return {f"{Path(f['subject']).name} {f['state']}": f["reason"] for f in flow.status(project)["failures"]}


def test_a_folder_becomes_sources_with_names_relative_to_it(project: Project, yard: Path) -> None:
    assert flow.ingest(project, [yard]) == Tally(new=4, known=0, failed=0, skipped=0)
    found = every_source(project)
    assert {name: source.kind for name, source in found.items()} == {
        "cam/a.mp4": "video", "cam/b.mp4": "video", "c.png": "image", "d.png": "image",
    }  # fmt: skip
    film = found["cam/a.mp4"]
    assert (film.width, film.height, film.duration * film.time_base, film.start) == (64, 48, 8, 0)
    assert found["c.png"].duration == 0


def test_a_second_run_of_each_verb_adds_nothing(project: Project, yard: Path) -> None:
    collect(project, yard)
    before, moments = vectors(project), keys(project)
    assert flow.ingest(project, [yard]) == Tally(new=0, known=4, failed=0, skipped=0)
    assert flow.sample(project) == flow.detect(project) == 0
    said: list[str] = []
    assert flow.embed(project, encoder="toy", say=said.append) == "toy-1"
    assert said == [] and vectors(project) == before and keys(project) == moments and len(before) == 18


def test_what_is_new_in_the_folder_is_all_that_is_worked_on(project: Project, yard: Path) -> None:
    collect(project, yard)
    making.still(yard / "late.png", shade=30)
    assert flow.ingest(project, [yard]) == Tally(new=1, known=4, failed=0, skipped=0)
    assert flow.sample(project) == flow.detect(project) == 1
    heard: list[str] = []
    flow.embed(project, encoder="toy", say=heard.append)
    assert heard[0].startswith("1 files, 0.0 hours, 1 items to look at: about ") and len(vectors(project)) == 19


def test_the_same_bytes_in_two_places_are_one_source(project: Project, yard: Path) -> None:
    making.copy(yard / "cam/a.mp4", yard / "other/copy.mp4")
    assert flow.ingest(project, [yard]).new == 5
    found = every_source(project)
    assert found["cam/a.mp4"] == found["other/copy.mp4"] and len({s.id for s in found.values()}) == 4
    held = flow.status(project)["collection"]
    assert (held["sources"], held["places"], held["videos"], held["images"]) == (4, 5, 2, 2)


def test_a_copy_of_a_known_file_needs_no_further_work(project: Project, yard: Path) -> None:
    collect(project, yard)
    making.copy(yard / "cam/a.mp4", yard / "other/copy.mp4")
    assert flow.ingest(project, [yard]).new == 1
    assert flow.sample(project) == flow.detect(project) == 0


def test_files_that_cannot_be_read_are_named_with_the_reason_and_the_rest_goes_on(project: Project, yard: Path) -> None:
    (yard / "empty.mp4").touch()
    (yard / "words.jpg").write_text("not a picture")
    (yard / "notes.doc").write_text("hello")
    making.cut_short(yard / "cam/a.mp4", yard / "cut.mp4")  # its index lies at the end
    assert flow.ingest(project, [yard]) == Tally(new=4, known=0, failed=3, skipped=1)
    found = reasons(project)
    assert set(found) == {"empty.mp4 failed", "words.jpg failed", "cut.mp4 failed", "notes.doc skipped"}
    assert "is not an image" in found["words.jpg failed"] and "suffix" in found["notes.doc skipped"]
    stage = flow.status(project)["stages"][0]
    assert (stage["stage"], stage["done"], stage["failed"], stage["skipped"]) == ("ingest", 4, 3, 1)


def test_a_file_that_was_mended_is_no_failure_any_more(project: Project, yard: Path) -> None:
    (yard / "e.png").write_text("half a download")
    assert flow.ingest(project, [yard]).failed == 1
    making.still(yard / "e.png", shade=20)
    assert flow.ingest(project, [yard]) == Tally(new=1, known=4, failed=0, skipped=0)
    assert reasons(project) == {}


def test_a_damaged_film_is_used_up_to_the_damage_and_the_damage_is_told(project: Project, tmp_path: Path) -> None:
    whole = making.film(tmp_path / "whole.mkv", red=[(2, 5)])
    making.cut_short(whole, tmp_path / "in" / "cut.mkv")
    collect(project, tmp_path / "in")
    (source,) = every_source(project).values()
    assert 2 <= source.duration * source.time_base < 8
    assert 2 <= len(vectors(project)) < 8 and all(pts < 8000 for _, pts, _, _ in vectors(project))


def test_the_damage_of_a_film_that_was_mended_is_forgotten(project: Project, tmp_path: Path) -> None:
    whole = making.film(tmp_path / "whole.mp4")
    cut = tmp_path / "in" / "film.mp4"
    making.film(cut)
    with project.begin() as c:  # as an earlier probe of a damaged film left it
        progress.mark(c, "damage", "", str(cut), "failed", reason="film.mp4: 3 of 9 declared frames are there")
    shutil.copyfile(whole, cut)
    flow.ingest(project, [tmp_path / "in"])
    assert reasons(project) == {}


@pytest.mark.parametrize("what", ["missing", "empty", "media"])
def test_inputs_without_anything_to_look_at_are_refused(project: Project, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "in"
    if what != "missing":
        folder.mkdir()
    if what == "media":
        (folder / "notes.doc").touch()
    wanted = {"missing": "no such file", "empty": "is empty", "media": "no video or image that can be read"}[what]
    with pytest.raises(InputError, match=wanted):
        flow.ingest(project, [folder])


def test_a_folder_of_numbered_pictures_is_one_source_with_order_as_time(project: Project, tmp_path: Path) -> None:
    making.frames(tmp_path / "in" / "walk", [False, True, True, False, False])
    collect(project, tmp_path / "in", sample="every:2")
    assert {name: s.kind for name, s in every_source(project).items()} == {"walk": "frames"}
    assert sorted(pts for _, pts, _, _ in keys(project).values()) == [0, 2, 4]


def test_samplers_live_side_by_side_and_their_items_are_shared(project: Project, yard: Path) -> None:
    flow.ingest(project, [yard])
    assert flow.sample(project) == flow.sample(project, sample="every:2") == 4
    flow.detect(project, sample="every:2")
    assert len(keys(project)) == 2 * 4 + 2
    flow.detect(project, sample="keyframes")
    assert len(keys(project)) == 2 * 8 + 2
    film = every_source(project)["cam/a.mp4"].id
    with project.read() as c:
        assert samples.get(c, film, "every:2")[0].tolist() == [0, 2000, 4000, 6000]
        assert samples.get(c, film, "keyframes")[1].tolist() == [250 + 1000 * i for i in range(8)]


def test_a_sampler_that_looks_at_pixels_leaves_out_what_does_not_change(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "in" / "still.mp4", 6)
    making.film(tmp_path / "in" / "red.mp4", 6, red=[(2, 4)])
    collect(project, tmp_path / "in", sample="change")
    found = every_source(project)
    with project.read() as c:
        still, red = (samples.get(c, found[name].id, "change")[0] for name in ("still.mp4", "red.mp4"))
    assert still.tolist() == [0] and len(red) == 3 and 1500 < red[1] <= 2500 and 3500 < red[2] <= 4500


def test_tiles_are_items_of_their_own_under_one_frame(project: Project, yard: Path) -> None:
    collect(project, yard / "d.png", detect="tiles:2")
    with project.read() as c:
        boxes = items.arrays(c).boxes
    assert len(boxes) == 5 and boxes[0].tolist() == [0, 0, 1, 1] and len(np.unique(boxes, axis=0)) == 5


def test_status_tells_the_gaps_and_what_the_next_finer_setting_costs(project: Project, yard: Path) -> None:
    collect(project, yard, sample="every:4")
    assert flow.status(project)["coverage"] == [
        {
            "sample": "every:4",
            "moments": 4,
            "largest_gap_seconds": 4.0,
            "median_gap_seconds": 4.0,
            "finer": {"sample": "every:2", "moments": 8},
        }
    ]


def test_the_status_of_a_new_project_is_nothing(project: Project) -> None:
    state = flow.status(project)
    assert state["collection"]["sources"] == state["collection"]["items"] == 0
    assert state["stages"] == state["failures"] == state["coverage"] == state["concepts"] == []


def test_a_project_without_sources_has_nothing_to_sample_and_the_next_verbs_say_what_to_run(project: Project) -> None:
    assert flow.sample(project) == 0
    with pytest.raises(InputError, match="run: raravis sample"):
        flow.detect(project)
    with pytest.raises(InputError, match="no items yet; run: raravis sample"):
        flow.embed(project, encoder="toy")
    assert flow_encoders(project) == []


@pytest.mark.parametrize("setting", [{"sample": "never"}, {"detect": "never"}, {"encoder": "never"}])
def test_an_unknown_plugin_names_the_known_ones(project: Project, yard: Path, setting: dict[str, str]) -> None:
    collect(project, yard / "d.png")
    ((name, _),) = setting.items()
    verb = {"sample": flow.sample, "detect": flow.detect, "encoder": flow.embed}[name]
    with pytest.raises(InputError, match=r"unknown \w+ 'never'; known: \w+, "):
        verb(project, **setting)


def test_a_folder_of_frames_that_lost_a_picture_since_is_told_and_stops_nothing(
    project: Project, tmp_path: Path
) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False] * 3)
    flow.ingest(project, [tmp_path / "in"])
    flow.sample(project, sample="every:1")
    flow.detect(project)
    (walk / "0003.png").unlink()
    flow.embed(project, encoder="toy")
    assert len(flow.status(project)["failures"]) > 0
