"""raravis index: what is built, when it grows, when it is laid out anew, and what damages of it come to."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import index_making as making
import numpy as np
import pytest

from raravis import flow
from raravis.errors import InputError, StoreError
from raravis.flow.indexing.checking import check
from raravis.flow.indexing.opening import remove
from raravis.flow.searching.searcher import mark, searcher
from raravis.index import building, tuning
from raravis.index.approximate import Approximate
from raravis.index.exact import Exact
from raravis.store import Project, sources

pytest.importorskip("faiss", reason="faiss")
N = 1200


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of N vectors, with lists built over them."""
    folder = tmp_path_factory.mktemp("made") / "project"
    with Project.open(folder, create=True) as project:
        making.film(project, "a.mp4", making.vectors(N))
        flow.index(project, kind="ivf-sq8")
    return folder


@pytest.fixture
def listed(made_once: Path, tmp_path: Path) -> Iterator[Project]:
    """A copy of it."""
    shutil.copytree(made_once, tmp_path / "listed")
    with Project.open(tmp_path / "listed") as project:
        yield project


@pytest.fixture
def filled(listed: Project) -> Project:
    """A copy without the lists."""
    remove(listed)
    return listed


def generation(project: Project) -> Path:
    return sorted(project.index.glob("*/*"))[-1]


def lists_of(project: Project) -> Any:
    index = searcher(project).index
    assert isinstance(index, Approximate)
    return index


def same_as_a_scan(project: Project, k: int = 10) -> float:
    """The share of rows that searches by the index and by a scan have in common."""
    queries = making.vectors(200, seed=5).data.astype(np.float32)
    found, wanted = (searcher(project, exact=exact).search(queries, k)[0] for exact in (False, True))
    return float(np.mean([len(set(one) & set(other)) / k for one, other in zip(found, wanted, strict=True)]))


def test_by_itself_it_scans_and_builds_nothing(filled: Project) -> None:
    assert str(flow.index(filled)) == "1,200 vectors indexed, exact"
    assert isinstance(searcher(filled).index, Exact) and not list(filled.index.rglob("*.faiss"))


def test_lists_are_built_where_asked_for_and_searches_go_by_them(filled: Project) -> None:
    made = flow.index(filled, kind="ivf-sq8")
    assert (made.kind, made.vectors, made.recall) == ("ivf-sq8", N, 0.95) and made.nprobe < made.lists
    assert lists_of(filled).lists.count == N and same_as_a_scan(filled) > 0.9


def test_beyond_a_size_lists_are_built_unasked_and_without_the_library_it_says_so(
    filled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb_module(), "PAYS", N)
    assert flow.index(filled).kind == "ivf-sq8"
    remove(filled)
    monkeypatch.setitem(sys.modules, "faiss", None)
    said: list[str] = []
    assert flow.index(filled, say=said.append).kind == "exact"
    assert "pip install 'raravis[faiss]'" in said[0]
    with pytest.raises(InputError, match="pip install"):
        flow.index(filled, kind="ivf-sq8")


def verb_module() -> Any:
    return sys.modules["raravis.flow.index"]


def test_run_again_it_leaves_what_fits_as_it_is(filled: Project) -> None:
    flow.index(filled, kind="ivf-rabitq")
    before = generation(filled)
    assert flow.index(filled).kind == "ivf-rabitq"  # and keeps to what was built
    assert generation(filled) == before


