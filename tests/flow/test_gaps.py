"""Which ends are open along a timeline, and the frames that would close them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from raravis.flow.gaps import Gap, frames_in, gaps, halving, price
from raravis.flow.looks import WAITING, Line, Look, bridges
from raravis.time import Span
from raravis.types import CANT_TELL, NO, YES, Packets, Place, Source

SECOND = 10  # ticks; a frame a tick


def a_source(number: int = 1, seconds: int = 60) -> Source:
    place = Place(f"/{number}.mp4", f"{number}.mp4", "cam")
    return Source(number, str(number), "video", 64, 48, Fraction(1, SECOND), 0, seconds * SECOND, (place,))


def packets(seconds: int = 60) -> Packets:
    pts = np.arange(seconds * SECOND)
    return Packets(pts, pts % 40 == 0, np.ones(len(pts), bool), seconds * SECOND, Fraction(1, SECOND))


def look(at: float, value: int, *, given: bool = True, sampled: bool = True) -> Look:
    return Look(at, at + 0.1, 1, round(at * SECOND), value, given, sampled)


def line(*looks: Look) -> Line:
    """A minute of one camera."""
    return Line("cam", list(looks), [Span(0.0, 60.0)], [(0.0, a_source())])


def found(*looks: Look, precision: float = 0.0, gap_seconds: float = 1.0) -> list[tuple[float, float, str]]:
    open_gaps = gaps(line(*looks), precision=precision, gap_seconds=gap_seconds)
    return [(round(gap.low, 3), round(gap.high, 3), gap.why) for gap in open_gaps]


def test_an_end_is_open_from_what_shows_it_to_what_does_not() -> None:
    looks = look(0, NO), look(4, YES), look(8, NO)
    assert found(*looks) == [(0.1, 4, "start"), (4.1, 8, "end")]
    assert found(*looks, precision=3.9) == [] and len(found(*looks, precision=3.8)) == 2


def test_the_edge_of_the_footage_stands_for_a_no() -> None:
    assert found(look(4, YES)) == [(0, 4, "start"), (4.1, 60, "end")]
    assert found(look(0, YES), look(59.9, YES), gap_seconds=60) == []


def test_nothing_is_open_beside_a_look_that_waits_for_its_answer() -> None:
    assert found(look(0, NO), look(4, WAITING), look(8, YES), look(12, WAITING)) == []


def test_frames_made_but_not_answered_are_looked_past() -> None:
    looks = look(0, NO), look(6, WAITING, sampled=False), look(8, YES), look(9, NO)
    assert found(*looks) == [(0.1, 8, "start"), (8.1, 9, "end")]


def test_what_nobody_can_tell_stands_for_a_no_at_an_end_and_for_nothing_inside() -> None:
    unsure = look(4, CANT_TELL), look(5, CANT_TELL)
    assert found(look(0, NO), *unsure, look(8, YES), look(8.1, NO)) == [(5.1, 8, "start")]
    assert found(look(0, YES), *unsure, look(8, NO)) == [(0.1, 4, "end")]
    assert found(look(0, YES), *unsure, look(8, WAITING)) == [(0.1, 4, "end")]
    assert found(look(0, YES), *unsure) == [(0.1, 4, "end")]
    assert found(look(0, YES), *unsure, look(59.9, YES)) == []


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        (look(8, YES), [(4.1, 8, "between")]),
        (look(5, YES), []),  # within the gap that an event bridges
        (look(8, YES, given=False), []),  # it follows: the search for ends has seen to it
        (look(8, YES, sampled=False), []),  # the look between has been had
    ],
)
def test_between_two_answered_looks_further_apart_than_the_gap_one_is_wanted(
    second: Look, wanted: list[tuple[float, float, str]]
) -> None:
    open_gaps = found(look(3, NO), look(4, YES), second, look(second.end, NO))
    assert [gap for gap in open_gaps if gap[2] == "between"] == wanted


def test_neighbours_that_both_show_it_are_bridged_and_a_no_or_a_look_that_waits_parts_them() -> None:
    assert bridges(line(look(4, YES), look(8, YES, given=False), look(12, CANT_TELL), look(16, YES))) == [
        Span(4.1, 8), Span(8.1, 16)
    ]  # fmt: skip
    assert bridges(line(look(4, YES), look(8, NO), look(12, YES), look(16, WAITING), look(20, YES))) == []


def test_where_footage_pauses_nothing_is_bridged_and_each_side_has_its_edge() -> None:
    pausing = line(look(4, YES), look(50, YES))._replace(footage=[Span(0, 10), Span(40, 60)])
    assert bridges(pausing) == []
    edges = [(gap.low, gap.high) for gap in gaps(pausing, precision=0.5, gap_seconds=1.0)]
    assert edges == [(0, 4), (4.1, 10), (40, 50), (50.1, 60)]


def test_the_middle_frame_halves_a_gap_and_dead_frames_are_passed_over() -> None:
    gap = Gap(line(), 0.1, 1.0, "start")  # frames at 0.1 … 0.9
    inside = frames_in(gap, {1: packets()}, set())
    assert inside.pts.tolist() == list(range(1, 10)) and inside.end.tolist() == list(range(2, 11))
    middle = halving(gap, inside)
    assert middle is not None and (middle.source_id, middle.pts, middle.end, middle.why) == (1, 5, 6, "start")
    beside = halving(gap, frames_in(gap, {1: packets()}, {(1, 5), (2, 4)}))
    assert beside is not None and beside.pts == 4
    assert halving(gap, frames_in(gap, {1: packets()}, {(1, pts) for pts in range(10)})) is None
    assert len(frames_in(gap, {}, set()).pts) == 0


def test_frames_of_two_files_of_one_line_lie_in_one_gap() -> None:
    both = Line("cam", [], [Span(0, 2)], [(0.0, a_source(1, 1)), (1.0, a_source(2, 1))])
    inside = frames_in(Gap(both, 0.8, 1.2, "end"), {1: packets(1), 2: packets(1)}, set())
    assert list(zip(inside.source_id.tolist(), inside.pts.tolist(), strict=True)) == [(1, 8), (1, 9), (2, 0), (2, 1)]


@pytest.mark.parametrize(
    ("seconds", "precision", "answers"),
    [(0.0, 0.0, 0), (0.1, 0.0, 1), (0.3, 0.0, 2), (0.7, 0.0, 3), (12.7, 0.0, 7), (4.0, 0.5, 3), (4.0, 8.0, 0)],
)
def test_halving_costs_the_logarithm(seconds: float, precision: float, answers: int) -> None:
    gap = Gap(line(), 1.0, 1.0 + seconds, "end")
    assert price(gap, frames_in(gap, {1: packets()}, set()), precision=precision) == answers


def test_the_price_is_what_halving_takes_at_most() -> None:
    for truth in range(
        11, 50
    ):  # the first frame without it; the last look that shows it is frame 10, frame 50 does not
        low, high, answers = 11, 50, 0
        while high > low:
            gap = Gap(line(), low / SECOND, high / SECOND, "end")
            moment = halving(gap, frames_in(gap, {1: packets()}, set()))
            assert moment is not None
            low, high, answers = (
                (low, moment.pts, answers + 1) if moment.pts >= truth else (moment.end, high, answers + 1)
            )
        start = Gap(line(), 1.1, 5.0, "end")
        assert low == truth and answers <= price(start, frames_in(start, {1: packets()}, set()), precision=0.0) == 6


def test_one_look_between_costs_one_answer_if_there_is_a_frame() -> None:
    for high, answers in ((5.0, 1), (1.1, 1), (1.0, 0)):
        gap = Gap(line(), 1.0, high, "between")
        assert price(gap, frames_in(gap, {1: packets()}, set()), precision=0.0) == answers
