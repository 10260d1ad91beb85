from __future__ import annotations

import gc

import numpy as np
from pool_making import make_pool, turn

from raravis.pick import lines as module
from raravis.pick.lines import lines, part_of


def test_frames_are_counted_by_timeline_and_time() -> None:
    known = lines(make_pool(4, timeline=[1, 0, 1, 0], seconds=[5, 9, 4, 8], frame=[3, 1, 2, 0]))
    assert known.rows.tolist() == [3, 1, 2, 0] and known.position.tolist() == [3, 1, 2, 0]
    assert known.pieces.tolist() == [0, 2, 4] and known.seconds.tolist() == [8, 9, 4, 5]


def test_items_of_one_frame_share_a_position() -> None:
    known = lines(make_pool(3, frame=[7, 7, 8], seconds=[0, 0, 1]))
    assert known.position.tolist() == [0, 0, 1] and known.items(0).tolist() == [0, 1]


def test_a_pause_ends_a_stretch_when_it_is_long_for_this_timeline_and_at_all() -> None:
    def pieces(seconds: list[float]) -> list[int]:
        return lines(make_pool(len(seconds), seconds=seconds)).pieces.tolist()  # type: ignore[no-any-return]

    assert pieces([0, 1, 2, 30, 31]) == [0, 3, 5]
    assert pieces([0, 1, 2, 10, 11]) == [0, 5]  # eight seconds are no pause
    assert pieces([0, 60, 120, 420, 480]) == [0, 5]  # nor are five steps


def test_windows_begin_anew_on_every_timeline() -> None:
    known = lines(make_pool(5, timeline=[0, 0, 0, 1, 1]))
    assert known.windows(2).tolist() == [0, 2, 3, 5] and known.windows(9).tolist() == [0, 3, 5]


def test_on_one_clock_stretches_lie_apart_and_a_part_keeps_its_frames_distances() -> None:
    known = lines(make_pool(5, timeline=[0, 0, 0, 1, 1]))
    assert known.moments(10).tolist() == [0, 1, 2, 12, 13]
    assert part_of(known, np.array([0, 2, 4])).moments(10).tolist() == [0, 2, 13]
    assert len(lines(make_pool(np.zeros((0, 2)))).moments(10)) == 0


def test_a_jump_four_times_as_large_weighs_eight_times_as_much() -> None:
    pool = make_pool(turn(0, 60, 60 + np.degrees(np.arccos(0.875))))  # 1 - cosine of 0.5 and 0.125
    assert np.allclose(lines(pool).jumps(pool, 0), [2 * 8 / 9, 2 / 9], atol=1e-3)


def test_jumps_are_told_relative_to_the_usual_one() -> None:
    pool = make_pool(turn(0, 0, 90, 90))
    assert np.allclose(lines(pool).jumps(pool, 0), [0, 3, 0], atol=1e-4)
    alike = make_pool(turn(0, 0, 0))
    assert lines(alike).jumps(alike, 0).tolist() == [1, 1]


def test_of_nothing_and_of_one_frame_there_are_no_jumps() -> None:
    assert len(lines(make_pool(np.zeros((0, 2))))) == 0
    one = make_pool(1)
    assert lines(one).jumps(one, 0).tolist() == []


def test_lines_are_made_once_for_a_pool_and_forgotten_with_it() -> None:
    gc.collect()
    before = len(module._KNOWN)
    pool = make_pool(3)
    assert lines(pool) is lines(pool) and len(module._KNOWN) == before + 1
    del pool
    gc.collect()
    assert len(module._KNOWN) == before
