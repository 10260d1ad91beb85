"""Which packets a decoder sees; g: sent, in file order."""

from fractions import Fraction

import numpy as np

from raravis.media.plan import Plan, Stretch, stretches
from raravis.types import Packets


def packets(kinds: str) -> Packets:
    """K a keyframe, P a reference, b a picture that no other needs; pts 0, 1, 2 ..."""
    key = np.array([kind == "K" for kind in kinds], bool)
    reference = np.array([kind != "b" for kind in kinds], bool)
    return Packets(np.arange(len(kinds)), key, reference, len(kinds), Fraction(1, 25))


def sent(kinds: str, order: list[int], wanted: list[int]) -> list[int]:
    plan = Plan(packets(kinds), np.array(wanted, np.int64))
    return [pts for pts in order if plan.sends(pts)]


def test_of_a_group_without_a_wanted_frame_nothing_is_sent() -> None:
    assert sent("KPPKPPKPP", [*range(9)], [4]) == [3, 4]


def test_keyframes_alone_need_no_other_packet() -> None:
    assert sent("KPPKPPKPP", [*range(9)], [0, 3, 6]) == [0, 3, 6]


def test_pictures_that_no_other_needs_are_sent_only_when_wanted() -> None:
    assert sent("KbPbPbP", [0, 2, 1, 4, 3, 6, 5], [4]) == [0, 2, 4]
    assert sent("KbPbPbP", [0, 2, 1, 4, 3, 6, 5], [3]) == [0, 2, 4, 3]


def test_a_picture_shown_before_its_keyframe_needs_both_groups() -> None:
    assert sent("KPPbK", [0, 1, 2, 4, 3], [3]) == [0, 1, 2, 4, 3]


def test_packets_that_an_edit_list_hides_are_sent_for_those_that_build_on_them() -> None:
    hidden_key = packets("PPP")
    plan = Plan(hidden_key, np.array([1]))
    assert [pts for pts in (-2, -1, 0, 1, 2) if plan.sends(pts)] == [-2, -1, 0, 1]


def test_a_jump_is_noted_so_that_the_decoder_can_be_emptied() -> None:
    plan = Plan(packets("KPKPbK"), np.array([0, 2, 5]))
    jumps = [(pts, plan.jumped) for pts in range(6) if plan.sends(pts)]
    assert jumps == [(0, False), (2, True), (5, True)]


def test_passing_over_the_pictures_before_a_keyframe_is_no_jump() -> None:
    plan = Plan(packets("KPPPKP"), np.array([5]))
    jumps = [(pts, plan.jumped) for pts in (0, 1, 4, 2, 3, 5) if plan.sends(pts)]
    assert jumps == [(4, True), (5, False)]


def test_each_frame_is_kept_once_and_what_never_came_is_known() -> None:
    plan = Plan(packets("KPP"), np.array([0, 2]))
    assert [plan.keeps(0), plan.keeps(0), plan.keeps(1), plan.keeps(99)] == [True, False, False, False]
    assert (plan.missing().tolist(), plan.unseen) == ([2], 1)


def test_nothing_wanted_is_nothing_sent() -> None:
    assert sent("KPP", [0, 1, 2], []) == []
    assert stretches(packets("KPP"), np.zeros(0, np.int64)) == []
    assert stretches(packets(""), np.zeros(0, np.int64)) == []


def test_a_seek_is_made_only_over_many_packets() -> None:
    film = packets(("K" + "P" * 99) * 10)
    assert stretches(film, np.array([0, 150, 250])) == [Stretch(None, 3)]
    assert stretches(film, np.array([50, 450, 460, 999])) == [Stretch(None, 1), Stretch(400, 2), Stretch(900, 1)]
    assert stretches(film, np.array([777])) == [Stretch(700, 1)]
