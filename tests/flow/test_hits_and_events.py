"""Pages of hits: one a frame, or one an event, and how they fit together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from collection_making import searcher, source, unit

from raravis.flow.searching import hits as module
from raravis.flow.searching.grouping import groups
from raravis.flow.searching.hits import hits, moments, page

FILMS = [source(1, "a.mp4", timeline="cam"), source(2, "b.mp4", timeline="cam", starts_at=100), source(3, "c.mp4")]
QUERY = np.eye(4, dtype=np.float32)[0]


def ranked(cosines: Any) -> Any:
    """(n, 4) unit vectors with these cosines with the query."""
    cosines = np.asarray(cosines, np.float64)
    return np.stack([cosines, np.sqrt(1 - cosines**2), 0 * cosines, 0 * cosines], axis=1)


def test_what_lies_within_the_gap_joins_the_better_hit() -> None:
    seconds = [10, 12, 40, 11, 13.5, 41]
    held = searcher(ranked([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]), FILMS, [1] * 6, seconds, lasts=0.5).collection
    rows = np.arange(6)
    assert groups(held, rows, 0.4) == [[0], [1], [2], [3], [4], [5]]
    assert groups(held, rows, 0.5) == [[0, 3], [1], [2, 5], [4]]  # 11 s lies as near to 12 s, which is worse
    assert groups(held, rows, 1.0) == [[0, 3], [1, 4], [2, 5]]
    assert groups(held, rows, 1.5) == [[0, 1, 3, 4], [2, 5]]
    assert groups(held, rows, 100) == [[0, 1, 2, 3, 4, 5]]
    assert groups(held, rows[:0], 1.0) == []


def test_a_span_within_a_longer_one_joins_it_whatever_begins_between_them() -> None:
    held = searcher(ranked([0.9, 0.8, 0.7, 0.6, 0.5]), FILMS, [1] * 5, [0, 10, 50, 200, 260], lasts=1).collection
    held.table.end[0] = 100_000  # a camera that looks seldom, beside one that looks often
    assert groups(held, np.arange(5), 5) == [[0, 1, 2], [3], [4]]
    assert groups(held, np.array([3, 1, 2, 0, 4]), 5) == [[3], [1, 0], [2], [4]]
    assert groups(held, np.array([2, 3, 1, 0, 4]), 5) == [[2, 0], [3], [1], [4]]
    assert groups(held, np.array([1, 0, 2, 3, 4]), 100) == [[1, 0, 2, 3, 4]]


def test_events_lie_on_timelines_not_in_files() -> None:
    held = searcher(ranked([0.9, 0.8, 0.7]), FILMS, [1, 2, 3], [99, 0, 99], lasts=1).collection
    assert groups(held, np.arange(3), 0) == [[0, 1], [2]]  # b.mp4 goes on where a.mp4 ended


def test_an_end_at_rest_is_the_end_of_a_span_and_items_of_a_frame_are_one_moment() -> None:
    held = searcher(ranked([0.9, 0.8, 0.7]), FILMS, [1, 1, 1], [10, 10, 20], lasts=10)
    assert groups(held.collection, np.arange(3), 0) == [[0, 1, 2]]
    found = page(held, QUERY, k=5, gap_seconds=0)
    assert found.rows.tolist() == [0] and found.more.tolist() == [1]


def test_what_comes_later_changes_nothing_before() -> None:
    rng = np.random.default_rng(0)
    held = searcher(unit(rng, 400), FILMS, rng.integers(1, 4, 400), rng.integers(0, 300, 400), lasts=0).collection
    rows = rng.permutation(400)
    whole = groups(held, rows, 1.0)
    for n in (1, 17, 100, 399):
        assert groups(held, rows[:n], 1.0) == [kept for event in whole if (kept := [r for r in event if r in rows[:n]])]
    assert sorted(row for event in whole for row in event) == list(range(400))


@pytest.mark.parametrize("gap", [None, 0.0, 3.0])
def test_pages_follow_one_another_without_a_gap_or_a_hit_twice(gap: float | None, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "REACH", 8)  # deeper than that has to be gone
    rng = np.random.default_rng(1)
    of, seconds = rng.integers(1, 4, 300), rng.integers(0, 120, 300)
    held = searcher(unit(rng, 300, 4), FILMS, of, seconds, lasts=1)
    whole = page(held, QUERY, k=1000, gap_seconds=gap)
    pages = [page(held, QUERY, k=7, offset=start, gap_seconds=gap) for start in range(0, len(whole.rows) + 7, 7)]
    assert [row for one in pages for row in one.rows.tolist()] == whole.rows.tolist()
    assert np.concatenate([one.scores for one in pages]).tolist() == whole.scores.tolist()
    assert [len(one.rows) for one in pages[:-2]] == [7] * (len(pages) - 2) and len(pages[-1].rows) == 0
    assert np.all(np.diff(whole.scores) <= 0)
    frames = len(np.unique(held.collection.frame))
    assert len(whole.rows) + whole.more.sum() == frames  # every moment is a hit, or behind one


def test_the_ranking_is_followed_down_until_there_are_enough_events() -> None:
    """A thousand moments of one event rank above five others."""
    seconds = [*range(1000), 2000, 3000, 4000, 5000, 6000]
    held = searcher(ranked(np.linspace(0.9, 0.1, 1005)), FILMS, [1] * 1005, seconds, lasts=1)
    assert page(held, QUERY, k=3, gap_seconds=1).rows.tolist() == [0, 1000, 1001]
    assert page(held, QUERY, k=3, offset=4, gap_seconds=1).rows.tolist() == [1003, 1004]
    assert page(held, QUERY, k=1, gap_seconds=1).more.tolist() == [999]
    assert page(held, QUERY, k=3, offset=6, gap_seconds=1).rows.tolist() == []


def test_of_a_frame_the_best_item_counts_however_many_it_has() -> None:
    held = searcher(ranked([0.5] * 200 + [0.4]), FILMS, [1] * 201, [5] * 200 + [50])
    rows, scores = moments(held, QUERY, 2)
    assert rows.tolist() == [0, 200] and scores == pytest.approx([0.5, 0.4], abs=1e-3)
    assert moments(held, QUERY, 0)[0].tolist() == [] and moments(held, QUERY, 9)[0].tolist() == [0, 200]


def test_pages_hold_only_what_is_allowed_and_no_more_than_there_is() -> None:
    held = searcher(ranked([0.9, 0.8, 0.7, 0.6]), FILMS, [1] * 4, [0, 10, 20, 30])
    allowed = np.array([False, True, False, True])
    assert page(held, QUERY, k=100, allowed=allowed).rows.tolist() == [1, 3]
    assert page(held, QUERY, k=100, allowed=allowed, gap_seconds=5).rows.tolist() == [1, 3]
    assert page(held, QUERY, k=1, offset=1, allowed=allowed).rows.tolist() == [3]


def test_a_hit_says_where_it_is_in_its_file() -> None:
    held = searcher(ranked([0.9]), FILMS, [2], [7.25]).collection
    (hit,) = hits(held, np.array([0]), np.array([0.9], np.float32), more=np.array([3]))
    assert (hit.item, hit.source, hit.timeline, hit.seconds, hit.end_seconds) == (10, "b.mp4", "cam", 7.25, 8.25)
    assert (hit.box, hit.probability, hit.more) == ((0, 0, 1, 1), None, 3) and hit.score == pytest.approx(0.9)
    assert hits(held, np.zeros(0, np.int64), np.zeros(0, np.float32)) == []
