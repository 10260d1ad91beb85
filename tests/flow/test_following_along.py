"""One thing and then another along a timeline, against a search of all pairs."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from raravis.errors import InputError
from raravis.flow.searching.then import Pairs, follow


def told(pairs: Pairs) -> list[tuple[int, int, float]]:
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), np.round(pairs.score, 3).tolist(), strict=True))


def lines(*lengths: int) -> tuple[Any, Any]:
    """Timelines of so many rows, one a second."""
    timeline = np.repeat(np.arange(len(lengths)), lengths)
    return timeline, np.concatenate([np.arange(n, dtype=float) for n in lengths] or [np.zeros(0)])


def every_pair(
    timeline: Any, seconds: Any, first: Any, second: Any, within: float, apart: float, before: bool, product: bool
) -> list[tuple[int, int, float]]:
    """By definition: for each row the best that follows, then without rows beside a better one; O(n squared)."""
    sign, n = -1 if before else 1, len(seconds)
    best: dict[int, tuple[float, int]] = {}
    for a in range(n):
        for b in range(n):
            after = sign * (seconds[b] - seconds[a])
            if timeline[a] == timeline[b] and 1e-6 < after <= within + 1e-7:
                score = float(first[a] * second[b] if product else min(first[a], second[b]))
                at = best.get(a)
                rank = (second[b], -after)
                if at is None or rank > (second[at[1]], -sign * (seconds[at[1]] - seconds[a])):
                    best[a] = (score, b)

    def beside(a: int, other: int) -> bool:
        return bool(timeline[a] == timeline[other] and abs(seconds[a] - seconds[other]) <= apart + 1e-7)

    def better(other: int, a: int) -> bool:
        return (best[other][0], -sign * seconds[other]) > (best[a][0], -sign * seconds[a])

    kept = [a for a in best if not any(o != a and beside(a, o) and better(o, a) for o in best)]
    return sorted(((a, best[a][1], round(best[a][0], 3)) for a in kept), key=lambda pair: (-pair[2], pair[0]))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("product", [False, True])
def test_it_is_what_all_pairs_tell(seed: int, before: bool, product: bool) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    timeline, seconds = rng.integers(0, 4, n), rng.permutation(400)[:n] / 4 + 1.7e9  # as the clock has it
    first, second = (rng.integers(1, 8, n).astype(np.float32) / 8 for _ in range(2))  # many ties
    first += (rng.permutation(n) / 1000).astype(np.float32)  # scores of pairs may tie, orders of rows don't
    second += (rng.permutation(n) / 1000).astype(np.float32)
    within, apart = float(rng.choice([0.25, 2, 30, 1e6])), float(rng.choice([0, 1, 5, 1e6]))
    found = follow(
        timeline, seconds, first, second, within_seconds=within, apart_seconds=apart, before=before, product=product
    )
    wanted = every_pair(timeline, seconds, first, second, within, apart, before, product)
    assert [pair[:2] for pair in sorted(told(found))] == [pair[:2] for pair in sorted(wanted)]
    assert found.score.tolist() == pytest.approx([score for *_, score in wanted], abs=1e-3)
    assert np.all(np.diff(found.score) <= 0)


def test_order_counts_entering_then_leaving_is_not_leaving_then_entering() -> None:
    timeline, seconds = lines(6)
    enters, leaves = np.array([0, 9, 0, 0, 0, 0]), np.array([0, 0, 0, 8, 0, 0])
    assert told(follow(timeline, seconds, enters, leaves, within_seconds=5, apart_seconds=9)) == [(1, 3, 8.0)]
    assert told(follow(timeline, seconds, leaves, enters, within_seconds=5, apart_seconds=9))[0][2] == 0.0
    assert told(follow(timeline, seconds, leaves, enters, within_seconds=5, apart_seconds=9, before=True)) == [
        (3, 1, 8.0)
    ]


def test_what_lies_exactly_as_far_away_counts_and_a_frame_further_does_not() -> None:
    timeline, seconds = np.zeros(3, int), 7.3 + np.array([0, 1, 2]) * (1 / 30)
    scores = np.array([5, 0, 4]), np.array([0, 1, 3])
    assert told(follow(timeline, seconds, *scores, within_seconds=2 / 30))[0] == (0, 2, 3.0)
    assert told(follow(timeline, seconds, *scores, within_seconds=1 / 30))[0] == (0, 1, 1.0)


def test_the_same_moment_and_other_timelines_never_follow() -> None:
    scores = np.ones(4), np.ones(4)
    assert told(follow(np.array([0, 0, 1, 2]), np.array([3.0, 3.0, 4.0, 5.0]), *scores, within_seconds=9)) == []


def test_one_event_is_one_pair_and_two_are_two() -> None:
    timeline, seconds = lines(20)
    first = np.where(np.isin(np.arange(20), [2, 3, 4, 15]), 5.0, 0.0) + np.eye(20)[3]
    pairs = follow(timeline, seconds, first, np.full(20, 9.0), within_seconds=2, apart_seconds=4)
    assert told(pairs)[:2] == [(3, 4, 6.0), (15, 16, 5.0)]


def test_of_equals_the_nearest_follows_and_the_first_comes_first() -> None:
    timeline, seconds = lines(5)
    assert told(follow(timeline, seconds, np.ones(5), np.ones(5), within_seconds=3, apart_seconds=9)) == [(0, 1, 1.0)]
    assert told(follow(timeline, seconds, np.ones(5), np.ones(5), within_seconds=3, apart_seconds=9, before=True)) == [
        (4, 3, 1.0)
    ]


def test_rows_that_are_not_allowed_are_neither_first_nor_second() -> None:
    timeline, seconds = lines(4)
    first, second = np.array([9.0, 1, 0, 0]), np.array([0, 0, 9.0, 1])
    masks = {"may_be_first": np.array([False, True, True, True]), "may_be_second": np.array([True, True, False, True])}
    for product in (False, True):
        pairs = follow(timeline, seconds, first, second, within_seconds=3, apart_seconds=9, product=product, **masks)
        assert told(pairs) == [(1, 3, 1.0)]


def test_the_order_of_the_rows_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    timeline, seconds = lines(30, 12, 1)
    first, second = rng.random((2, 43)).astype(np.float32)
    shuffled = rng.permutation(43)
    plain = follow(timeline, seconds, first, second, within_seconds=4)
    other = follow(timeline[shuffled], seconds[shuffled], first[shuffled], second[shuffled], within_seconds=4)
    assert shuffled[other.first].tolist() == plain.first.tolist()
    assert shuffled[other.second].tolist() == plain.second.tolist()


def test_negative_scores_and_zeros_of_either_sign_keep_their_order() -> None:
    timeline, seconds = lines(4)
    second = np.array([0, -3, -0.0, 0.0])
    assert told(follow(timeline, seconds, np.zeros(4), second, within_seconds=3, apart_seconds=9)) == [(0, 2, 0.0)]
    assert told(follow(timeline, seconds, np.zeros(4), np.array([0, -3.0, -2, -5]), within_seconds=1))[0] == (1, 2, -2)


def test_of_nothing_nothing_follows() -> None:
    none = np.zeros(0)
    assert told(follow(np.zeros(0, int), none, none, none, within_seconds=5)) == []
    assert told(follow(np.zeros(1, int), np.ones(1), np.ones(1), np.ones(1), within_seconds=5)) == []


@pytest.mark.parametrize("within", [0, -1, float("nan"), float("inf"), 1e13])
def test_a_time_that_is_none_is_refused(within: float) -> None:
    with pytest.raises(InputError, match="as the time within; wanted above 0 to"):
        follow(*lines(1), np.ones(1), np.ones(1), within_seconds=within)
    with pytest.raises(InputError, match="as the time between events; wanted"):
        follow(*lines(1), np.ones(1), np.ones(1), within_seconds=1, apart_seconds=-1)


def test_two_hundred_thousand_moments_take_no_loop_over_them() -> None:
    n = 200_000
    rng = np.random.default_rng(0)
    scores = rng.random((2, n)).astype(np.float32)
    begun = time.process_time()
    assert len(follow(np.arange(n) // 1000, np.arange(n) % 1000.0, *scores, within_seconds=5).first) > 1000
    assert time.process_time() - begun < 2  # 0.05 s on a quiet machine
