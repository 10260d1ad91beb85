"""Spaces of vectors side by side: which one is in use, when the project turns to another, what goes with one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import onnx_making
import pytest
from flow_making import by_oracle, collect, orphans, said, vectors

from raravis import flow
from raravis.embed.toy import Toy
from raravis.errors import InputError, ModelError, StoreError
from raravis.flow import encoder, removal, spaces
from raravis.flow.answers import answer_round
from raravis.flow.campaign import Campaign
from raravis.flow.collection import load
from raravis.flow.embed import begin_space, embed_these
from raravis.store import Project, concepts, encoders, examples, heads, items, labels, log, progress, shards
from raravis.types import Floats

NEW = "pooled:of=toy,frames=2,pool=max"
NEW_ID = "pooled-1-max2-toy-1"


def in_use(project: Project) -> str:
    return next((space.id for space in spaces.spaces(project) if space.in_use), "")


def first_batches(count: int) -> Callable[..., Any]:
    """A `map` that is killed after so many batches."""

    def stop(function: Any, batches: Any) -> Any:
        for number, batch in enumerate(batches):
            if number == count:
                raise KeyboardInterrupt
            yield function(batch)

    return stop


def searched(project: Project) -> str:
    """Under which encoder a search without further words goes."""
    return load(project).vectors.encoder


def test_the_first_space_is_in_use_from_its_first_vector_on(project: Project, yard: Path) -> None:
    assert spaces.encoder_in_use(project) is None and spaces.spaces(project) == []
    flow.ingest(project, [yard])
    flow.sample(project)
    flow.detect(project)
    with pytest.raises(KeyboardInterrupt):
        flow.embed(project, encoder="toy", map=first_batches(1))
    assert spaces.encoder_in_use(project) == "toy" and len(load(project)) == 16
    (space,) = spaces.spaces(project)
    assert (space.vectors, space.items, space.complete, space.in_use) == (16, 18, False, True)


def test_the_project_turns_to_a_new_space_once_it_is_complete(project: Project, yard: Path) -> None:
    collect(project, yard)
    before, said_so = vectors(project), list[str]()
    assert flow.embed(project, encoder=NEW, say=said_so.append) == NEW_ID == searched(project) == in_use(project)
    kept = f"the space before is kept until: raravis encoders remove toy-1 --project {project.folder}"
    assert said_so[-1] == f"in use from now on: {NEW_ID}; {kept}"
    assert vectors(project) == before and len(vectors(project, NEW_ID)) == 18 and orphans(project) == []
    with project.read() as c:
        assert [(entry.action, entry.detail) for entry in log.all(c)] == [("use encoder", NEW_ID)]


def test_while_a_new_space_grows_everything_goes_on_with_the_old_one(
    project: Project, yard: Path, oracle: Path
) -> None:
    collect(project, yard)
    with pytest.raises(KeyboardInterrupt):
        flow.embed(project, encoder=NEW, map=first_batches(1))
    assert searched(project) == in_use(project) == "toy-1" and len(vectors(project, NEW_ID)) == 16
    like = making.still(yard.parent / "like.png", red=True, shade=100)
    assert flow.search(project, like=[like], k=1).encoder == "toy-1"
    with project.begin() as c:
        concepts.add(c, "red")
    asked = flow.ask(project, "red", k=3)
    assert asked is not None and asked.encoder == "toy-1"
    flow.refine(project, "red", by_oracle(project, oracle), budget=2)
    assert in_use(project) == "toy-1"


def test_an_interrupted_space_goes_on_where_it_was_and_is_then_turned_to(project: Project, yard: Path) -> None:
    collect(project, yard)
    with pytest.raises(KeyboardInterrupt):
        flow.embed(project, encoder=NEW, map=first_batches(1))
    kept, told = vectors(project, NEW_ID), list[tuple[str, int, int]]()
    flow.embed(project, encoder=NEW, tell=lambda *at: told.append(at))
    assert told == [("embed", 2, 2)] and in_use(project) == NEW_ID
    assert len(kept) == 16 and kept.items() <= vectors(project, NEW_ID).items()


def test_a_kill_between_complete_and_switch_is_mended_by_the_next_run(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(spaces, "_switched", killed)
    with pytest.raises(KeyboardInterrupt):
        flow.embed(project, encoder=NEW)
    monkeypatch.undo()
    assert in_use(project) == "toy-1" and spaces.spaces(project)[0].complete
    encoded: list[int] = []
    flow.embed(project, encoder=NEW, tell=lambda _, done, total: encoded.append(done))
    assert in_use(project) == NEW_ID and encoded == []


def test_without_switching_the_new_space_stays_beside_until_it_is_asked_for(project: Project, yard: Path) -> None:
    collect(project, yard)
    assert flow.embed(project, encoder=NEW, switch=False) == NEW_ID
    assert in_use(project) == "toy-1" and len(vectors(project, NEW_ID)) == 18
    assert spaces.use(project, "pooled") == NEW_ID == searched(project)
    assert spaces.use(project, "toy-1") == "toy-1" == searched(project)


def test_a_space_that_lacks_items_is_not_used(project: Project, yard: Path) -> None:
    collect(project, yard)
    with pytest.raises(KeyboardInterrupt):
        flow.embed(project, encoder=NEW, map=first_batches(1))
    with pytest.raises(
        InputError, match=f"^{NEW_ID}: 2 items have no vector there yet.* raravis embed --encoder pooled"
    ):
        spaces.use(project, NEW_ID)
    with pytest.raises(InputError, match=f"unknown encoder 'clip'; known: {NEW_ID}, toy-1"):
        spaces.use(project, "clip")
    assert in_use(project) == "toy-1"


@pytest.mark.parametrize("by", ["embed", "use"])
def test_a_space_with_a_damaged_shard_is_not_used(project: Project, yard: Path, by: str) -> None:
    collect(project, yard)
    flow.embed(project, encoder=NEW, switch=False)
    with project.read() as c:
        (shard,) = shards.open_all(c, project.vectors, NEW_ID)
    (path,) = project.vectors.rglob(f"{shard.name}.vectors.npy")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(StoreError, match=f"1 shards are not as they were written, first {shard.name}; put back a copy"):
        flow.embed(project, encoder=NEW) if by == "embed" else spaces.use(project, NEW_ID)
    assert in_use(project) == "toy-1"


def test_damage_is_not_joined_into_a_shard_with_a_checksum_of_its_own(project: Project, yard: Path) -> None:
    collect(project, yard)
    with pytest.raises(KeyboardInterrupt):
        flow.embed(project, encoder=NEW, map=first_batches(1))
    (path,) = shards.folder_of(project.vectors, NEW_ID).glob("*.vectors.npy")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(StoreError, match="1 shards are not as they were written"):
        flow.embed(project, encoder=NEW, switch=False)
    with pytest.raises(StoreError, match="1 shards are not as they were written"):
        spaces.use(project, NEW_ID)
    assert in_use(project) == "toy-1"


def refusing(monkeypatch: pytest.MonkeyPatch, wanted: Callable[[Any], bool]) -> None:
    encode = Toy.__call__

    def refuse(self: Toy, pictures: Any) -> Floats:
        if any(wanted(rgb) for rgb in pictures):
            raise ModelError("toy: no vector for rows [0] of 1: NaN, infinite or zero")
        return encode(self, pictures)

    monkeypatch.setattr(Toy, "__call__", refuse)


def test_items_that_failed_are_no_hindrance_and_are_told_of(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    refusing(monkeypatch, lambda rgb: rgb[12:20, 12:18, 0].mean() > 180)
    told: list[str] = []
    flow.embed(project, encoder=NEW, say=told.append)
    assert in_use(project) == NEW_ID and len(vectors(project, NEW_ID)) == 14
    assert "\n4 items that had a vector there failed here: raravis status --project" in told[-1]


def test_a_space_in_which_all_failed_is_not_used(project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    collect(project, yard)
    refusing(monkeypatch, lambda rgb: rgb.shape != (32, 32, 3))  # the noise by which it is timed
    told: list[str] = []
    flow.embed(project, encoder=NEW, say=told.append)
    assert in_use(project) == "toy-1"
    status = f"raravis status --project {project.folder}"
    assert told[-1] == f"{NEW_ID}: holds no vector, so toy-1 stays in use; {status} says what failed"
    with pytest.raises(InputError, match="holds no vector to search by"):
        spaces.use(project, NEW_ID)


def test_frames_on_demand_never_turn_the_project(project: Project, yard: Path) -> None:
    collect(project, yard)
    assert begin_space(project, NEW) == NEW_ID
    with project.read() as c:
        embed_these(project, NEW_ID, items.all_ids(c).tolist())
    assert len(vectors(project, NEW_ID)) == 18 and in_use(project) == searched(project) == "toy-1"


def test_what_is_taken_in_later_goes_into_the_space_in_use(project: Project, yard: Path) -> None:
    collect(project, yard)
    flow.embed(project, encoder=NEW)
    making.still(yard / "late.png", shade=200)
    flow.ingest(project, [yard])
    flow.sample(project)
    flow.detect(project)
    assert flow.embed(project) == NEW_ID
    assert (len(vectors(project, NEW_ID)), len(vectors(project))) == (19, 18)
    with pytest.raises(InputError, match=r"^toy-1: 1 item has no vector there yet"):
        spaces.use(project, "toy")


def test_an_encoder_that_changed_under_its_name_is_not_taken_without_being_asked_for(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    monkeypatch.setattr(Toy, "id", "toy-2")
    with pytest.raises(ModelError, match=r"^toy: makes toy-2 now, wanted toy-1"):
        flow.embed(project)
    assert flow.embed(project, encoder="toy") == "toy-2" == in_use(project)


def answered(project: Project, yard: Path, oracle: Path) -> None:
    """Seven answers about red over toy-1, from one picture of it."""
    collect(project, yard)
    like = making.still(yard.parent / "like.png", red=True, shade=100)
    flow.find(project, [yard], "red", like=[like], oracle=oracle, budget=7, encoder="toy", formats=[])


def test_a_search_goes_on_after_the_switch_with_all_its_answers(project: Project, yard: Path, oracle: Path) -> None:
    answered(project, yard, oracle)
    before = said(project)
    flow.embed(project, encoder=NEW)
    campaign = Campaign(project, "red")
    pool = campaign.search.pool
    assert pool.vectors.encoder == NEW_ID and len(before) == 7 and said(project) == before
    assert int((pool.asked & (pool.weight == 1)).sum()) == 7 and pool.examples.shape == (1, Toy.dim)
    asked = campaign.ask(5)
    with project.read() as c:
        assert asked is not None and asked.encoder == NEW_ID and not set(asked.ids) & labels.answered(c, "red")
        assert heads.latest(c, "red", NEW_ID) is None
    answer_round(project, asked, by_oracle(project, oracle))
    flow.train(project, "red")
    with project.read() as c:
        number, head = heads.latest(c, "red", NEW_ID) or (0, None)
        assert number and head is not None and len(head.trained_on) == len(said(project)) == 7 + len(asked.ids)
    found = flow.find(project, [yard], "red", oracle=oracle, budget=18, encoder=NEW, formats=["csv"])
    assert found.answers == 17 and [event.source for event in found.events] == ["cam/a.mp4", "d.png"]


def test_removing_a_space_takes_what_was_learnt_over_it_and_no_answer(
    project: Project, yard: Path, oracle: Path
) -> None:
    answered(project, yard, oracle)
    before = said(project)
    flow.embed(project, encoder=NEW)
    gone = removal.remove(project, "toy-1")
    assert (gone.vectors, gone.heads, gone.examples) == (18, 1, 1) and gone.megabytes > 0 and gone.rounds >= 1
    with project.read() as c:
        assert heads.latest(c, "red", "toy-1") is None and not len(examples.vectors(c, "red", "toy-1").data)
        assert [entry.detail for entry in log.all(c) if entry.action == "remove encoder"] == ["toy-1"]
    assert said(project) == before and [space.id for space in spaces.spaces(project)] == [NEW_ID]
    assert orphans(project) == [] and not [path for path in project.folder.rglob("*") if path.name.startswith("toy-1-")]
    assert [one.outcome for one in flow.replay(project)] == ["not remade"] * gone.rounds
    assert flow.embed(project, encoder="toy") == "toy-1" and len(vectors(project)) == 18


def test_only_an_exact_id_is_removed_and_never_the_space_in_use(project: Project, yard: Path) -> None:
    collect(project, yard)
    with pytest.raises(InputError, match="toy-1: is in use; first turn to another: raravis encoders use NAME"):
        removal.remove(project, "toy-1")
    with pytest.raises(InputError, match=r"^toy: is no id of a space, and only an exact one .*; it may mean: toy-1$"):
        removal.remove(project, "toy")
    with pytest.raises(InputError, match=r"^unknown encoder 'clip'; known: toy-1$"):
        removal.remove(project, "clip")
    assert len(vectors(project)) == 18


def test_a_mapped_file_that_windows_keeps_goes_with_the_next_embed(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    load(project)
    flow.embed(project, encoder=NEW)
    unlink = Path.unlink

    def held(self: Path, missing_ok: bool = False) -> None:
        if "toy-1-" in str(self.parent.name) and NEW_ID not in str(self):
            raise PermissionError(13, "in use")
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", held)
    removal.remove(project, "toy-1")
    left = [path.name for path in project.folder.rglob("*") if path.parent.name.startswith("toy-1-")]
    assert len(left) == 3  # vectors, ids, codes
    monkeypatch.undo()
    flow.embed(project)
    assert not [path for path in project.folder.rglob("*") if path.name.startswith("toy-1-")]


def test_without_items_nothing_is_embedded_and_no_space_begun(project: Project, yard: Path) -> None:
    flow.ingest(project, [yard])
    words = rf"no items yet; run: raravis sample --project {project.folder}, then raravis detect --project "
    with pytest.raises(InputError, match=words):
        flow.embed(project, encoder="toy")
    assert spaces.spaces(project) == []
    (yard / "broken").mkdir()
    (yard / "broken" / "x.mp4").write_bytes(b"no video")
    with Project.open(project.folder.parent / "other", create=True) as other:
        flow.ingest(other, [making.still(yard.parent / "one.png", shade=9)])
        flow.sample(other)
        with other.begin() as c:
            progress.mark(c, "detect", "whole", "1", "failed", reason="unreadable")
        with pytest.raises(InputError, match=r"other: no item came of the sources; why is told by: raravis status"):
            flow.embed(other, encoder="toy")


def test_a_space_of_no_items_is_not_complete(project: Project) -> None:
    begin_space(project, "toy")
    (space,) = spaces.spaces(project)
    assert (space.vectors, space.items, space.complete, space.megabytes) == (0, 0, False, 0.0)


def test_a_project_of_stills_alone_is_no_trouble(project: Project, yard: Path) -> None:
    shutil.rmtree(yard / "cam")
    collect(project, yard)
    flow.embed(project, encoder=NEW)
    assert in_use(project) == NEW_ID and np.array_equal(load(project).seconds, [0, 0])


def test_what_a_space_lacks_is_told_in_one_line_and_failures_are_not_lacking(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spaces.lacking(project) == ""
    collect(project, yard)
    assert spaces.lacking(project) == spaces.lacking(project, "toy") == ""
    with pytest.raises(KeyboardInterrupt):
        flow.embed(project, encoder=NEW, map=first_batches(1))
    told = f"{NEW_ID}: 2 items have no vector there, and cannot be found; run: raravis embed --encoder {NEW}"
    assert spaces.lacking(project) == "" and spaces.lacking(project, "pooled").startswith(told)
    refusing(monkeypatch, lambda rgb: rgb.shape != (32, 32, 3))  # the noise by which it is timed
    flow.embed(project, encoder=NEW)
    assert spaces.space_of(project, NEW_ID).vectors == 16 and spaces.lacking(project, NEW_ID) == ""


def test_frames_on_demand_of_another_space_are_not_lacking(project: Project, yard: Path, oracle: Path) -> None:
    answered(project, yard, oracle)
    flow.embed(project, encoder=NEW, switch=False)
    assert flow.refine(project, "red", by_oracle(project, oracle)) > 0
    assert spaces.space_of(project, NEW_ID).vectors < spaces.space_of(project, NEW_ID).items
    assert spaces.lacking(project, NEW_ID) == ""


def test_an_encoder_that_is_known_and_embedded_nothing_is_told_how_to(project: Project, yard: Path) -> None:
    collect(project, yard)
    words = r"^nothing is embedded by pooled:of=toy yet \(spaces there are: toy-1\); run: raravis embed --enc"
    with pytest.raises(InputError, match=words):
        load(project, "pooled:of=toy")
    with pytest.raises(InputError, match="nothing is embedded by pooled yet"):
        spaces.use(project, "pooled")
    with pytest.raises(InputError, match="unknown encoder 'clip'; known: toy-1"):
        load(project, "clip")


def test_a_path_in_a_spec_means_the_same_file_from_every_folder(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    model = Path(onnx_making.mean_colour(yard.parent / "colour.onnx"))
    onnx_making.sidecar(model)
    made = flow.embed(project, encoder=f"onnx:{model}", switch=False)
    monkeypatch.chdir(yard)
    assert load(project, "onnx:../colour.onnx").vectors.encoder == made
    monkeypatch.chdir(yard.parent)
    assert load(project, "onnx:colour.onnx").vectors.encoder == made
    assert removal.remove(project, made).vectors == 18


def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy's model file was moved away."""

    def missing(self: Toy) -> None:
        raise ModelError("toy.onnx: no such file")

    encoder._loaded.cache_clear()
    monkeypatch.setattr(Toy, "__init__", missing)


