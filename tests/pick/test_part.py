from __future__ import annotations

import numpy as np
import pytest
from pool_making import make_pool, turn

from raravis.flow.search import Search
from raravis.pick import part as module
from raravis.pick.hunt import Hunt
from raravis.pick.lines import lines
from raravis.pick.part import Parts, Rows
from raravis.pick.whitened import whitening
from raravis.train.linear import fit
from raravis.types import NO, YES, Pool


@pytest.fixture(autouse=True)
def few_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEIGHBOURS", 3)


def around(n: int, **settings: object) -> Pool:
    return make_pool(turn(*np.linspace(0, 90, n)), **settings)  # type: ignore[arg-type]


def parts_of(pool: Pool, comb: int) -> Parts:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "COMB", comb)
        return Parts(pool)


def test_every_item_comes_up_once_in_as_many_rounds_as_the_comb_has_gaps() -> None:
    parts = parts_of(around(10), 3)
    seen = [parts.of(number)[0].tolist() for number in range(4)]
    assert seen == [[0, 4, 8], [1, 5, 9], [2, 6], [3, 7]]
    assert parts.of(4)[0].tolist() == seen[0]


def test_what_was_asked_and_what_is_near_to_hits_and_examples_is_always_there() -> None:
    pool = around(40, answers={3: NO, 20: YES}, examples=turn(90))
    rows, part = parts_of(pool, 2).of(0)
    assert rows.tolist() == [0, 3, 19, 20, 21, 37, 38, 39]
    assert part.label.tolist() == [0, -1, 0, 1, 0, 0, 0, 0] and part.asked.tolist() == [0, 1, 0, 1, 0, 0, 0, 0]


def test_a_part_knows_the_vectors_of_its_rows_and_their_dots() -> None:
    rows, part = parts_of(around(10), 3).of(1)
    data = around(10).vectors.data[rows]
    np.testing.assert_array_equal(part.vectors.data[[2, 0]], data[[2, 0]])
    np.testing.assert_array_equal(part.vectors.data[part.frame > 4], data[1:])
    np.testing.assert_allclose(part.dots(turn(30)), turn(30) @ data.T, atol=1e-6)


def test_rows_lie_by_time_and_windows_are_those_of_the_whole() -> None:
    pool = around(12, timeline=[1] * 6 + [0] * 6)
    rows, part = parts_of(pool, 6).of(0)
    assert rows.tolist() == [6, 8, 10, 0, 2, 4]
    assert lines(part).windows(4).tolist() == [0, 2, 3, 5, 6] and lines(part).pieces.tolist() == [0, 3, 6]


def test_one_frame_of_a_clip_is_no_photograph() -> None:
    pool = around(5, timeline=[0, 0, 0, 0, 1])
    assert lines(pool).alone.tolist() == [False] * 4 + [True]
    _, part = parts_of(pool, 2).of(1)
    assert lines(part).alone.tolist() == [False, True]


def test_whitening_is_that_of_the_whole() -> None:
    pool = make_pool(np.random.default_rng(0).standard_normal((60, 4)).astype(np.float32))
    _, part = parts_of(pool, 6).of(0)
    np.testing.assert_array_equal(whitening(part)(turn(0, 0).repeat(2, 1)), whitening(pool)(turn(0, 0).repeat(2, 1)))


def test_neighbours_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, scans = around(40, answers={20: YES}), []
    parts = parts_of(pool, 2)
    pool.scan = lambda queries: scans.append(len(queries)) or queries @ pool.vectors.data.T  # type: ignore[func-returns-value]
    for _ in range(3):
        parts.of(0)
    pool.asked[30], pool.label[30], pool.weight[30] = True, YES, 1
    parts.of(0)
    assert scans == [1, 1]


def test_of_many_hits_most_of_those_looked_at_stay_when_another_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_HITS", 4)
    pool, scans = around(100, answers=dict.fromkeys(range(0, 100, 10), YES)), []
    pool.scan = lambda queries: scans.append(len(queries)) or queries @ pool.vectors.data.T  # type: ignore[func-returns-value]
    parts = parts_of(pool, 2)
    parts.of(0)
    pool.asked[55], pool.label[55], pool.weight[55] = True, YES, 1
    parts.of(1)
    assert scans[0] == 4 and sum(scans) <= 5


def test_of_many_copies_of_a_hit_no_more_are_near_than_of_anything() -> None:
    pool = make_pool(np.ones((50, 2)) / np.sqrt(2), answers={7: YES})
    assert parts_of(pool, 1).of(0)[0].tolist() == [0, 1, 2, 7]


class Small(Hunt):
    """A hunt that takes every collection for a large one."""

    part_above = 0


def test_a_hunt_in_parts_finds_all_there_is_and_asks_everything_at_most_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMB", 10)
    search = Search(around(60, examples=turn(0)), Small(), fit=fit)
    asked: list[int] = []
    while len(rows := search.next(3)[0]):
        asked += rows.tolist()
        search.record(rows, np.where(rows < 6, YES, NO))
    assert sorted(asked) == list(range(60))
    assert set(asked[:30]) >= set(range(6))


def test_a_round_in_parts_follows_from_answers_seed_and_number_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMB", 10)
    first = Search(around(60, examples=turn(0)), Small(), fit=fit)
    for _ in range(4):
        rows, _ = first.next(3)
        first.record(rows, np.where(rows < 6, YES, NO))
    again = Search(around(60, examples=turn(0)), Small(), fit=fit, round_number=4)
    asked = np.flatnonzero(first.pool.asked)
    again.record(asked, first.pool.label[asked])
    for one, other in zip(first.next(3), again.next(3), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_newest_head_scores_everything_or_some_for_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMB", 10)
    search = Search(around(60, examples=turn(0)), Small(), fit=fit)
    search.next(3)
    assert search.pool.prob is None and search.newest is not None
    whole, some = search.probability(), search.probability(np.array([59, 4]))
    assert whole is not None and some is not None and whole[0] > 0.5 > whole[59]
    np.testing.assert_allclose(some, whole[[59, 4]], atol=1e-6)
    search.refit(np.random.default_rng(0))
    assert search.pool.prob is not None and search.pool.prob.shape == (60,)


def test_a_look_after_a_look_that_nobody_answered_yet_holds_other_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMB", 10)
    search = Search(around(60, examples=turn(0)), Small(), fit=fit)
    first, _ = search.next(5)
    more, _ = search.next(5, withheld=first)
    assert len(set(first.tolist() + more.tolist())) == 10


def test_when_a_part_runs_dry_the_whole_is_asked_by_the_newest_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMB", 10)
    search = Search(around(60, examples=turn(0)), Small(), fit=fit)
    left = [*range(12, 60, 6), 3]  # no round has as many of them in its part
    rows = np.setdiff1d(np.arange(60), left)
    search.record(rows, np.where(rows < 6, YES, NO))
    assert sorted(search.next(9)[0].tolist()) == sorted(left) and search.pool.prob is None


def test_rows_look_like_an_array() -> None:
    rows = Rows(np.eye(3, dtype=np.float16), np.array([2, 0]))
    assert rows.shape == (2, 3) and rows.dtype == np.float16 and len(rows) == 2 and rows.ndim == 2
