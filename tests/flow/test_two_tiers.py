"""A cheap encoder for everything, a better one for candidates: what it sees, what is asked, and that all can go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import media_making as making
import numpy as np
import pytest
from flow_making import keys, said, shown, vectors
from pool_making import make_pool

from raravis import flow, plugins
from raravis.embed import unit
from raravis.errors import InputError, ModelError
from raravis.flow import closer, tiers
from raravis.flow.find import Found
from raravis.flow.replay import replay
from raravis.flow.spaces import spaces
from raravis.flow.tiers import Candidates, Given, Tiers
from raravis.pick import part
from raravis.pick.hunt import Hunt
from raravis.scale.processes import Processes
from raravis.store import Project, heads, progress, rounds
from raravis.train.linear import fit
from raravis.types import Floats, Pixels, Pool


class Sharp:
    """How red a picture is, and how bright; it counts what it sees, and reads the word "red"."""

    id, dim, short_side = "sharp-1", 2, 32
    seen = 0

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, 2) unit length."""
        Sharp.seen += len(pictures)
        means = np.array([rgb.reshape(-1, 3).mean(0) for rgb in pictures]).reshape(-1, 3)
        return unit(np.stack([means[:, 0] - means[:, 1] + 1, 0.1 * means[:, 2]], axis=1), self.id)

    def texts(self, texts: Sequence[str]) -> Floats:
        """(N, 2) unit length: all of them mean red."""
        return np.array([[1, 0]] * len(texts), np.float32)


class Picky(Sharp):
    """One that fails at every bright picture."""

    id = "picky-1"

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, 2) unit length."""
        if any(rgb.mean() > 110 for rgb in pictures):
            raise ModelError("picky: too bright")
        return super().__call__(pictures)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two encoders more, and candidates few enough for 60 items: 8 at first, 1 more an answer."""
    known, Sharp.seen = plugins.load, 0

    def load(kind: str, name: str) -> Any:
        return {"sharp": Sharp, "picky": Picky}.get(name) or known(kind, name)

    monkeypatch.setattr(plugins, "load", load)
    monkeypatch.setattr(tiers, "FIRST", 8)
    monkeypatch.setattr(tiers, "AN_ANSWER", 1)


def find(project: Project, street: Path, **settings: Any) -> Found:
    like = making.still(project.folder.parent / "red.png", red=True, shade=100)
    told: dict[str, Any] = {"oracle": street / "oracle.csv", "like": [like], "encoder": "toy", "closer": "sharp"}
    told |= {"look": 3, "budget": 12, "formats": ("csv", "onnx")}  # clips take the longest
    return flow.find(project, [street / "film"], "red", **told | settings)


def looked_at(project: Project) -> set[int]:
    """Items that have a vector of the better encoder."""
    named = {key: item for item, key in keys(project).items()}
    return {named[key] for key in vectors(project, "sharp-1")}


def test_the_better_encoder_sees_candidates_alone(project: Project, street: Path) -> None:
    notes = list[str]()
    found = find(project, street, place_ends=False, say=notes.append)
    assert found.answers == 12 and len(vectors(project)) == 60
    assert "sharp looks at candidates alone: at 8 of 60 items before the first answer" in "\n".join(notes)
    seen = looked_at(project)
    assert 8 + 9 <= len(seen) <= 8 + 12 + 4 * found.positives and Sharp.seen == len(seen) + 1  # the example
    with project.read() as c:
        asked = {item for one in rounds.all(c, "red") for item in one.ids}
    assert asked <= seen


def test_ends_are_placed_on_the_whole_line_by_frames_that_are_no_candidates(project: Project, street: Path) -> None:
    found = find(project, street, budget=40)
    assert [(event.start_seconds, event.end_seconds) for event in found.events] == [(0, 5.25), (20, 25.25), (40, 45.25)]
    assert len(looked_at(project)) < 60


def test_a_budget_beyond_the_collection_asks_each_item_once(project: Project, street: Path) -> None:
    assert find(project, street, budget=1000, place_ends=False).answers == 60 == len(looked_at(project))


def test_the_space_in_use_the_classifier_and_the_scores_stay_with_the_first_encoder(
    project: Project, street: Path
) -> None:
    found = find(project, street)
    assert [(space.id, space.in_use, space.complete) for space in spaces(project)] == [
        ("sharp-1", False, False), ("toy-1", True, True),
    ]  # fmt: skip
    with project.read() as c:
        assert heads.latest(c, "red", "toy-1") is not None and heads.latest(c, "red", "sharp-1") is None
    assert '"encoder": "toy-1"' in Path(found.exports["onnx"]).with_suffix(".json").read_text()


