"""What the labels of a frame's items come to."""

from __future__ import annotations

import numpy as np

from raravis.flow.looks import WAITING, by_frame, settled
from raravis.store.items import ItemArrays
from raravis.store.labels import Latest
from raravis.types import CANT_TELL, NO, WHOLE, YES

LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0)


def of_a_frame(answers: dict[int, int], *, crops_tell: bool = True) -> int:
    """The value of one frame whose items 0 and 1 are its halves and 2 is the whole."""
    boxes, n = np.array([LEFT, RIGHT, WHOLE]), np.zeros(3, np.int64)
    table, first = by_frame(ItemArrays(np.arange(3), n, n, n + 1, boxes, np.ones(3, np.float32)))
    ids, m = sorted(answers), np.zeros(len(answers), np.int64)
    value = np.array([answers[each] for each in ids], np.int8)
    latest = Latest(np.array(ids, np.int64), value, np.ones(len(ids), np.float32), np.array(["human"] * len(ids)), m, m)
    return int(settled(table, first, latest, crops_tell=crops_tell)[0])


def test_a_yes_to_any_item_is_a_yes() -> None:
    assert of_a_frame({0: NO, 1: YES}) == of_a_frame({1: YES, 2: NO}) == YES


def test_a_no_to_one_crop_clears_no_frame_and_a_no_to_the_whole_does() -> None:
    assert of_a_frame({0: NO}) == of_a_frame({0: NO, 1: NO}) == WAITING
    assert of_a_frame({2: NO}) == of_a_frame({0: CANT_TELL, 2: NO}) == NO


def test_no_to_all_there_is_clears_a_frame() -> None:
    assert of_a_frame({0: NO, 1: NO, 2: NO}, crops_tell=False) == NO  # the whole is among them
    assert of_a_frame({0: NO, 1: CANT_TELL}) == CANT_TELL and of_a_frame({}) == WAITING


def test_no_frames_have_no_values() -> None:
    nothing = ItemArrays(*(np.zeros(0, np.int64) for _ in range(4)), np.zeros((0, 4)), np.zeros(0, np.float32))
    none = Latest(*(np.zeros(0, np.int64) for _ in range(6)))  # type: ignore[arg-type]
    table, first = by_frame(nothing)
    assert len(settled(table, first, none)) == 0
