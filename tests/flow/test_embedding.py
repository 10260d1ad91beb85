"""Items become vectors: what fails, what is tried again, what the disk refuses, and how much it takes."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import onnx_making
import pytest
from flow_making import collect, keys, orphans, refuse_red, vectors
from PIL import Image

from raravis import flow
from raravis.embed.toy import Toy
from raravis.errors import InputError, ModelError, StoreError
from raravis.flow.collection import load
from raravis.flow.embed import begin_space, embed_these
from raravis.flow.embedding import thumb_path
from raravis.flow.media import works
from raravis.media.identity import digest
from raravis.media.pictures import read_picture
from raravis.scale.processes import Processes
from raravis.store import Project, items, shards
from raravis.types import Floats


def to_items(project: Project, *inputs: Path, detect: str = "whole") -> None:
    flow.ingest(project, inputs)
    flow.sample(project)
    flow.detect(project, detect=detect)


def reasons(project: Project) -> list[str]:
    return [failure["reason"] for failure in flow.status(project)["failures"] if failure["stage"] == "embed"]


def thumbs(project: Project) -> int:
    return len(list(project.thumbs.rglob("*.jpg")))


def test_every_item_gets_a_unit_vector_under_its_id_and_a_small_picture(project: Project, yard: Path) -> None:
    collect(project, yard)
    with project.read() as c:
        made = shards.load(c, project.vectors, "toy-1")
        assert np.sort(made.ids).tolist() == items.all_ids(c).tolist()
    assert made.data.dtype == np.float16 and made.data.shape == (18, Toy.dim)
    assert np.allclose(np.linalg.norm(made.data.astype(np.float32), axis=1), 1, atol=1e-3)
    assert thumbs(project) == 18 and orphans(project) == []


def test_the_vector_is_that_of_the_frame_at_the_items_pts(project: Project, yard: Path) -> None:
    collect(project, yard / "cam" / "a.mp4")
    by_second = {pts // 1000: np.frombuffer(data, np.float16) for (_, pts, _, _), data in vectors(project).items()}
    for second in range(8):
        wanted = Toy()([making.picture(red=2 <= second < 5, shade=90 + 4 * second % 3)])[0]
        assert float(by_second[second].astype(np.float32) @ wanted) > 0.99
    red, plain = (Toy()([making.picture(red=red)])[0] for red in (True, False))
    assert float(red @ plain) < 0.9


def test_an_item_that_does_not_decode_is_counted_with_the_reason_and_the_run_goes_on(
    project: Project, tmp_path: Path
) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False] * 5)
    (walk / "0003.png").write_text("no picture")
    collect(project, tmp_path / "in", sample="every:1")
    assert sorted(pts for _, pts, _, _ in vectors(project)) == [0, 1, 3, 4]
    assert reasons(project) == ["walk: this frame does not decode"]
    stage = next(row for row in flow.status(project)["stages"] if row["stage"] == "embed")
    assert (stage["done"], stage["failed"], stage["waiting"]) == (4, 1, 0)


def test_what_failed_is_tried_again_only_when_asked_for(project: Project, tmp_path: Path) -> None:
    walk = making.frames(tmp_path / "in" / "walk", [False] * 3)
    whole = (walk / "0002.png").read_bytes()
    (walk / "0002.png").write_text("no picture")
    collect(project, tmp_path / "in", sample="every:1")
    (walk / "0002.png").write_bytes(whole)
    flow.embed(project, encoder="toy")
    assert len(vectors(project)) == 2 and len(reasons(project)) == 1
    flow.embed(project, encoder="toy", retry_failed=True)
    assert len(vectors(project)) == 3 and reasons(project) == []


def test_a_picture_that_the_encoder_refuses_costs_none_of_its_neighbours(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_red(monkeypatch, "toy: no vector for rows [0] of 1: NaN, infinite or zero")
    collect(project, yard)
    assert len(vectors(project)) == 14 and len(reasons(project)) == 4
    assert set(reasons(project)) == {"toy: no vector for rows [0] of 1: NaN, infinite or zero"}


def test_a_second_encoder_lives_beside_the_first(project: Project, yard: Path) -> None:
    collect(project, yard)
    before = vectors(project)
    second = flow.embed(project, encoder="descriptor")
    assert second.startswith("descriptor-1-") and len(vectors(project, second)) == 18 and vectors(project) == before
    assert load(project).vectors.encoder == second and load(project, "toy").vectors.encoder == "toy-1"
    assert load(project, "descriptor").vectors.data.shape == (18, 256)


def test_an_encoder_that_learns_from_the_collection_learns_once(project: Project, yard: Path) -> None:
    to_items(project, yard)
    first = flow.embed(project, encoder="descriptor")
    making.still(yard / "late.png", shade=200)
    to_items(project, yard)
    assert flow.embed(project, encoder="descriptor") == first and len(vectors(project, first)) == 19


def test_what_an_encoder_learnt_moves_with_the_project(tmp_path: Path, yard: Path) -> None:
    with Project.open(tmp_path / "here", create=True) as project:
        to_items(project, yard)
        first = flow.embed(project, encoder="descriptor")
    (tmp_path / "here").rename(tmp_path / "there")
    with Project.open(tmp_path / "there") as project:
        best = flow.search(project, like=[yard / "d.png"], k=1)
        assert keys(project)[best.ids[0]][0] == digest(yard / "d.png")
        assert flow.embed(project, encoder="descriptor") == first


def test_an_encoder_whose_files_were_replaced_is_not_asked_about_old_vectors(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    monkeypatch.setattr(Toy, "id", "toy-2")
    with pytest.raises(ModelError, match=r"^toy: makes toy-2 now, wanted toy-1; put its files back, or embed anew"):
        flow.search(project, like=[yard / "d.png"])


def test_an_encoder_that_learns_has_nothing_to_learn_from_before_there_are_items(project: Project) -> None:
    with pytest.raises(ModelError, match="no items yet; run ingest, sample and detect first"):
        begin_space(project, "descriptor")


def test_the_work_is_told_before_it_starts(project: Project, yard: Path) -> None:
    to_items(project, yard)
    said: list[str] = []
    flow.embed(project, encoder="toy", say=said.append)
    assert len(said) == 1
    assert said[0].startswith("4 files, 0.0 hours, 18 items to look at: about 0.1 minutes and ")


def full(*_: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_will_not_hold_the_result_stops_the_run_before_anything(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_items(project, yard)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 10**6))
    with pytest.raises(StoreError, match=r"the disk has 1 MB free, 18 items need about 1 MB, and 64 MB to spare; make"):
        flow.embed(project, encoder="toy")
    monkeypatch.undo()
    assert vectors(project) == {} and thumbs(project) == 0
    flow.embed(project, encoder="toy")
    assert len(vectors(project)) == 18


def test_a_run_with_nothing_to_do_needs_no_room(project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(project, yard)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6, 0))
    assert flow.embed(project, encoder="toy") == "toy-1"


@pytest.mark.parametrize("writes_before", [0, 3])
def test_a_disk_that_fills_up_on_the_way_leaves_a_whole_project(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch, writes_before: int
) -> None:
    to_items(project, yard)
    write, left = shards._write_flushed, [writes_before]

    def until_full(path: Path, array: Any) -> None:
        left[0] -= 1
        write(path, array) if left[0] >= 0 else full()

    monkeypatch.setattr(shards, "_write_flushed", until_full)
    with pytest.raises(StoreError, match=r"No space left on device; free some space and run the same command again"):
        flow.embed(project, encoder="toy")
    monkeypatch.undo()
    kept = vectors(project)  # two writes a shard of sixteen
    assert len(kept) == 16 * (writes_before // 2)
    flow.embed(project, encoder="toy")
    assert len(vectors(project)) == 18 and kept.items() <= vectors(project).items() and orphans(project) == []


def test_a_small_picture_that_the_disk_refuses_stops_the_run_and_is_no_half_picture(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_items(project, yard)

    def half(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        return full()

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(StoreError, match="No space left on device; free some space"):
        flow.embed(project, encoder="toy")
    monkeypatch.undo()
    assert thumbs(project) == 0
    flow.embed(project, encoder="toy")
    assert thumbs(project) == 18 and orphans(project) == []


def test_small_pictures_are_of_the_items_box(project: Project, yard: Path) -> None:
    to_items(project, yard / "d.png", detect="tiles:n=2,overlap=0")
    flow.embed(project, encoder="toy")
    boxes = {i: key[3] for i, key in keys(project).items()}
    shapes = {box: read_picture(thumb_path(project.thumbs, i)).shape for i, box in boxes.items()}
    assert shapes.pop((0, 0, 1, 1)) == (48, 64, 3) and set(shapes.values()) == {(24, 32, 3)}


def test_small_boxes_are_decoded_large_enough_for_the_encoder(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.new("RGB", (640, 480), (200, 30, 30)).save(folder / "large.png")
    seen: list[tuple[int, ...]] = []
    encode = Toy.__call__

    def look(self: Toy, pictures: Any) -> Floats:
        seen.extend(rgb.shape for rgb in pictures)
        return encode(self, pictures)

    monkeypatch.setattr(Toy, "__call__", look)
    flow.ingest(project, [folder])
    flow.sample(project)
    flow.detect(project)
    flow.embed(project, encoder="toy")
    assert seen[-1] == (32, 43, 3)
    flow.detect(project, detect="tiles:n=3,overlap=0,whole=no")
    flow.embed(project, encoder="toy")
    assert {shape[0] for shape in seen[-9:]} == {32}


def test_over_processes_the_vectors_are_those_made_in_this_one(tmp_path: Path, yard: Path) -> None:
    making.frames(yard / "walk", [True, False, True])
    with Project.open(tmp_path / "one", create=True) as one, Project.open(tmp_path / "two", create=True) as two:
        collect(one, yard)
        with Processes(2) as spread:
            flow.ingest(two, [yard], map=spread)
            flow.sample(two, sample="keyframes", map=spread)
            flow.detect(two, map=spread)
            flow.embed(two, encoder="toy", map=spread)
        assert vectors(one) == vectors(two) and len(vectors(one)) > 18
        assert set(keys(one).values()) == set(keys(two).values())


def test_the_index_counts_what_is_embedded_and_is_made_again_at_will(project: Project, yard: Path) -> None:
    with pytest.raises(InputError, match="nothing embedded yet; run: raravis embed"):
        flow.index(project)
    collect(project, yard)
    assert flow.index(project).vectors == 18
    shutil.rmtree(project.folder / "scan", ignore_errors=True)
    assert flow.index(project).vectors == 18


def test_work_is_read_from_the_store_when_it_is_due_and_not_all_at_once(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(c: Any, table: items.ItemArrays) -> Any:
        made.append(len(table))
        return works(c, table)

    monkeypatch.setattr("raravis.flow.embedding.works", counted)

    def first_only(function: Any, batches: Any) -> Any:
        yield function(next(iter(batches)))

    to_items(project, yard)
    flow.embed(project, encoder="toy", map=first_only)
    assert made == [len(vectors(project))] and 0 < made[0] < 18


def test_a_model_named_from_one_folder_is_found_from_another(
    project: Project, yard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx_making.sidecar(onnx_making.mean_colour(tmp_path / "colour.onnx"))
    monkeypatch.chdir(tmp_path)
    to_items(project, yard)
    flow.embed(project, encoder="onnx:colour.onnx")
    like = making.still(tmp_path / "like.png", red=True, shade=100)
    monkeypatch.chdir("/")
    assert flow.search(project, like=[like], k=1).scores[0] > 0.9


def test_what_an_encoder_learned_goes_along_with_the_classifier(project: Project, yard: Path, oracle: Path) -> None:
    from raravis.plugins import make

    like = making.still(yard.parent / "like.png", red=True, shade=100)
    found = flow.find(project, [yard], "red", like=[like], oracle=oracle, budget=9, encoder="descriptor")
    folder = Path(found.exports["onnx"]).parent
    about = json.loads((folder / "classifier.json").read_text())
    name, _, file = about["encoder_spec"]["spec"].partition(":")
    assert make("embed", f"{name}:{folder / file}").id == about["encoder"]


def test_an_items_vector_does_not_hang_on_which_others_are_embedded_with_it(tmp_path: Path, project: Project) -> None:
    still = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 400, 3)).astype(np.uint8)).save(still)
    to_items(project, still, detect="tiles:3")
    space = begin_space(project, "toy")
    with project.read() as c:
        table = items.arrays(c)
    whole = table.ids[np.all(table.boxes == (0, 0, 1, 1), axis=1)]
    embed_these(project, space, whole.tolist())
    alone = vectors(project, space)
    with project.begin() as c:
        assert shards.drop_items(c, project.vectors, space, whole) == 1
    flow.embed(project, encoder="toy")
    together = vectors(project, space)
    assert len(alone) == 1 and len(together) == 10
    assert alone.items() <= together.items()
