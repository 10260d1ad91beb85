from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection
from store_making import add_items, add_source

from raravis.errors import StoreError
from raravis.store import Project, encoders, shards, sources

TOY = "toy@1"


def add_shard(c: Connection, project: Project, ids: list[int], value: float, *, encoder: str = TOY) -> str:
    """Name of a recorded shard whose every vector is (value, 0)."""
    encoders.add(c, encoder, spec="toy", dim=2)
    data = np.column_stack([np.full(len(ids), value), np.zeros(len(ids))])
    shard = shards.write(shards.folder_of(project.vectors, encoder), np.array(ids, np.int64), data)
    shards.record(c, encoder, shard)
    return shard.name


def firsts(c: Connection, project: Project) -> dict[int, float]:
    loaded = shards.load(c, project.vectors, TOY)
    return dict(zip(loaded.ids.tolist(), loaded.data[:, 0].tolist(), strict=True))


def files(project: Project) -> set[str]:
    return {path.name for path in project.vectors.glob("*/*")}


def test_shards_are_joined_and_the_first_vector_of_an_item_wins(c: Connection, project: Project) -> None:
    a, b, d = add_items(c, add_source(c), 3)
    add_shard(c, project, [b, a, b], 0.25)
    add_shard(c, project, [a, d], 0.5)
    assert firsts(c, project) == {b: 0.25, a: 0.25, d: 0.5}
    loaded = shards.load(c, project.vectors, TOY)
    assert loaded.data.dtype == np.float16 and loaded.encoder == TOY
    assert shards.embedded_ids(c, project.vectors, TOY).tolist() == [a, b, d]


def test_a_single_whole_shard_stays_a_map(c: Connection, project: Project) -> None:
    add_shard(c, project, add_items(c, add_source(c), 2), 0.5)
    assert isinstance(shards.load(c, project.vectors, TOY).data, np.memmap)


def test_forgotten_items_are_left_out(c: Connection, project: Project) -> None:
    kept, gone = add_source(c, "d1"), add_source(c, "d2")
    (a,), (b,) = add_items(c, kept, 1), add_items(c, gone, 1)
    add_shard(c, project, [a, b], 0.5)
    sources.forget(c, gone)
    assert firsts(c, project) == {a: 0.5}


def test_encoders_live_side_by_side_under_names_that_any_file_system_takes(c: Connection, project: Project) -> None:
    (a,) = add_items(c, add_source(c), 1)
    ids = ["onnx:C:\\models/net?.onnx@1", "onnx:C:/models/net?.onnx@1", "ONNX:C:/models/net?.onnx@1", "x" * 300]
    for number, encoder in enumerate(ids, 1):
        add_shard(c, project, [a], number / 4, encoder=encoder)
    assert [shards.load(c, project.vectors, id).data[0, 0] for id in ids] == [0.25, 0.5, 0.75, 1.0]
    names = [path.name for path in project.vectors.iterdir()]
    assert len({name.lower() for name in names}) == 4 and all(len(name) < 80 for name in names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for name in names)


def test_no_vectors_are_no_trouble(c: Connection, project: Project) -> None:
    assert shards.load(c, project.vectors, TOY).data.shape == (0, 0)
    encoders.add(c, TOY, spec="toy", dim=2)
    assert shards.load(c, project.vectors, TOY).data.shape == (0, 2)
    assert shards.embedded_ids(c, project.vectors, TOY).shape == (0,)
    assert shards.open_all(c, project.vectors, TOY) == []
    assert shards.sweep(c, project.vectors) == 0
    assert shards.drop_items(c, project.vectors, TOY, np.array([1])) == 0


def test_an_empty_shard_is_no_trouble(c: Connection, project: Project) -> None:
    add_shard(c, project, [], 0.5)
    assert shards.load(c, project.vectors, TOY).data.shape == (0, 2)


def test_a_missing_or_short_shard_is_named(c: Connection, project: Project) -> None:
    name = add_shard(c, project, add_items(c, add_source(c), 2), 0.5)
    (path,) = project.vectors.glob(f"*/{name}.vectors.npy")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(StoreError, match=f"{name}: shard missing or cut short"):
        shards.load(c, project.vectors, TOY)
    np.save(path, np.zeros((1, 2), np.float16))
    with pytest.raises(StoreError, match=f"{name}: shard holds 1 vectors and 2 ids, wanted 2 of each"):
        shards.load(c, project.vectors, TOY)
    path.unlink()
    with pytest.raises(StoreError, match=f"{name}: shard missing or cut short"):
        shards.embedded_ids(c, project.vectors, TOY)


