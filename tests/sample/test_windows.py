"""Samplers that cut a source into spans."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from raravis.errors import InputError
from raravis.plugins import make
from raravis.sample.windows import Windows
from raravis.types import Packets


def packets(*seconds: float, end: float, ticks: int = 1000) -> Packets:
    pts = np.array([round(at * ticks) for at in seconds], np.int64)
    flags = np.ones(len(pts), bool)
    return Packets(pts, flags, flags, round(end * ticks), Fraction(1, ticks))


def spans(sampler: Windows, found: Packets) -> list[tuple[float, float]]:
    pts = sampler(found)
    ends = sampler.ends(found, pts)
    return [(a * float(found.time_base), b * float(found.time_base)) for a, b in zip(pts, ends, strict=True)]


def test_windows_lie_end_to_end_and_the_last_one_is_as_long_as_what_is_left() -> None:
    assert spans(Windows(2), packets(*range(5), end=5)) == [(0, 2), (2, 4), (4, 5)]


def test_windows_overlap_by_so_many_seconds_and_none_lies_inside_another() -> None:
    assert spans(Windows(2, overlap=1), packets(*range(5), end=5)) == [(0, 2), (1, 3), (2, 4), (3, 5)]


def test_a_file_shorter_than_a_window_is_one() -> None:
    assert spans(Windows(10), packets(0, 1, 2, end=3)) == [(0, 3)]


def test_a_still_is_one_window_and_no_frames_are_none() -> None:
    assert spans(Windows(2), packets(0, end=0)) == [(0, 0)]
    assert spans(Windows(2), packets(end=0)) == []


def test_windows_begin_and_end_with_frames() -> None:
    assert spans(Windows(1), packets(5, 5.4, 5.8, 6.2, 6.6, end=7)) == [(5, 6.2), (6.2, 7)]


def test_time_without_frames_has_no_window_and_the_frame_before_it_lasts() -> None:
    assert spans(Windows(2), packets(0, 1, 9, end=10)) == [(0, 9), (9, 10)]


@pytest.mark.parametrize("seconds", [0.1, 1 / 3, 2, 7])
def test_at_ntsc_rates_windows_still_meet_and_cover_every_frame(seconds: float) -> None:
    pts = 1001 * np.arange(3000)
    found = Packets(pts, pts >= 0, pts >= 0, 1001 * 3000, Fraction(1, 30_000))
    begun = Windows(seconds)(found)
    ends = Windows(seconds).ends(found, begun)
    assert begun[0] == 0 and np.array_equal(begun[1:], ends[:-1]) and ends[-1] == found.end
    assert abs(len(begun) - 100.1 / seconds) <= 1


def test_the_spec_takes_seconds_and_an_overlap_in_seconds() -> None:
    assert make("sample", "windows:2s").seconds == 2
    assert make("sample", "windows:seconds=2m,overlap=30s").overlap == 30


@pytest.mark.parametrize("overlap", [-1, 2, 3])
def test_an_overlap_as_long_as_the_window_is_refused(overlap: float) -> None:
    with pytest.raises(InputError, match=f"got an overlap of {overlap} s; wanted 0 s or more, less than the 2 s"):
        Windows(2, overlap=overlap)


def test_a_window_lasts_two_seconds_or_as_long_as_told_but_not_none() -> None:
    assert make("sample", "windows").seconds == 2
    with pytest.raises(InputError, match="windows: seconds is 0; wanted more than 0 seconds"):
        Windows(0)