def test_rounds_are_made_again_to_the_last_bit(project: Project, street: Path) -> None:
    find(project, street)
    find(project, street, budget=20)
    find(project, street, budget=24, closer=None)
    made = replay(project, "red")
    assert {one.outcome for one in made} == {"same"} and len(made) >= 8


def test_a_collection_too_large_to_score_whole_is_looked_at_closely_too(
    project: Project, street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hunt, "part_above", 0)
    monkeypatch.setattr(part, "COMB", 20)
    assert find(project, street, budget=1000, place_ends=False).answers == 60 == len(looked_at(project))


def cut_off(call: int, keep: int) -> Callable[..., None]:
    """An `embed_these` that is killed in that call, with so many items embedded."""
    calls, whole = iter(range(100)), closer.embed_these

    def embed_these(project: Project, encoder_id: str, ids: Sequence[int], **settings: Any) -> None:
        killed = next(calls) == call
        whole(project, encoder_id, ids[:keep] if killed else ids, **settings)
        if killed:
            raise KeyboardInterrupt

    return embed_these


@pytest.mark.parametrize(("call", "keep"), [(0, 0), (0, 5), (3, 2)])
def test_killed_while_it_looks_closer_it_goes_on_as_if_it_had_not_been(
    project: Project, street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int, keep: int
) -> None:
    with Project.open(tmp_path / "unbroken" / "project", create=True) as whole:
        find(whole, street, place_ends=False)
        expected, looks, seen = said(whole), shown(whole), vectors(whole, "sharp-1")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(closer, "embed_these", cut_off(call, keep))
        find(project, street, place_ends=False)
    assert len(said(project)) < 12
    find(project, street, place_ends=False)
    assert (said(project), shown(project), vectors(project, "sharp-1")) == (expected, looks, seen)
    assert {one.outcome for one in replay(project, "red")} == {"same"}


def test_another_concept_has_candidates_of_its_own_and_those_that_are_there(project: Project, street: Path) -> None:
    find(project, street)
    before = looked_at(project)
    oracle = making.oracle(street.parent / f"{project.folder.parent.name}.csv", "street.mp4,dark,1,50,55")
    found = flow.find(
        project,
        [street / "film"],
        "dark",
        oracle=oracle,
        encoder="toy",
        closer="sharp",
        look=3,
        budget=6,
        formats=("csv",),
    )
    assert found.answers == 6 and before < looked_at(project)
    assert {one.outcome for one in replay(project)} == {"same"}


def test_what_the_better_encoder_fails_at_is_recorded_and_not_tried_again(
    project: Project, yard: Path, oracle: Path
) -> None:
    """Of the yard's 18 items the eight of b.mp4 are too bright for it."""
    settings: dict[str, Any] = {"oracle": oracle, "encoder": "toy", "closer": "picky", "place_ends": False} | {
        "formats": ("csv",)
    }
    found = flow.find(project, [yard], "red", **settings, budget=1000)
    with project.read() as c:
        failed = progress.states(c, "embed", "picky-1")
    assert len(failed) == 8 and found.answers == 10 and found.positives == 4
    tried = Sharp.seen
    assert flow.find(project, [yard], "red", **settings, budget=1001).answers == 10 and Sharp.seen == tried


def test_a_text_that_the_better_encoder_alone_can_read_starts_the_search(project: Project, street: Path) -> None:
    found = find(project, street, like=[], text=["something red"], place_ends=False)
    assert found.answers == 12 and found.positives >= 3
    with pytest.raises(InputError, match="reads no text"):
        find(project, street, closer=None, text=["something red"])


def test_an_encoder_that_sees_everything_is_refused_as_the_closer_one_before_any_file_is_read(
    project: Project, street: Path
) -> None:
    with pytest.raises(InputError, match="toy sees everything already; name another encoder"):
        find(project, street, closer="toy")
    with pytest.raises(InputError, match="unknown encoder 'never'"):
        find(project, street, closer="never")
    assert flow.status(project)["collection"]["sources"] == 0