def test_where_the_model_is_gone_the_space_and_the_way_on_are_named(
    project: Project, yard: Path, oracle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    like = making.still(yard.parent / "like.png", red=True, shade=100)
    gone(monkeypatch)
    way = r"^toy.onnx: no such file; the space in use, toy-1, was made by it: put it back, or "
    with pytest.raises(ModelError, match=rf"{way}embed by another: raravis embed --encoder OTHER"):
        flow.search(project, like=[like])
    with project.begin() as c:
        encoders.add(c, "b-1", spec="b", dim=3)
    with pytest.raises(ModelError, match=rf"{way}turn to another: raravis encoders use OTHER .*OTHER is b-1"):
        flow.find(project, [yard], "red", like=[like], oracle=oracle)
    with project.begin() as c:
        encoders.use(c, "b-1")
    with pytest.raises(ModelError, match=r"^toy.onnx: no such file; the space toy-1 was made by it$"):
        flow.search(project, like=[like], encoder="toy")


def test_items_with_vectors_are_searched_by_without_the_model(
    project: Project, yard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(project, yard)
    with project.read() as c:
        item = items.all_ids(c).tolist()[2]
    gone(monkeypatch)
    assert flow.search(project, like=[f"item:{item}"], k=1).ids == (item,)
    assert flow.search(project, concept="red", like=[f"item:{item}"], k=1).ids == (item,)