def test_what_came_since_is_found_at_once_and_joins_the_lists_without_training(
    listed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = making.film(listed, "b.mp4", making.vectors(500, seed=3))
    index = lists_of(listed)
    assert len(index.delta) == 500
    query = index.vectors.data[index.delta[7]][None].astype(np.float32)
    assert index.search(query, 1)[0].tolist() == [[ids[7]]]
    monkeypatch.setattr(building, "trained", lambda *_, **__: pytest.fail("trained"))
    assert flow.index(listed).vectors == N + 500
    assert not len(lists_of(listed).delta) and lists_of(listed).search(query, 1)[0].tolist() == [[ids[7]]]
    assert lists_of(listed).lists.trained_at == N


def test_twice_as_many_are_laid_out_anew(listed: Project) -> None:
    making.film(listed, "b.mp4", making.vectors(N, seed=3))
    flow.index(listed)
    assert lists_of(listed).lists.trained_at == 2 * N


def test_a_source_that_is_forgotten_leaves_the_lists_and_its_file(filled: Project) -> None:
    gone = making.film(filled, "b.mp4", making.vectors(500, seed=3))
    flow.index(filled, kind="ivf-sq8")
    flow.forget(filled, "b.mp4")
    index = lists_of(filled)
    assert index.lists.count == N and not index.tombstones and not np.isin(gone, index.lists.ids).any()
    assert len(list(filled.index.glob("*/*"))) == 1 and same_as_a_scan(filled) > 0.9


def test_a_recall_that_cannot_be_reached_builds_nothing_and_says_what_can(
    listed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generation(listed)
    monkeypatch.setattr(tuning, "FEW", 1)
    with pytest.raises(InputError, match=r"ivf-rabitq: finds 0\.\d+ of the ten best at most, wanted 0\.9999; .*exact"):
        flow.index(listed, kind="ivf-rabitq", recall=0.9999)
    assert generation(listed) == before and lists_of(listed).lists.kind == "ivf-sq8"
    with pytest.raises(InputError, match="for a recall of 1: --kind exact"):
        flow.index(listed, kind="ivf-sq8", recall=1)


def test_another_recall_is_kept_without_training(filled: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    least = flow.index(filled, kind="ivf-sq8", recall=0.6)
    monkeypatch.setattr(building, "trained", lambda *_, **__: pytest.fail("trained"))
    most = flow.index(filled, recall=0.97)
    assert most.nprobe > least.nprobe and lists_of(filled).recall == 0.97


def test_too_few_vectors_for_lists_are_said(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    making.film(project, "a.mp4", making.vectors(20))
    with pytest.raises(InputError, match=r"ivf-sq8: is for more vectors than 20; scan them all: --kind exact$"):
        flow.index(project, kind="ivf-sq8")
    assert capfd.readouterr().err == ""  # of the library, which warns of few


def test_exact_again_takes_the_lists_away(listed: Project) -> None:
    flow.index(listed, kind="exact")
    assert not list(listed.index.glob("*/*")) and isinstance(searcher(listed).index, Exact)


def test_removed_lists_leave_nothing(filled: Project) -> None:
    assert remove(filled) == 0
    flow.index(filled, kind="ivf-sq8")
    assert remove(filled) > N * 16
    assert not list(filled.index.glob("*/*"))


@pytest.mark.parametrize("name", ["lists.faiss", "ids.npy", "manifest.json"])
def test_a_file_cut_short_is_said_and_a_rebuild_mends_it(listed: Project, name: str) -> None:
    file = generation(listed) / name
    file.write_bytes(file.read_bytes()[:-100])
    for use in (searcher, flow.index, check):
        with pytest.raises(StoreError, match=f"{name}: .*; build it again: raravis index --rebuild --encoder .* --pro"):
            use(listed)
    assert searcher(listed, exact=True).search(np.ones((1, 16), np.float32), 3)[0].shape == (1, 3)
    assert flow.index(listed, rebuild=True).vectors == N and same_as_a_scan(listed) > 0.9


def test_where_nothing_tells_any_more_what_kind_was_built_a_rebuild_says_so(listed: Project) -> None:
    said: list[str] = []
    (generation(listed) / "manifest.json").write_text("")
    assert flow.index(listed, rebuild=True, say=said.append).kind == "exact"
    assert said == [
        "what kind was built before cannot be read any more, so the number of vectors decides; or name one: --kind"
    ]


@pytest.mark.parametrize("name", ["lists.faiss", "ids.npy", "manifest.json"])
def test_a_file_that_is_gone_is_said(listed: Project, name: str) -> None:
    (generation(listed) / name).unlink()
    if name == "manifest.json":  # then nothing was ever finished there
        assert isinstance(searcher(listed).index, Exact)
        return
    with pytest.raises(StoreError, match=f"{name}: is missing; build it again"):
        searcher(listed)


def flipped(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 0x10
    file.write_bytes(data)


@pytest.mark.parametrize("at", [0, 40, 500, 1500])
def test_a_byte_that_flips_in_what_says_where_everything_is_is_said_on_opening(listed: Project, at: int) -> None:
    flipped(generation(listed) / "lists.faiss", at)
    with pytest.raises(StoreError, match=r"lists.faiss: is not as it was written; build it again"):
        searcher(listed)


def test_a_byte_that_flips_among_the_codes_never_makes_a_wrong_answer_and_check_says_it(listed: Project) -> None:
    file = generation(listed) / "lists.faiss"
    whole, head = file.read_bytes(), lists_of(listed).lists
    rng = np.random.default_rng(0)
    for _ in range(3):
        hurt = bytearray(whole)
        for at in rng.integers(len(whole) - head.count * 24, len(whole), 200):
            hurt[at] = rng.integers(256)
        file.unlink()  # not written over: a search that was refused may still be reading it in another thread
        file.write_bytes(bytes(hurt))
        _answers_are_right(listed)
    with pytest.raises(StoreError, match=r"lists.faiss: is not as it was written; build it again"):
        check(listed)


def _answers_are_right(project: Project) -> None:
    """What comes out has its own score, is there once; or the damage was met and is said."""
    made = searcher(project)
    queries = making.vectors(100, seed=5).data.astype(np.float32)
    data = made.collection.vectors.data.astype(np.float32)
    try:
        rows, scores = made.search(queries, 10)
    except StoreError as error:
        assert "build it again" in str(error)
        return
    np.testing.assert_allclose(scores, np.einsum("qd,qkd->qk", queries, data[rows]), atol=1e-5)
    assert all(len(set(row)) == 10 for row in rows.tolist())


def test_lists_of_another_encoder_or_of_other_vectors_are_refused(listed: Project, tmp_path: Path) -> None:
    for name, rows, why in (
        ("encoder", making.vectors(N, encoder="other-1"), "made of vectors of made-1"),
        ("dim", making.vectors(N, 8), r"made of vectors of made-1 \(16 numbers\), wanted made-1 \(8\)"),
        ("numbers", making.vectors(N, seed=9), "made of other vectors than these"),
    ):
        with Project.open(tmp_path / name, create=True) as other:
            making.film(other, "a.mp4", rows)
            target = verb_module().folder_of(other, rows.encoder)
            target.parent.mkdir(exist_ok=True)
            shutil.copytree(generation(listed).parent, target)
            with pytest.raises(StoreError, match=why):
                searcher(other)


def test_a_build_that_is_killed_leaves_the_old_one_and_the_next_sweeps(listed: Project) -> None:
    before = generation(listed)
    child = multiprocessing.get_context("spawn").Process(target=_build_and_die, args=(str(listed.folder),))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert len(list(listed.index.glob("*/*"))) == 2
    assert lists_of(listed).lists.file.parent == before and same_as_a_scan(listed) > 0.9
    assert flow.index(listed, rebuild=True).vectors == N
    assert len(list(listed.index.glob("*/*"))) == 1


def _build_and_die(folder: str) -> None:
    from raravis.index import manifest

    manifest.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    with Project.open(folder) as project:
        flow.index(project, kind="ivf-sq8", rebuild=True)


def test_a_full_disk_is_one_line_and_the_old_one_counts(listed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = generation(listed)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(StoreError, match="cannot keep the index: No space left"):
        patched.setattr("os.fsync", full)
        flow.index(listed, rebuild=True)
    assert generation(listed) == before and lists_of(listed)


def test_a_search_goes_on_in_lists_that_were_replaced(filled: Project) -> None:
    held = searcher(filled) if flow.index(filled, kind="ivf-sq8") else None
    assert held is not None
    flow.index(filled, rebuild=True)
    query = making.vectors(1).data.astype(np.float32)
    np.testing.assert_array_equal(held.search(query, 5)[0], searcher(filled).search(query, 5)[0])


def test_check_measures_what_is_found_and_says_where_it_is_less_than_asked(filled: Project) -> None:
    assert check(filled) is None
    flow.index(filled, kind="ivf-sq8")
    made = check(filled, sample=100)
    assert made is not None and made.kept and min(made.items, made.means) > 0.9 and made.queries == 100
    worse = made._replace(means=0.9, error=0.01)
    assert not worse.kept and "NOT KEPT" in worse.lines()[1]


def dated(project: Project, name: str) -> None:
    """As an ingest does that gives a known file another timeline."""
    with project.begin() as c:
        found = sources.get(c, sources.by_name(c, name)[0])
        sources.set_places(c, [(found.id, replace(found.places[0], timeline="site", starts_at=1e9))])


def test_the_mark_changes_with_vectors_items_and_the_index_and_with_nothing_else(filled: Project) -> None:
    seen = [mark(filled)]
    assert mark(filled) == seen[0] != ""
    steps: list[Any] = [
        lambda: flow.index(filled, kind="ivf-sq8"),
        lambda: flow.index(filled, rebuild=True),
        lambda: making.film(filled, "b.mp4", making.vectors(10)),
        lambda: dated(filled, "b.mp4"),
        lambda: flow.forget(filled, "b.mp4"),
        lambda: remove(filled),
    ]
    for step in steps:
        step()
        seen.append(mark(filled))
        assert mark(filled) == seen[-1]
    assert len(set(seen)) == len(seen)
