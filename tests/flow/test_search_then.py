"""One thing and then another, in a project: what is paired, what the scores are, what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raravis import flow
from raravis.errors import InputError
from raravis.flow.dedup import dedup
from raravis.flow.searching.filters import Filter
from raravis.flow.searching.searcher import searcher
from raravis.flow.then import DEVIATIONS, PROBABILITY, Then, search_then
from raravis.store import Project, concepts, examples, heads, rounds
from raravis.types import Head

# the street: a keyframe a second, item i at second i - 1; red at 0..5, 20..25 and 40..45


def seconds(found: Any) -> list[tuple[int, int]]:
    """Seconds of both moments of each pair."""
    return [(a - 1, b - 1) for a, b in zip(found.ids, found.params["found"]["then"], strict=True)]


def red_then_bare(project: Project, **settings: Any) -> Any:
    return search_then(project, Then(like=("item:11",), within_seconds=3), like=["item:3"], k=3, **settings)


def test_red_and_then_none_are_the_ends_of_events_and_one_each(seen: Project) -> None:
    found = red_then_bare(seen)
    assert all(a % 20 <= 5 < b % 20 and 0 < b - a <= 3 for a, b in seconds(found))
    assert sorted(a // 20 for a, _ in seconds(found)) == [0, 1, 2]
    assert list(found.scores) == sorted(found.scores, reverse=True)


def test_before_is_the_other_way_round(seen: Project) -> None:
    found = search_then(seen, Then(like=("item:11",), within_seconds=3, before=True), like=["item:3"], k=2)
    assert all(a >= 20 and b % 20 > 5 >= a % 20 and 0 < a - b <= 3 for a, b in seconds(found))


def test_without_a_probability_for_both_the_score_is_the_lesser_of_two_distances_from_the_mean(seen: Project) -> None:
    found = red_then_bare(seen)
    told = found.params["found"]
    assert told["score"] == DEVIATIONS and told["total"] >= 3
    data = searcher(seen).collection.vectors.data.astype(np.float32)
    dots = [data @ (data[row] / np.linalg.norm(data[row])) for row in (2, 10)]
    a, b = found.ids[0] - 1, told["then"][0] - 1
    lesser = min((dots[0][a] - dots[0].mean()) / dots[0].std(), (dots[1][b] - dots[1].mean()) / dots[1].std())
    assert found.scores[0] == pytest.approx(lesser, abs=0.05)
    assert (told["cosine"][0], told["then_cosine"][0]) == pytest.approx((dots[0][a], dots[1][b]), abs=1e-3)


def keep_head(project: Project, concept: str, weight: Any) -> Head:
    one = np.ones(1, np.float32)
    calibration = np.array([[3], [-0.5]], np.float32)
    head = Head((concept,), np.asarray(weight, np.float32)[:, None], 0 * one, calibration, one / 2, "toy-1")
    with project.begin() as c:
        concepts.add(c, concept)
        heads.add(c, concept, head, "test")
    return head


def test_where_both_have_a_calibrated_probability_they_are_multiplied(seen: Project) -> None:
    data = searcher(seen).collection.vectors.data.astype(np.float32)
    apart = data[2] - data[10]
    red, bare = keep_head(seen, "red", apart), keep_head(seen, "bare", -apart)
    found = search_then(seen, Then(concept="bare", within_seconds=3), concept="red", by_head=True, k=3)
    told = found.params["found"]
    assert told["score"] == PROBABILITY
    a, b = found.ids[0] - 1, told["then"][0] - 1
    product = red.probability(data[[a]])[0, 0] * bare.probability(data[[b]])[0, 0]
    assert found.scores[0] == pytest.approx(float(product), abs=0.01)
    assert all(x % 20 <= 5 < y % 20 for x, y in seconds(found))


def test_what_follows_is_kept_as_no_example_and_the_round_can_be_answered(seen: Project) -> None:
    found = red_then_bare(seen, concept="red")
    with seen.read() as c:
        assert [one.name for one in examples.all(c, "red")] == ["item:3"]
        kept = rounds.latest_unanswered(c, "red")
    assert kept is not None and kept.ids == found.ids and kept.params["then"]["like"] == ["item:11"]


def test_pages_fit_together_and_filters_hold_for_the_first_moment(seen: Project) -> None:
    then, given = Then(like=("item:11",), within_seconds=30), {"like": ["item:3"], "gap_seconds": 0.0}
    whole = search_then(seen, then, **given, k=8)
    parts = [search_then(seen, then, **given, k=4, offset=offset) for offset in (0, 4)]
    assert seconds(whole) == seconds(parts[0]) + seconds(parts[1])
    with pytest.raises(InputError, match="nothing to search in"):
        search_then(seen, then, **given, filter=Filter(sources=("none*",)))


def test_hidden_duplicates_are_neither_first_nor_second_unless_wanted(seen: Project) -> None:
    away = {item for group in dedup(seen, threshold=0.9, hide=True).groups for item in group.others}
    assert not {item for pair in seconds(red_then_bare(seen)) for item in pair} & {item - 1 for item in away}
    wanted = red_then_bare(seen, filter=Filter(duplicates=True))
    assert {item for pair in seconds(wanted) for item in pair} & {item - 1 for item in away}


def test_photographs_each_alone_on_a_timeline_have_no_pairs(project: Project, tmp_path: Path) -> None:
    import media_making as making
    from flow_making import collect

    for name in "ab":
        making.still(tmp_path / f"{name}.png", red=name == "a")
    collect(project, tmp_path)
    found = search_then(project, Then(like=("item:2",), within_seconds=9), like=["item:1"])
    assert found.ids == () and found.params["found"]["total"] == 0


def test_nothing_that_follows_is_refused_and_so_are_unknown_concepts(seen: Project) -> None:
    with pytest.raises(InputError, match="nothing is said to follow; give --then TEXT"):
        search_then(seen, Then(), like=["item:1"])
    with pytest.raises(InputError, match="owl"):
        search_then(seen, Then(concept="owl"), like=["item:1"])
    with pytest.raises(InputError, match="as the time within"):
        search_then(seen, Then(like=("item:1",), within_seconds=0), like=["item:1"])


def test_a_plain_search_goes_on_beside_it(seen: Project) -> None:
    assert "then" not in flow.search(seen, like=["item:1"]).params
