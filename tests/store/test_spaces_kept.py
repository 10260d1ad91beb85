"""Spaces of vectors in the store: one is in use, and what an older version left is brought up to date."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Connection, text
from store_making import add_items, add_source

from raravis.errors import InputError
from raravis.store import Project, concepts, encoders, examples, heads, labels, log, progress, rounds, shards
from raravis.store.migrations import MIGRATIONS, applied, migrate
from raravis.types import Head, Label

OLD = "builtin-1-0123456789ab"


def add(c: Connection, *ids: str, spec: str = "toy") -> None:
    for id in ids:
        encoders.add(c, id, spec=spec, dim=2)


def add_shard(c: Connection, project: Project, encoder: str) -> None:
    shard = shards.write(shards.folder_of(project.vectors, encoder), np.array([1]), np.eye(2)[:1])
    shards.record(c, encoder, shard)


def test_the_first_encoder_is_in_use_and_another_only_when_it_is_turned_to(c: Connection, project: Project) -> None:
    assert encoders.current(c) is None
    add(c, "b", "a")
    add_shard(c, project, "a")
    assert encoders.current(c) == "b" and [each.in_use for each in encoders.all(c)] == [False, True]
    encoders.use(c, "a")
    add(c, "b")
    assert encoders.current(c) == "a" and [each.in_use for each in encoders.all(c)] == [True, False]
    assert [(entry.action, entry.detail) for entry in log.all(c)] == [("use encoder", "a")]


def test_a_switch_that_is_not_committed_did_not_happen(project: Project) -> None:
    with project.begin() as c:
        add(c, "a", "b")
    with pytest.raises(ZeroDivisionError), project.begin() as c:
        encoders.use(c, "b")
        1 / 0  # noqa: B018
    with project.read() as c:
        assert encoders.current(c) == "a"


def test_a_name_means_an_id_before_a_spec_before_a_bare_name_and_the_one_in_use_among_several(c: Connection) -> None:
    add(c, "z", spec="onnx:/z.onnx")
    add(c, "onnx:/y.onnx", spec="onnx:/x.onnx")
    add(c, "a", spec="onnx:/a.onnx")
    assert encoders.named(c, "onnx:/y.onnx") == "onnx:/y.onnx"
    assert encoders.named(c, "onnx:/a.onnx") == "a"
    assert encoders.named(c, "onnx") == "z"
    encoders.use(c, "a")
    assert encoders.named(c, "onnx") == "a"
    with pytest.raises(InputError, match=r"unknown encoder 'clip'; known: a, onnx:/y\.onnx, z"):
        encoders.named(c, "clip")


def test_removing_an_encoder_takes_what_lies_over_its_vectors_and_leaves_rounds_and_answers(
    c: Connection, project: Project
) -> None:
    concepts.add(c, "fox")
    (item,) = add_items(c, add_source(c), 1)
    arrays = (np.ones((2, 1), np.float32), np.zeros(1, np.float32), np.ones((2, 1), np.float32), np.ones(1, np.float32))
    for encoder in ("a", "b"):
        add(c, encoder)
        add_shard(c, project, encoder)
        heads.add(c, "fox", Head(("fox",), *arrays, encoder), "a test")
        example = examples.add(c, "fox", "f.jpg", "digest", 1, b"picture")
        examples.set_vector(c, example, encoder, np.array([1, 0], np.float32))
        progress.mark(c, "embed", encoder, str(item), "failed")
        for params in ({}, {"round_number": 0}):
            rounds.keep(c, "fox", [item], [1.0], strategy="top", params=params, encoder=encoder)
    c.execute(text("UPDATE rounds SET head_id = 1 WHERE encoder = 'a'"))
    labels.add(c, [Label(item, "fox", 1, "ann")])
    assert encoders.leans_on(c, "a") == (1, 1, 1)
    encoders.remove(c, "a")
    assert encoders.leans_on(c, "a") == (0, 0, 1) and encoders.leans_on(c, "b") == (1, 1, 1)
    assert [each.id for each in encoders.all(c)] == ["b"] and shards.open_all(c, project.vectors, "a") == []
    assert progress.states(c, "embed", "a") == {} and len(progress.states(c, "embed", "b")) == 1
    assert [one.head_id for one in rounds.all(c, "fox")] == [None] * 4 and len(labels.current(c, "fox")) == 1


def test_a_round_that_looked_closer_by_an_encoder_leans_on_it_too(c: Connection) -> None:
    concepts.add(c, "fox")
    add(c, "a", "b")
    params = {"round_number": 0, "closer": {"encoder": "b"}}
    rounds.keep(c, "fox", [], [], strategy="top", params=params, encoder="a")
    assert (encoders.leans_on(c, "a").rounds, encoders.leans_on(c, "b").rounds) == (1, 1)


def older(c: Connection) -> None:
    """Takes the tables back to before spaces were in use or not."""
    for column in ("in_use", "begun_at"):
        c.execute(text(f"ALTER TABLE encoders DROP COLUMN {column}"))
    c.execute(text("DELETE FROM migrations WHERE name = 'm0002_space_in_use'"))


def test_in_an_older_project_the_space_whose_vectors_came_last_is_the_one_in_use(project: Project) -> None:
    with project.begin() as c:
        add(c, "a", "b", "d")
        for encoder in ("a", "b", "a"):
            add_shard(c, project, encoder)
        older(c)
    assert migrate(project.engine) == ["m0002_space_in_use"] and migrate(project.engine) == []
    with project.begin() as c:
        assert encoders.current(c) == "a" and encoders.require(c, "a").begun_at is None
        assert applied(c) == [migration.__name__ for migration in MIGRATIONS]
        encoders.use(c, "d")
        assert encoders.current(c) == "d"


def test_in_an_older_project_without_vectors_none_is_in_use_until_one_is_begun(project: Project) -> None:
    with project.begin() as c:
        add(c, "a")
        older(c)
    migrate(project.engine)
    with project.begin() as c:
        assert encoders.current(c) is None
        add(c, "b")
        assert encoders.current(c) == "b"


def test_what_an_older_version_called_builtin_is_asked_for_as_descriptor_under_its_old_id(project: Project) -> None:
    specs = {OLD: "builtin", "builtin-1-ffff": "builtin:/a/b.npz", "my-builtin-1-2": "builtin", "toy-1": "toy"}
    with project.begin() as c:
        for id, spec in specs.items():
            add(c, id, spec=spec)
        older(c)
    migrate(project.engine)
    with project.read() as c:
        assert {each.id: each.spec for each in encoders.all(c)} == specs | {
            OLD: "descriptor",
            "builtin-1-ffff": "descriptor:/a/b.npz",
        }
