from __future__ import annotations

import numpy as np

from raravis.formats.overlay import COLOURS, Bar, Mark, drawn

GREY = np.full((120, 200, 3), 128, np.uint8)


def test_a_box_is_drawn_on_its_edges_in_the_colour_of_its_class() -> None:
    picture = drawn(GREY, [Mark((0.5, 0.5, 1.0, 1.0), "red 90%", 1)])
    assert tuple(picture[100, 100]) == tuple(picture[119, 150]) == tuple(picture[100, 199]) == COLOURS[1]
    assert tuple(picture[100, 150]) == (128, 128, 128), "the inside is left as it is"
    assert tuple(picture[30, 30]) == (128, 128, 128)


def test_the_picture_given_is_not_changed() -> None:
    drawn(GREY, [Mark((0.0, 0.0, 1.0, 1.0), "red", 0)])
    assert (GREY == 128).all()


def test_two_texts_of_one_box_stand_below_one_another() -> None:
    one = drawn(GREY, [Mark((0.0, 0.0, 1.0, 1.0), "a", 0)])
    two = drawn(GREY, [Mark((0.0, 0.0, 1.0, 1.0), "a", 0), Mark((0.0, 0.0, 1.0, 1.0), "b", 1)])
    assert (two[4:14, 4:8] == one[4:14, 4:8]).all() and tuple(two[18, 1]) == COLOURS[1]


def test_the_bar_shows_a_line_a_class_and_where_we_are() -> None:
    picture = drawn(GREY, [], Bar([(0.0, 0.5, 0), (0.25, 1.0, 2)], now=0.75))
    upper, lower = picture[-5], picture[-2]
    assert tuple(upper[10]) == COLOURS[0] and tuple(upper[120]) == (32, 34, 38)
    assert tuple(lower[10]) == (32, 34, 38) and tuple(lower[120]) == COLOURS[2]
    assert tuple(upper[150]) == tuple(lower[150]) == (255, 255, 255)


def test_a_moment_is_seen_on_the_bar_however_short() -> None:
    assert tuple(drawn(GREY, [], Bar([(0.5, 0.5, 3)], now=0.0))[-2, 100]) == COLOURS[3]


def test_the_smallest_picture_and_a_long_text_are_no_trouble() -> None:
    for size in ((1, 1, 3), (2, 300, 3), (300, 2, 3)):
        picture = drawn(np.zeros(size, np.uint8), [Mark((0.0, 0.0, 1.0, 1.0), "鳥 " * 50, 9)], Bar([(0, 1, 9)], 1.0))
        assert picture.shape == size