def test_a_changed_byte_is_found_when_asked(c: Connection, project: Project) -> None:
    name = add_shard(c, project, add_items(c, add_source(c), 2), 0.5)
    assert shards.damaged(c, project.vectors, TOY) == []
    (path,) = project.vectors.glob(f"*/{name}.vectors.npy")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert shards.damaged(c, project.vectors, TOY) == [name]


def test_a_shard_that_was_never_recorded_does_not_count_and_is_swept(project: Project) -> None:
    with project.begin() as c:
        (a,) = add_items(c, add_source(c), 1)
        name = add_shard(c, project, [a], 0.5)
    with pytest.raises(ZeroDivisionError), project.begin() as c:
        add_shard(c, project, [a], 0.25)
        1 / 0  # noqa: B018
    (project.vectors / "cut-short").mkdir()
    (project.vectors / "cut-short" / f"{'0' * 32}.vectors.unfinished").touch()
    (project.vectors / "cut-short" / "scan-cache.npy").touch()  # not a shard
    with project.read() as c:
        assert firsts(c, project) == {a: 0.5}
        assert shards.sweep(c, project.vectors) == 3
        assert files(project) == {f"{name}.vectors.npy", f"{name}.ids.npy", "scan-cache.npy"}
        assert firsts(c, project) == {a: 0.5}


def test_dropping_items_rewrites_their_shards_and_a_sweep_after_the_commit_removes_the_old(project: Project) -> None:
    with project.begin() as c:
        a, b, d = add_items(c, add_source(c), 3)
        mixed, whole = add_shard(c, project, [a, b], 0.5), add_shard(c, project, [d], 0.75)
        add_shard(c, project, [b], 0.25)
    before = files(project)
    with pytest.raises(ZeroDivisionError), project.begin() as c:
        shards.drop_items(c, project.vectors, TOY, np.array([b]))
        1 / 0  # noqa: B018
    with project.read() as c:
        assert firsts(c, project) == {a: 0.5, b: 0.5, d: 0.75}
    with project.begin() as c:
        assert shards.drop_items(c, project.vectors, TOY, np.array([b, 99])) == 2
    assert before < files(project)
    with project.read() as c:
        shards.sweep(c, project.vectors)
        assert firsts(c, project) == {a: 0.5, d: 0.75}
        names = [shard.name for shard in shards.open_all(c, project.vectors, TOY)]
    assert whole in names and mixed not in names and len(names) == 2
    assert files(project) == {f"{name}.{kind}.npy" for name in names for kind in ("vectors", "ids")}


def test_compacting_makes_one_shard_that_stays_a_map_and_holds_the_same(project: Project) -> None:
    with project.begin() as c:
        a, b, d = add_items(c, add_source(c), 3)
        add_shard(c, project, [a, b], 0.5)
        assert not shards.compact(c, project.vectors, TOY)  # one shard is left as it is
        add_shard(c, project, [b, d, 99], 0.25)  # b is there already, 99 was forgotten
    with pytest.raises(ZeroDivisionError), project.begin() as c:
        assert shards.compact(c, project.vectors, TOY)
        1 / 0  # noqa: B018
    with project.begin() as c:
        assert len(shards.open_all(c, project.vectors, TOY)) == 2
        assert shards.compact(c, project.vectors, TOY)
    with project.read() as c:
        (one,) = shards.open_all(c, project.vectors, TOY)
        assert firsts(c, project) == {a: 0.5, b: 0.5, d: 0.25} and one.ids.tolist() == [a, b, d]
        assert isinstance(shards.load(c, project.vectors, TOY).data, np.memmap)
        assert shards.damaged(c, project.vectors, TOY) == []
        shards.sweep(c, project.vectors)
        assert files(project) == {f"{one.name}.vectors.npy", f"{one.name}.ids.npy"}


def test_a_disk_that_refuses_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "toy").touch()
    with pytest.raises(StoreError, match="toy: File exists"):
        shards.write(tmp_path / "toy", np.zeros(1, np.int64), np.zeros((1, 2)))
