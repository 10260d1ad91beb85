"""The exact index: what it promises, and what it leaves on disk."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from raravis import testing
from raravis.arrays import reached
from raravis.errors import InputError, StoreError
from raravis.index import codes, exact
from raravis.index.codes import quantise, widened
from raravis.index.exact import Exact
from raravis.types import Vectors


def vectors(n: int, dim: int = 16, *, seed: int = 0, encoder: str = "e") -> Vectors:
    data = np.random.default_rng(seed).standard_normal((n, dim))
    return Vectors(np.arange(n), (data / np.linalg.norm(data, axis=1, keepdims=True)).astype(np.float16), encoder)


def first(whole: Vectors, n: int) -> Vectors:
    return Vectors(whole.ids[:n], whole.data[:n], whole.encoder)


def names(folder: Path) -> list[str]:
    return sorted("-".join(path.name.split("-")[:3]) for path in folder.iterdir())


def test_it_keeps_the_contract(tmp_path: Path) -> None:
    testing.check_index(Exact, tmp_path)


@pytest.mark.parametrize("spread", [1.0, 0.02])
def test_the_ten_best_are_those_of_a_float32_scan_among_random_and_among_near_equal_vectors(spread: float) -> None:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((40, 64))[rng.integers(40, size=20_000)] + spread * rng.standard_normal((20_000, 64))
    unit = (data / np.linalg.norm(data, axis=1, keepdims=True)).astype(np.float16)
    queries = unit[:20].astype(np.float32)
    ids, _ = Exact(Vectors(np.arange(20_000), unit, "e")).search(queries, 10)
    truth = np.argsort(-np.einsum("qd,nd->qn", queries, unit.astype(np.float32)), axis=1, kind="stable")[:, :10]
    np.testing.assert_array_equal(np.sort(ids), np.sort(truth))


def test_a_vector_made_to_be_rounded_badly_is_found_all_the_same() -> None:
    """One large number makes the steps coarse; the rest, below half a step, is lost in int8."""
    lost = np.full(1000, 0.0035)
    lost[0] = 0.95
    flat = np.ones(1000)
    flat[0] = 0
    flat /= np.linalg.norm(flat)
    others = np.zeros((50, 1000))
    others[:, 1], others[:, 0] = 0.9, 0.1
    data = np.concatenate([others, [lost]]).astype(np.float16)
    index = Exact(Vectors(np.arange(51), data, "e"))
    query = flat[None].astype(np.float32)
    assert index.scan(query)[0, 50] < index.scan(query)[0, :50].min()  # what int8 alone says
    assert index.search(query, 1)[0].tolist() == [[50]]


def test_ties_go_to_the_lower_id_whatever_the_order_of_the_rows() -> None:
    same = Vectors(np.array([9, 4, 7]), np.tile(np.float16([0.6, 0.8]), (3, 1)), "e")
    assert Exact(same).search(np.float32([[1, 0]]), 2)[0].tolist() == [[4, 7]]


def test_half_floats_widen_to_the_very_same_numbers() -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)]
    np.testing.assert_array_equal(widened(every).view(np.uint32), every.astype(np.float32).view(np.uint32))


def test_codes_are_the_nearest_and_the_error_is_what_is_left() -> None:
    rows = np.float32([[1.27, -0.634, 0], [0, 0, 0]])
    coded, scale, error = quantise(rows)
    assert coded.tolist() == [[127, -63, 0], [0, 0, 0]]
    np.testing.assert_allclose(scale[0], 0.01)
    np.testing.assert_allclose(error, [0.004, 0], atol=1e-6)


@pytest.mark.parametrize(("n", "k"), [(10_000, 3), (50, 7), (50, 50)])
def test_the_bar_is_reached_by_k_rows_and_is_no_score_above_the_kth(n: int, k: int) -> None:
    scores = np.random.default_rng(0).standard_normal(n).astype(np.float32)
    assert (scores >= reached(scores, k)).sum() >= k
    assert reached(scores, k) <= np.sort(scores)[-k]


def test_adding_vectors_quantises_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, seen = vectors(50), []
    monkeypatch.setattr(codes, "quantise", lambda rows: seen.append(len(rows)) or quantise(rows))
    for n in (20, 20, 35, 50, 50):
        Exact(first(whole, n), tmp_path)
    assert seen == [20, 15, 15]
    assert names(tmp_path) == ["scan-0-20", "scan-20-35", "scan-35-50"]


def test_many_small_files_become_one(tmp_path: Path) -> None:
    whole = vectors(100)
    for n in range(10, 100, 10):
        Exact(first(whole, n), tmp_path)
    assert names(tmp_path) == ["scan-0-90"]


@pytest.mark.parametrize(
    "other",
    [vectors(50, seed=1), vectors(50, encoder="f"), vectors(50, dim=8), first(vectors(50), 30)],
    ids=["numbers", "encoder", "dim", "fewer"],
)
def test_files_made_from_other_vectors_are_replaced(tmp_path: Path, other: Vectors) -> None:
    Exact(vectors(50), tmp_path)
    before = set(tmp_path.iterdir())
    query = other.data[:1].astype(np.float32)
    np.testing.assert_array_equal(Exact(other, tmp_path).search(query, 5)[0], Exact(other).search(query, 5)[0])
    assert len(list(tmp_path.iterdir())) == 1 and not before & set(tmp_path.iterdir())


def test_some_rows_are_scanned_as_all_are(tmp_path: Path) -> None:
    whole, query = vectors(50), vectors(2, seed=3).data.astype(np.float32)
    Exact(first(whole, 20), tmp_path)
    index, rows = Exact(whole, tmp_path), np.array([41, 3, 19, 20, 3])  # of two parts, in no order, one twice
    np.testing.assert_array_equal(index.scan_of(query, rows), index.scan(query)[:, rows])
    assert index.scan_of(query, rows[:0]).shape == (2, 0)


def test_a_file_cut_short_is_made_anew(tmp_path: Path) -> None:
    whole = vectors(50)
    Exact(whole, tmp_path)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    file.write_bytes(good[:-1])
    Exact(whole, tmp_path)
    assert file.read_bytes() == good


def test_a_file_that_another_sweeps_before_it_is_opened_costs_memory_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, query = vectors(50), vectors(50).data[:1].astype(np.float32)
    whole = Exact(some).search(query, 5)
    monkeypatch.setattr(codes, "_opened", lambda *_: None)
    swept = Exact(some, tmp_path).search(query, 5)
    assert all(np.array_equal(one, other) for one, other in zip(whole, swept, strict=True))


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="cannot keep the scan cache: No space left on device"):
        Exact(vectors(50), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot keep the scan cache"):
        Exact(vectors(5), tmp_path / "file" / "scan")


def test_no_vectors_need_no_folder(tmp_path: Path) -> None:
    assert Exact(vectors(0), tmp_path / "none").search(np.ones((1, 16), np.float32), 3)[0].shape == (1, 0)
    assert not list(tmp_path.iterdir())


def test_vectors_taken_out_of_the_middle_leave_the_leading_files_alone(tmp_path: Path) -> None:
    whole = vectors(60)
    for n in (20, 40, 60):
        Exact(first(whole, n), tmp_path)
    kept = np.delete(np.arange(60), 30)
    Exact(Vectors(whole.ids[kept], whole.data[kept], "e"), tmp_path)
    assert names(tmp_path) == ["scan-0-20", "scan-20-59"]


def test_blocks_and_threads_do_not_change_the_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = vectors(1000)
    queries = whole.data[:3].astype(np.float32)
    wanted = Exact(whole).scan(queries)
    monkeypatch.setattr(exact, "BLOCK", 100)
    np.testing.assert_array_equal(Exact(whole).scan(queries), wanted)


def test_a_thousand_scans_leave_the_interpreter_whole() -> None:
    """An `out=` of the kernel's would take one reference to None a call, and abort Python 3.11 in time."""
    import sys

    index, query = Exact(vectors(10)), vectors(1).data.astype(np.float32)
    before = sys.getrefcount(None)
    for _ in range(1000):
        index.scan(query)
    assert sys.getrefcount(None) > before - 500


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3.0])
def test_vectors_that_are_not_of_unit_length_are_refused_by_row(bad: float) -> None:
    data = vectors(20).data.copy()
    data[13, 2] = bad
    with pytest.raises(InputError, match="vector 13: got length"):
        Exact(Vectors(np.arange(20), data, "e"))
