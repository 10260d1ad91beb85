"""The nouns are checked at birth."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pool_making import make_pool

from raravis.arrays import sigmoid
from raravis.types import CANT_TELL, NO, WHOLE, YES, Frame, Head, Item, Label, Packets, Round, Source, Vectors

FILM = Source(1, "d", "video", 64, 48, Fraction(1, 30_000), 1_001, 90_000)


def packets(*pts: int, end: int = 100) -> Packets:
    each = np.ones(len(pts), bool)
    return Packets(np.array(pts, np.int64), each, each, end, Fraction(1, 10))


def a_round(**settings: Any) -> Round:
    lists = {"ids": (4, 2), "scores": (0.9, 0.1), "reason": ("top", "top")}
    rest = {"inclusion_prob": None, "labels_up_to": 0, "head_id": None, "encoder": "toy-1", "version": "0"}
    return Round(1, "red", "top", {}, 0, **{**lists, **rest, **settings})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: replace(FILM, width=0),
        lambda: replace(FILM, duration=-1),
        lambda: replace(FILM, time_base=Fraction(0)),
        lambda: packets(3, 3),
        lambda: packets(3, 2),
        lambda: Packets(np.zeros(2, np.int64), np.ones(1, bool), np.ones(2, bool), 9, Fraction(1)),
        lambda: Frame(0, np.zeros((4, 4), np.uint8)),
        lambda: Frame(0, np.zeros((4, 4, 3), np.float32)),
        lambda: Item(1, 1, 5, 4),
        lambda: Item(1, 1, 0, 0, (0.5, 0, 0.5, 1)),
        lambda: Item(1, 1, 0, 0, (0, 0, 1.1, 1)),
        lambda: Vectors(np.arange(3), np.zeros((2, 4)), "e"),
        lambda: Vectors(np.arange(2), np.zeros(2), "e"),
        lambda: a_round(scores=(0.9,)),
        lambda: Label(1, "red", 2, "ann"),
        lambda: Label(1, "red", YES, "ann", "rumour"),
        lambda: Head(("a", "b"), np.zeros((3, 1)), np.zeros(1), np.zeros((2, 1)), np.zeros(1), "e"),
        lambda: replace(make_pool(3), asked=np.zeros(2, bool)),
    ],
)
def test_what_cannot_be_is_not_born(wrong: Any) -> None:
    with pytest.raises(AssertionError):
        wrong()


def test_a_noun_is_never_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        FILM.width = 3  # type: ignore[misc]


def test_seconds_count_from_the_first_frame() -> None:
    assert FILM.seconds(1_001) == 0 and FILM.seconds(31_001) == 1 and FILM.pts(1.0) == 31_001


@given(st.integers(0, 10**9))
def test_pts_to_seconds_and_back_is_the_same_frame(ticks: int) -> None:
    assert FILM.pts(FILM.seconds(FILM.start + ticks)) == FILM.start + ticks


def test_packets_know_their_seconds_and_when_each_frame_gives_way() -> None:
    made = packets(10, 15, 40)
    assert made.seconds().tolist() == [0, 0.5, 3] and made.ends().tolist() == [15, 40, 100] and len(made) == 3
    none = packets()
    assert len(none) == len(none.seconds()) == len(none.ends()) == 0


def test_large_nouns_show_their_shape_and_not_their_numbers() -> None:
    assert repr(Frame(7, np.zeros((4, 6, 3), np.uint8))) == "Frame(pts=7, rgb=(4, 6, 3))"
    assert repr(Vectors(np.arange(2), np.zeros((2, 5), np.float16), "e")) == "Vectors((2, 5), float16, e)"


def test_a_pool_multiplies_by_its_fast_scan_where_it_has_one() -> None:
    pool = make_pool(np.eye(3, dtype=np.float32))
    query = np.float32([[1, 2, 3]])
    assert pool.dots(query).tolist() == [[1, 2, 3]] and len(pool) == 3
    pool.scan = lambda queries: np.full((len(queries), 3), 7, np.float32)
    assert pool.dots(query).tolist() == [[7, 7, 7]]


def test_a_head_gives_the_calibrated_probability() -> None:
    head = Head(
        ("a", "b"), np.float32([[1, 0], [0, 2]]), np.float32([0, 1]), np.float32([[1, 2], [0, -2]]), np.zeros(2), "e"
    )
    prob = head.probability(np.array([[0, 0], [1, 1]], np.float16))
    np.testing.assert_allclose(prob, [[0.5, 0.5], [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-4))]], rtol=1e-6)
    assert head.probability(np.zeros((0, 2))).shape == (0, 2)


def test_sigmoid_neither_overflows_nor_loses_the_order_far_out() -> None:
    x = np.float32([-1000, -60, -50, 0, 50, 1000])
    p = sigmoid(x)
    assert p[3] == 0.5 and 0 < p[0] < p[1] < p[2] < 1e-20 and p[-1] == 1


def test_the_three_answers_and_the_whole_frame() -> None:
    assert (YES, NO, CANT_TELL) == (1, -1, 0) and Item(1, 1, 0, 0).box == WHOLE == (0, 0, 1, 1)


def test_hidden_layers_and_softmax_can_be_checked_by_hand() -> None:
    weight = np.array([[0, 1], [0, 0]], np.float32)
    calibration, threshold = np.array([[1, 1], [0, 0]], np.float32), np.array([0.5, 0.5], np.float32)
    hidden = ((np.array([[np.log(3), 0], [0, 1]], np.float32), np.zeros(2, np.float32)),)
    head = Head(("a", "b"), weight, np.zeros(2, np.float32), calibration, threshold, "e", hidden=hidden, exclusive=True)
    prob = head.probability(np.array([[1, 0], [-1, 5]], np.float32))  # ReLU: log 3 and 0
    assert prob == pytest.approx(np.array([[1 / 4, 3 / 4], [1 / 2, 1 / 2]]))
    assert head.probability(np.zeros((0, 2))).shape == (0, 2) and head.dim == 2
    with pytest.raises(AssertionError):
        replace(head, hidden=((np.zeros((2, 3), np.float32), np.zeros(3, np.float32)),))
