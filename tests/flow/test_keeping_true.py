"""The disk changes under a project: files move, go, change, or must be forgotten."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import media_making as making
import pytest
from flow_making import Scripted, by_oracle, collect, keys, orphans, said, vectors

from raravis import flow
from raravis.errors import InputError
from raravis.flow.examples import add_examples
from raravis.flow.results import found_events
from raravis.store import Project, log, shards, sources


def thumbs(project: Project) -> int:
    return len(list(project.thumbs.rglob("*.jpg")))


def answered(project: Project, yard: Path, oracle: Path) -> Project:
    collect(project, yard)
    add_examples(project, "red")
    flow.ask(project, "red", strategy="random", k=50)
    flow.label(project, "red", by_oracle(project, oracle))
    return project


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def failures(project: Project) -> list[str]:
    return [failure["reason"] for failure in flow.status(project)["failures"]]


def test_files_that_are_gone_are_told_and_found_again_after_relocate(project: Project, yard: Path) -> None:
    flow.ingest(project, [yard])
    flow.sample(project)
    flow.detect(project)
    moved = yard.rename(yard.parent / "moved")
    flow.embed(project, encoder="toy")
    assert vectors(project) == {} and len(failures(project)) == 18
    assert all("any more; if the folder moved: raravis relocate OLD NEW" in reason for reason in failures(project))
    assert flow.relocate(project, yard, moved) == 4
    flow.embed(project, encoder="toy", retry_failed=True)
    assert len(vectors(project)) == 18 and failures(project) == []


def test_after_relocate_a_run_over_the_new_folder_adds_nothing(project: Project, yard: Path, oracle: Path) -> None:
    answered(project, yard, oracle)
    before = said(project)
    moved = yard.rename(yard.parent / "moved")
    flow.relocate(project, yard, moved)
    assert flow.ingest(project, [moved]).new == 0 and said(project) == before
    assert {event.source for event in found_events(project, "red")} == {"cam/a.mp4", "d.png"}


def test_a_folder_that_moved_may_be_named_by_a_way_that_goes_up(project: Project, yard: Path) -> None:
    flow.ingest(project, [yard])
    assert flow.relocate(project, yard / ".." / yard.name, "/elsewhere") == 4


def test_relocating_what_is_not_there_is_refused(project: Project, yard: Path) -> None:
    flow.ingest(project, [yard])
    with pytest.raises(InputError, match="no source lies under /nowhere"):
        flow.relocate(project, "/nowhere", "/elsewhere")


def test_forgetting_removes_rows_vectors_pictures_and_answers_and_the_log_keeps_it(
    project: Project, yard: Path, oracle: Path
) -> None:
    answered(project, yard, oracle)
    assert thumbs(project) == 18 and flow.forget(project, "cam/a.mp4") == 8
    assert len(keys(project)) == len(vectors(project)) == thumbs(project) == len(said(project)) == 10
    assert orphans(project) == [] and [event.source for event in found_events(project, "red")] == ["d.png"]
    with project.read() as c:
        (entry,) = log.all(c)
    assert entry.action == "forget" and "cam/a.mp4" in entry.detail and "8 items" in entry.detail


def test_forgetting_leaves_no_sheet_that_shows_it_and_no_scan_cache_that_holds_it(
    project: Project, yard: Path, oracle: Path
) -> None:
    answered(project, yard, oracle)
    making.still(project.rounds / "look-0001.jpg")
    assert len(list(project.scan.rglob("*.i8"))) == 1
    flow.forget(project, "cam/a.mp4")
    assert [*project.rounds.iterdir(), *project.scan.rglob("*.i8")] == []
    assert flow.index(project).vectors == 10


def test_killed_before_its_commit_forgetting_can_be_asked_for_again(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    with monkeypatch.context() as patch:
        patch.setattr(shards, "sweep", stop)  # after the commit
        with pytest.raises(KeyboardInterrupt):
            flow.forget(project, "d.png")
    assert thumbs(project) == len(keys(project)) == 17  # no picture outlives its row
    with monkeypatch.context() as patch:
        patch.setattr(sources, "forget", stop)
        with pytest.raises(KeyboardInterrupt):
            flow.forget(project, "c.png")
    assert flow.forget(project, "c.png") == 1 and orphans(project) == []


def test_when_every_file_was_overwritten_there_is_nothing_to_search(project: Project, tmp_path: Path) -> None:
    picture = making.still(tmp_path / "in" / "a.png")
    collect(project, tmp_path / "in")
    making.still(picture, shade=200)
    flow.ingest(project, [tmp_path / "in"])
    with pytest.raises(InputError, match="nothing embedded yet; run: raravis embed"):
        flow.search(project, like=[picture])


def test_a_source_is_forgotten_by_its_path_too(project: Project, yard: Path) -> None:
    collect(project, yard)
    assert flow.forget(project, str(yard / "d.png")) == 1


def test_forgetting_what_is_unknown_or_ambiguous_is_refused(project: Project, yard: Path, tmp_path: Path) -> None:
    other = making.still(tmp_path / "other" / "d.png", shade=10).parent
    collect(project, yard, other)
    for name, count in (("e.png", 0), ("d.png", 2)):
        with pytest.raises(InputError, match=f"'{name}' names {count} sources; wanted one"):
            flow.forget(project, name)
    assert len(keys(project)) == 19


def test_what_failed_is_forgotten_with_its_source(project: Project, tmp_path: Path) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False, True, False])
    (walk / "0002.png").write_text("no picture")
    collect(project, tmp_path / "in")
    assert len(failures(project)) > 0
    flow.forget(project, "walk")
    assert failures(project) == [] and flow.status(project)["stages"][-1]["waiting"] == 0


def test_a_round_that_lost_items_can_still_be_answered(project: Project, yard: Path) -> None:
    collect(project, yard)
    add_examples(project, "red")
    flow.ask(project, "red", strategy="random", k=50)
    flow.forget(project, "cam/a.mp4")
    assert len(flow.label(project, "red", Scripted(*[-1] * 50))) == 10


def test_a_forgotten_file_that_is_ingested_again_starts_anew(project: Project, yard: Path, oracle: Path) -> None:
    answered(project, yard, oracle)
    before = keys(project)
    flow.forget(project, "cam/a.mp4")
    collect(project, yard)
    assert set(keys(project).values()) == set(before.values()) and len(vectors(project)) == 18
    assert len(said(project)) == 10 and max(keys(project)) > max(before)


def test_a_changed_file_at_the_same_path_is_another_source_and_the_old_answers_go_aside(
    project: Project, yard: Path, oracle: Path
) -> None:
    answered(project, yard, oracle)
    making.still(yard / "d.png", shade=200)
    collect(project, yard)
    assert len(vectors(project)) == 19 and len(said(project)) == 18
    waiting = flow.ask(project, "red", strategy="random", k=50)
    assert waiting is not None and len(waiting.ids) == 1
    assert [event.source for event in found_events(project, "red")] == ["cam/a.mp4"]
    flow.label(project, "red", by_oracle(project, oracle))
    flow.train(project, "red")
    assert set(flow.export(project, "red")) == set(flow.FORMATS)


def test_what_was_not_embedded_before_it_changed_is_left_alone(project: Project, yard: Path) -> None:
    flow.ingest(project, [yard])
    flow.sample(project)
    flow.detect(project)
    making.still(yard / "d.png", shade=200)
    flow.ingest(project, [yard])
    said: list[str] = []
    flow.embed(project, encoder="toy", say=said.append)
    assert len(vectors(project)) == 17 and failures(project) == []


def test_exports_name_what_is_missing_when_the_files_are_gone(project: Project, yard: Path, oracle: Path) -> None:
    answered(project, yard, oracle)
    shutil.rmtree(yard)
    files = flow.export(project, "red", formats=["csv", "coco", "clips"])
    about = json.loads(files["coco"].read_text())
    assert about["images"] == about["annotations"] == [] and len(about["missing"]) == 18
    assert (files["clips"] / "missing.txt").read_text().count(" gone ") == 3  # a clip and two stills
