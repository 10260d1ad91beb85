"""A project of the version in which the hand-made encoder was called builtin goes on as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import media_making as making
import pytest
from flow_making import by_oracle
from sqlalchemy import text

from raravis import flow
from raravis.flow import spaces
from raravis.flow.collection import load
from raravis.flow.examples import add_examples
from raravis.store import Project, encoders, shards


def made_then(folder: Path, yard: Path) -> str:
    """A project as that version left it; the id of its only encoder."""
    with Project.open(folder, create=True) as project:
        flow.ingest(project, [yard])
        flow.sample(project)
        flow.detect(project)
        now = flow.embed(project, encoder="descriptor")
        old = "builtin-1-" + now.rpartition("-")[2]
        add_examples(project, "red", like=[making.still(yard.parent / "like.png", red=True, shade=100)])
        with project.begin() as c:
            encoders.add(c, old, spec="builtin", dim=256)
            c.execute(text(f"UPDATE shards SET encoder = '{old}'"))
            if old != now:
                c.execute(text(f"DELETE FROM encoders WHERE id = '{now}'"))
            for column in ("in_use", "begun_at"):
                c.execute(text(f"ALTER TABLE encoders DROP COLUMN {column}"))
            c.execute(text("DELETE FROM migrations WHERE name = 'm0002_space_in_use'"))
        if old != now:
            shards.folder_of(project.vectors, now).rename(shards.folder_of(project.vectors, old))
        (project.encoders / "descriptor.npz").rename(project.encoders / "builtin.npz")
    return old


@pytest.fixture
def then(tmp_path: Path, yard: Path) -> Iterator[tuple[Project, str]]:
    old = made_then(tmp_path / "old", yard)
    with Project.open(tmp_path / "old") as project:
        yield project, old


def test_it_searches_and_asks_under_the_old_id_by_what_was_learnt_then(
    then: tuple[Project, str], yard: Path, oracle: Path
) -> None:
    project, old = then
    (space,) = spaces.spaces(project)
    assert (space.id, space.spec, space.in_use, space.complete) == (old, "descriptor", True, True)
    assert flow.search(project, concept="red", k=1).encoder == old
    answered = flow.refine(project, "red", by_oracle(project, oracle), budget=0)
    assert answered == 0 and (asked := flow.ask(project, "red", k=3)) is not None and asked.encoder == old


@pytest.mark.parametrize("encoder", [None, "descriptor"])
def test_new_files_join_the_old_vectors_and_nothing_is_learnt_or_embedded_anew(
    then: tuple[Project, str], yard: Path, encoder: str | None
) -> None:
    project, old = then
    making.still(yard / "late.png", shade=200)
    flow.ingest(project, [yard])
    flow.sample(project)
    flow.detect(project)
    assert flow.embed(project, encoder=encoder) == old and len(load(project)) == 19
    assert [file.name for file in project.encoders.iterdir()] == ["builtin.npz"]


def test_what_was_learnt_then_is_nothing_to_the_encoder_that_has_the_name_now(
    then: tuple[Project, str], yard: Path
) -> None:
    project, old = then
    now = flow.embed(project, encoder="builtin")
    assert now != old and load(project).vectors.encoder == now and {s.id for s in spaces.spaces(project)} == {now, old}


def test_a_classifier_of_an_older_project_is_exported_with_what_its_encoder_learnt(
    then: tuple[Project, str], yard: Path, oracle: Path
) -> None:
    project, _ = then
    found = flow.find(project, [yard], "red", oracle=oracle, budget=9, encoder="descriptor", formats=["onnx"])
    assert sorted(path.name for path in Path(found.exports["onnx"]).parent.iterdir() if path.suffix == ".npz") == [
        "builtin.npz"
    ]