@pytest.mark.parametrize("strategy", ["random", "top", "margin", "ezmode", "seals", "k-center"])
def test_every_strategy_keeps_to_the_budget(project: Project, street: Path, strategy: str) -> None:
    found = find(project, street, strategy=strategy, budget=10)
    assert found.answers == 10 and {one.outcome for one in replay(project, "red")} == {"same"}


def test_tiles_precision_and_a_claim_go_with_it(project: Project, street: Path, tmp_path: Path) -> None:
    assert find(project, street, detect="tiles:2", budget=20, precision=0.5).answers == 20
    assert len(looked_at(project)) < 60 * 5
    with Project.open(tmp_path / "claimed" / "project", create=True) as claimed:
        found = find(claimed, street, budget=60, until="recall=0.5,unit=item")
        assert "certificate.json" in found.exports


def test_over_processes_it_asks_the_same(project: Project, street: Path, tmp_path: Path) -> None:
    """Once the cheap encoder has seen everything here: processes finish in any order, and ties go by that."""
    pooled = "pooled:of=toy,frames=2,pool=max"  # as worker processes know it, too
    find(project, street, closer=pooled)
    with Project.open(tmp_path / "spread" / "project", create=True) as spread, Processes(2) as two:
        find(spread, street, closer=None, budget=0)
        find(spread, street, closer=pooled, map=two)
        assert (said(spread), shown(spread)) == (said(project), shown(project))
        assert vectors(spread, "pooled-1-max2-toy-1") == vectors(project, "pooled-1-max2-toy-1") != {}


def given(cheap: int = 3, close: int = 2) -> Given:
    none = np.zeros((0, 0), np.float32)
    return Given(none.reshape(0, cheap), none.reshape(0, close), np.zeros(0, np.int8), np.zeros(0, bool))


def test_dots_of_candidates_are_the_mean_of_both_spaces_and_of_others_no_larger() -> None:
    cheap, close = np.eye(3, dtype=np.float32), np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    mine = Candidates(cheap, given())
    mine.add(np.array([0, 1]), close[:2])
    query = np.concatenate([cheap[0], close[0]])[None] * np.float32(0.5**0.5)
    assert mine.scan(query)[0].tolist() == pytest.approx([1, 0, 0], abs=1e-3)  # the third would have 0.5
    assert mine.scan(-query)[0].tolist() == pytest.approx([-1, 0, -1], abs=1e-3)


def line(n: int, **told: Any) -> Pool:
    """n frames of one timeline, a second apart, all alike."""
    return make_pool(np.ones((n, 1)), **told)


def test_without_knowing_anything_candidates_are_one_a_window() -> None:
    pool = line(100)
    rows = tiers.chosen(pool, np.zeros(100, bool), 10, np.random.default_rng(0))
    assert len(rows) == 10 and len(set((rows // 10).tolist())) >= 9  # one of ten is there to explore


def test_the_likeliest_of_each_window_come_first_then_the_others() -> None:
    pool = line(40, prob=np.linspace(0, 1, 40))
    tried = np.zeros(40, bool)
    first = tiers._likeliest(pool, ~tried, tried, 6, np.random.default_rng(0))
    assert first.tolist() == [39, 29, 19, 9, 38, 37]
    tried[39] = True
    assert tiers._likeliest(pool, ~tried, tried, 4, np.random.default_rng(0)).tolist() == [29, 19, 9, 38]


def test_what_was_answered_and_what_lies_beside_a_hit_are_candidates() -> None:
    pool = line(40, answers={10: 1, 0: 1, 30: -1})
    rows = tiers.chosen(pool, np.zeros(40, bool), 0, np.random.default_rng(0))
    assert rows.tolist() == [0, 1, 2, 8, 9, 10, 11, 12, 30]


def test_those_that_explore_lie_evenly_in_time_among_what_is_left() -> None:
    pool, left = line(100), np.ones(100, bool)
    left[:50] = False
    rows = tiers._evenly(pool, left, 5, np.random.default_rng(0))
    assert len(rows) == 5 and np.diff(rows).tolist() == [10] * 4 and rows[0] >= 50


def test_no_items_have_no_candidates() -> None:
    pool = line(0)
    asked = Tiers(plugins.strategy("hunt"), Candidates(np.zeros((0, 3), np.float16), given()), fit=fit)
    asked.look = lambda rows: (rows, np.zeros((len(rows), 2), np.float32))
    rows, scores = asked(pool, 3, np.random.default_rng(0))
    assert len(rows) == len(scores) == 0
