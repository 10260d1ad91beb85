"""What answers at moments make of events of 5 s or more, pauses up to 1 s bridged: who counts, and where it counts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from raravis.flow.audits.grid import walk
from raravis.flow.audits.runs import Moments
from raravis.flow.audits.values import UNSEEN, Judged, Rule, judge
from raravis.types import Bools, Ints

FRAME = 0.5
BOUNDS = np.array([[0.0, 100.0], [0.0, 100.0]])
GRID = np.arange(4.0, 100.0, 5.0)  # 4, 9, 14, … 99
RULE = Rule(5.0, 1.0)
NONE = np.zeros(0, np.int64)


def moments(starts: object, footage: int = 0) -> Moments:
    at = np.asarray(starts, float)
    return Moments(np.full(len(at), footage, np.int64), at, at + FRAME)


def told(yes: Sequence[float], no: Sequence[float] = (), unclear: Sequence[float] = (), gap: float = 1.0) -> Judged:
    value = np.repeat(np.array([1, -1, 0], np.int8), [len(yes), len(no), len(unclear)])
    at = np.array([*yes, *no, *unclear], float)
    answered = np.full(len(GRID), UNSEEN, np.int8)
    for time, said in zip(at, value, strict=True):
        answered[time == GRID] = said
    return judge(moments(GRID), answered, moments(at), value, BOUNDS, Rule(5.0, gap))


def counts(*answers: Sequence[float], gap: float = 1.0) -> tuple[list[float], list[float]]:
    """The moments that count as found, and those that may count."""
    value = told(*answers, gap=gap).value
    return GRID[value == 1].tolist(), GRID[value == 0].tolist()


def test_nothing_answered_leaves_all_unseen() -> None:
    assert (told([]).value == UNSEEN).all() and told([]).found == 0


def test_one_yes_may_be_an_event_and_is_not_yet_one() -> None:
    assert counts([14]) == ([], [14])


def test_an_event_counts_at_the_first_moment_that_shows_it_once_it_is_seen_to_last() -> None:
    assert counts([14, 18.4]) == ([], [14]), "4.9 seconds seen"
    assert counts([14, 18.5]) == ([14], []), "5 seconds seen"
    assert counts([14, 19, 24, 29]) == ([14], [])
    assert counts([12, 14, 19]) == ([14], []), "12 is no moment of the grid"


def test_yes_looks_farther_apart_than_the_event_is_long_are_not_taken_for_one() -> None:
    assert counts([14, 19.5]) == ([14], []), "five seconds unseen between"
    assert counts([14, 20]) == ([], [14]), "too long unseen; 20 has no moment of the grid yet"


def test_a_no_on_both_sides_closer_than_five_seconds_makes_it_too_short_to_count() -> None:
    assert counts([14], [12, 16]) == ([], [])
    assert counts([14], [12, 17.4]) == ([], []), "room from 12.5 to 17.4"
    assert counts([14], [12, 17.5]) == ([], [14]), "room of five seconds"
    assert counts([4], [6]) == ([], [4]) and counts([4], [4.5]) == ([], []), "footage begins at 0"
    assert counts([99], [96]) == ([], []), "and ends at 100"


def test_two_showings_are_two_events_only_where_noes_cover_the_gap() -> None:
    first, second = [9, 14, 19], [29, 34, 39]
    assert counts(first + second) == ([9], [29])
    assert counts(first + second, [24]) == ([9], [29]), "one no proves half a second"
    assert counts(first + second, [24, 24.5]) == ([9], [29]), "a pause as long as the gap is bridged"
    assert counts(first + second, [24, 25]) == ([9, 29], [])
    assert counts(first + second, [24, 26]) == ([9], [29]), "these no's are farther apart than the gap"
    assert counts(first + second, [24], gap=0.0) == ([9, 29], [])


def test_a_pause_no_longer_than_the_gap_is_the_same_event_whatever_was_answered_in_it() -> None:
    assert counts([9, 14, 15.4, 20.4], [14.8]) == ([9], [])
    assert counts([9, 14, 19, 24], [16, 17]) == ([9, 19], [])


def test_where_nobody_can_tell_may_be_an_event_unless_there_is_no_room_for_one() -> None:
    assert counts([], [], [49]) == ([], [49])
    assert counts([], [47, 51], [49]) == ([], [])
    assert counts([9, 14.5], [], [14]) == ([9], []), "inside a showing"
    assert counts([9, 13.5], [], [14]) == ([9], []), "within the gap of one"
    assert counts([9, 14], [], [29, 39]) == ([9], [29, 39])
    assert counts([], [], [30]) == ([], []), "30 is no moment of the grid: one of those would show it"


def test_moments_are_settled_inside_a_showing_and_where_noes_leave_no_room() -> None:
    value = told([12, 16], [27, 31]).value
    assert GRID[value != UNSEEN].tolist() == [14, 29] and value[GRID == 29].item() == -1


def test_footage_is_counted_by_itself() -> None:
    at = Moments(np.array([0, 1, 0, 1]), np.array([10.0, 10, 14.5, 14.5]), np.array([10.5, 10.5, 15, 15]))
    yes = np.ones(4, np.int8)
    assert judge(at, yes, at, yes, BOUNDS, RULE).value.tolist() == [1, 1, -1, -1]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 2, 0, 1, 3]])
def test_the_order_of_answers_changes_nothing(order: list[int]) -> None:
    at = moments([14, 18.5, 22, 22.5, 34]).take(np.array(order))
    value = np.array([1, 1, -1, -1, 1], np.int8)[order]
    answered = np.full(len(GRID), UNSEEN, np.int8)
    answered[[2, 6]] = 1
    assert np.flatnonzero(judge(moments(GRID), answered, at, value, BOUNDS, RULE).value == 1).tolist() == [2]


def test_an_item_counts_by_its_own_answer() -> None:
    answered = np.array([1, 0, -1, UNSEEN], np.int8)
    nothing = moments([])
    assert judge(moments(GRID[:4]), answered, nothing, answered[:0], BOUNDS, Rule(0, 1)).value.tolist() == [1, 0, -1, 9]


@pytest.mark.parametrize("seed", range(150))
def test_whatever_was_asked_no_event_is_overlooked_and_none_counts_twice(seed: int) -> None:
    """In any world that keeps to the assumption: each long event's first moment is unseen, found, or may be."""
    rng = np.random.default_rng(seed)
    step, gap, n = rng.choice([2.0, 3.0, 5.0]), rng.choice([0.0, 1.0, 2.0]), 400
    shows = np.repeat(rng.random(60) < 0.5, rng.integers(1, 30, 60))[:n]
    n = len(shows)
    start = np.arange(n) * FRAME
    grid, _ = walk(start, start + FRAME, NONE, NONE, seen_to=-2e-6, until=n * FRAME, step=step)
    asked = np.union1d(rng.choice(n, n // 3, replace=False), rng.choice(grid, len(grid) // 2))
    value = np.where(shows[asked], 1, -1).astype(np.int8)
    value[rng.random(len(value)) < 0.05] = 0
    if skips_a_pause(asked, value, shows, step):
        return
    answered = np.full(len(grid), UNSEEN, np.int8)
    said = dict(zip(asked.tolist(), value.tolist(), strict=True))
    answered[:] = [said.get(frame, UNSEEN) for frame in grid.tolist()]
    judged = judge(
        moments(start[grid]), answered, moments(start[asked]), value, np.array([[0.0, n * FRAME]]), Rule(step, gap)
    )
    events = long_events(shows, step, gap)
    first = [next(i for i, frame in enumerate(grid) if any(a <= frame < b for a, b in event)) for event in events]
    assert -1 not in judged.value[first].tolist()
    met = sum(any(said.get(frame) == 1 for a, b in event for frame in range(a, b)) for event in events)
    assert judged.found <= met


def skips_a_pause(asked: Ints, value: NDArray[np.int8], shows: Bools, step: float) -> bool:
    """Whether two yes's closer than the step have an unseen pause between them: the assumption that claims print."""
    told = [(frame, said) for frame, said in zip(asked.tolist(), value.tolist(), strict=True) if said != 0]
    pairs = [(a, b) for (a, yes), (b, also) in pairwise(told) if yes == also == 1 and (b - a - 1) * FRAME <= step]
    return any(not shows[a:b].all() for a, b in pairs)


def long_events(shows: Bools, step: float, gap: float) -> list[list[tuple[int, int]]]:
    """The showings long enough, by event."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shows.astype(int), [0]]))).reshape(-1, 2).tolist()
    events: list[list[tuple[int, int]]] = []
    for a, b in edges:
        if events and (a - events[-1][-1][1]) * FRAME <= gap:
            events[-1].append((a, b))
        else:
            events.append([(a, b)])
    long = [[(a, b) for a, b in event if (b - a) * FRAME >= step] for event in events]
    return [event for event in long if event]
