from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from raravis.errors import InputError
from raravis.formats.sheet import CHIP, FRAMES, best_columns, clock, drawable, sheet, shrink

GAP = 18


def chips(n, shape=(90, 120, 3)):
    return [np.full(shape, 40 + 5 * k, np.uint8) for k in range(n)]


def drawn(tmp_path, n, captions=None, **settings):
    out = sheet(chips(n), captions or ["cam01.mp4\n0:00:01.0   score 0.50"] * n, tmp_path / "sheet.jpg", **settings)
    with Image.open(out) as page:
        return np.asarray(page).astype(int)


def centre(place, columns):
    """Pixel in the middle of a chip on a sheet of two-line captions without a title."""
    down = CHIP[1] + 6 + 2 * 22 + GAP
    return GAP + place // columns * down + CHIP[1] // 2, GAP + place % columns * (CHIP[0] + GAP) + CHIP[0] // 2


def test_pictures_stand_in_order_row_by_row(tmp_path):
    page = drawn(tmp_path, 5, columns=3)
    for place in range(5):
        assert abs(page[centre(place, 3)] - (40 + 5 * place)).max() <= 2


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (2, 2), (6, 3), (12, 4), (15, 5), (20, 6), (24, 6)])
def test_the_grid_is_wide_enough_to_fit_a_screen(n, columns):
    assert best_columns(n) == columns


@pytest.mark.parametrize("answer", [1, -1, 0])
def test_an_answer_is_a_frame_in_its_colour(answer, tmp_path):
    page = drawn(tmp_path, 2, answers=[answer])
    y = centre(0, 2)[0]
    assert abs(page[y, GAP - 3] - FRAMES[answer]).max() < 30
    assert page[y, GAP + CHIP[0] + GAP - 3].min() > 230, "the one not yet answered has none"


def test_each_chip_has_a_badge_and_an_answered_one_a_wider_one(tmp_path):
    plain, told = drawn(tmp_path, 1)[GAP + 3], drawn(tmp_path, 1, answers=[1])[GAP + 3]
    white = [int((row.min(axis=1) > 240)[GAP : GAP + CHIP[0]].sum()) for row in (plain, told)]
    assert 20 < white[0] < 45 < white[1] < 100


def test_pictures_keep_their_shape():
    assert shrink(np.zeros((400, 100, 3), np.uint8)).shape == (225, 56, 3)
    assert shrink(np.zeros((100, 400, 3), np.uint8)).shape == (75, 300, 3)
    assert shrink(np.zeros((1, 4000, 3), np.uint8)).shape == (1, 300, 3)


def test_a_long_name_does_not_run_into_its_neighbour(tmp_path):
    page = drawn(tmp_path, 2, captions=["a long folder/" * 20 + "cam01.mp4", "b"])
    between = page[GAP + CHIP[1] + 8 :, GAP + CHIP[0] + 2 : GAP + CHIP[0] + GAP - 1]
    assert between.min() > 220


def test_a_title_and_any_script_do_no_harm(tmp_path):
    assert (
        drawn(tmp_path, 1, captions=["鳥 🦊"], title="fox: round 3").shape[0]
        > drawn(tmp_path, 1, captions=["a"]).shape[0]
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("cam01.mp4 (2) 0.50 …", "cam01.mp4 (2) 0.50 …"),
        ("Zoë – Čáp Ｚ", "Zoe ? Cap Z"),
        ("Zoe\u0308", "Zoe"),  # as some systems write names: the accent by itself
        ("鳥/🦊_жук.mp4", "?/?_???.mp4"),
        ("8 px\t", "8 px?"),
    ],
)
def test_letters_that_the_font_lacks_are_drawn_plain_or_as_a_question_mark(text, shown):
    assert drawable(text) == shown


def test_no_empty_boxes_are_drawn(tmp_path):
    assert (drawn(tmp_path, 1, ["鳥 – Ž"], title="Ž") == drawn(tmp_path, 1, ["? ? Z"], title="Z")).all()


def test_the_clock_reads_as_players_show_it():
    assert [clock(s) for s in (0, 9.96, 83.4, 3661.5)] == ["0:00:00.0", "0:00:10.0", "0:01:23.4", "1:01:01.5"]


@pytest.mark.parametrize(("pictures", "captions"), [(0, 0), (37, 37), (3, 2)])
def test_what_fits_on_a_sheet_is_said(pictures, captions, tmp_path):
    with pytest.raises(InputError, match="1 to 36 pictures"):
        sheet(chips(pictures), ["a"] * captions, tmp_path / "sheet.jpg")
    assert not list(tmp_path.iterdir())
