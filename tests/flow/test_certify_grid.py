"""Where an event claim looks: no stretch as long as the shortest event lies unseen between two looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from raravis.flow.audits.grid import walk

NONE = np.zeros(0, np.int64)


def chosen(
    seconds: float, step: float, *, free: Sequence[int] = (), cheap: Sequence[int] = (), frame: float = 0.5
) -> list[float]:
    start = np.arange(round(seconds / frame)) * frame
    numbers = (np.array(of, np.int64) for of in (free, cheap))
    rows, _ = walk(start, start + frame, *numbers, seen_to=-2e-6, until=seconds, step=step)
    return start[rows].tolist()


def test_looks_lie_as_far_apart_as_they_may() -> None:
    assert chosen(20, 5) == [4.5, 9.5, 14.5, 19.5]
    assert chosen(4.5, 5) == [], "no event of 5 s fits"
    assert chosen(5, 5) == [4.5], "one may fill it"
    assert chosen(10, 5) == [4.5, 9.5]
    assert chosen(9.5, 5) == [4.5], "5 to 9.5 holds no event of 5 s"


def test_an_answered_frame_is_taken_wherever_it_lies_for_it_is_free() -> None:
    assert chosen(20, 5, free=[2, 4, 20]) == [2.0, 7.0, 10.0, 15.0]


def test_a_sampled_frame_is_taken_when_it_lies_nearly_as_far_on() -> None:
    assert chosen(10, 5, cheap=[8]) == [4.5, 9.5], "4.0 is more than a tenth short"
    assert chosen(30, 10, cheap=[18, 40]) == [9.0, 19.0, 29.0]


def test_frames_that_last_longer_than_the_step_are_all_taken() -> None:
    assert chosen(8, 1, frame=2.0) == [0.0, 2.0, 4.0, 6.0]


@pytest.mark.parametrize("seed", range(20))
def test_every_event_long_enough_shows_at_a_look(seed: int) -> None:
    rng = np.random.default_rng(seed)
    length, step = float(rng.integers(20, 60)), float(rng.choice([1.5, 2.0, 5.0]))
    free, cheap = (sorted(rng.choice(round(length * 2), 9, replace=False).tolist()) for _ in range(2))
    looks = np.array(chosen(length, step, free=free, cheap=cheap))
    begins = np.arange(0, length - step + 0.25, 0.5)
    assert all(((looks >= begin) & (looks < begin + step)).any() for begin in begins)


def test_it_goes_on_from_one_file_into_the_next_as_if_they_were_one() -> None:
    start = np.arange(40) * 0.5
    whole, _ = walk(start, start + 0.5, NONE, NONE, seen_to=-2e-6, until=20.0, step=3.0)
    first, seen_to = walk(start[:15], start[:15] + 0.5, NONE, NONE, seen_to=-2e-6, until=20.0, step=3.0)
    then, _ = walk(start[15:], start[15:] + 0.5, NONE, NONE, seen_to=seen_to, until=20.0, step=3.0)
    assert [*start[first], *start[15:][then]] == start[whole].tolist()
