from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Connection
from store_making import add_items, add_source

from raravis.errors import InputError
from raravis.store import items, samples
from raravis.types import Item


def test_known_items_are_skipped_and_new_ones_counted(c: Connection) -> None:
    source = add_source(c)
    boxes = np.array([[0, 0, 1, 1], [0.25, 0.25, 0.5, 0.75]])
    pts, end = np.array([10, 10]), np.array([11, 11])
    columns = (np.full(2, source), pts, end, boxes)
    assert items.add(c, *columns, np.array([1.0, 0.5]), "yolo") == 2
    assert items.add(c, *columns, np.array([0.9, 0.9]), "other") == 0
    assert items.add(c, np.full(1, source), pts[:1], np.array([12]), boxes[:1], np.ones(1), "yolo") == 1
    assert [item.score for item in items.get(c, items.arrays(c).ids)] == [1.0, 0.5, 1.0]


def test_items_come_back_in_the_order_asked(c: Connection) -> None:
    source = add_source(c)
    box = np.array([[0.25, 0.125, 0.5, 0.75]], np.float32)
    items.add(c, np.array([source]), np.array([2**40]), np.array([2**40 + 1]), box, np.array([0.5]), "yolo")
    first, second = add_items(c, source, 2)[-2:]
    assert [item.id for item in items.get(c, [second, first, second])] == [second, first, second]
    (yolo,) = items.get(c, np.array([first - 1]))
    assert yolo == Item(first - 1, source, 2**40, 2**40 + 1, (0.25, 0.125, 0.5, 0.75), 0.5, "yolo")


def test_missing_items_are_named(c: Connection) -> None:
    ids = add_items(c, add_source(c), 2)
    last = ids[-1]
    with pytest.raises(InputError, match=rf"no item {last + 1}, {last + 2}, {last + 3} and 1 more: forgotten"):
        items.get(c, [*ids, last + 4, last + 3, last + 2, last + 1])
    with pytest.raises(InputError, match=rf"no item {last + 1}: forgotten"):
        items.get(c, [last + 1])


def test_columns_are_by_rising_id_and_of_one_source_if_asked(c: Connection) -> None:
    one, two = add_source(c, "d1"), add_source(c, "d2")
    first, second = add_items(c, two, 2), add_items(c, one, 1, first=7)
    all_of_them = items.arrays(c)
    assert all_of_them.ids.tolist() == first + second == items.all_ids(c).tolist()
    assert all_of_them.source_id.tolist() == [two, two, one]
    assert all_of_them.pts.tolist() == [0, 1, 7] and all_of_them.end.tolist() == [1, 2, 8]
    assert all_of_them.boxes.tolist() == [[0, 0, 1, 1]] * 3 and all_of_them.score.tolist() == [1, 1, 1]
    assert items.arrays(c, source_id=one).ids.tolist() == second


def test_columns_of_some_sources_or_ids_are_by_rising_id(c: Connection) -> None:
    one, two, three = (add_source(c, digest) for digest in ("d1", "d2", "d3"))
    first, second, third = add_items(c, two, 2), add_items(c, one, 1), add_items(c, three, 1)
    assert items.of_sources(c, [three, two]).ids.tolist() == [*first, *third]
    assert items.some(c, np.array([*third, first[1], 99])).ids.tolist() == [first[1], *third]
    assert items.some(c, second).source_id.tolist() == [one]


def test_items_of_the_whole_picture_are_found_by_what_they_are(c: Connection) -> None:
    source = add_source(c)
    ids = add_items(c, source, 3)
    box = np.array([[0, 0, 0.5, 0.5]])
    items.add(c, np.array([source]), np.array([0]), np.array([1]), box, np.ones(1), "tiles")
    wanted = np.array([source, source]), np.array([2, 0]), np.array([3, 1])
    assert items.whole_frames(c, *wanted) == [ids[2], ids[0]]
    with pytest.raises(InputError, match=r"no item of the whole picture over \(1, 7, 8\)"):
        items.whole_frames(c, np.array([source]), np.array([7]), np.array([8]))


def on_demand(c: Connection, source: int, *pts: int, detector: str = "asked") -> list[int]:
    at = np.array(pts)
    return items.add_frames(c, np.full(len(at), source), at, at + 1, detector)


def test_items_of_instants_that_no_sampler_chose_are_told_apart(c: Connection) -> None:
    one, two = add_source(c, "d1"), add_source(c, "d2")
    made = [*on_demand(c, one, 0, 1, 2), *on_demand(c, two, 0), *on_demand(c, two, 1, detector="audit")]
    samples.replace(c, one, "every", np.array([1, 3]), np.array([2, 4]))
    on_demand(c, one, 3, detector="whole")
    assert items.unsampled(c, "asked").tolist() == [made[0], made[2], made[3]]
    assert items.unsampled(c, "asked", "audit").tolist() == [made[0], *made[2:]]
    assert items.unsampled(c, "yolo").tolist() == items.unsampled(c).tolist() == []


def test_a_sampled_frame_in_which_a_detector_saw_nothing_is_no_part_of_the_sample(c: Connection) -> None:
    source = add_source(c)
    samples.replace(c, source, "every", np.array([0, 1]), np.array([1, 2]))
    box = np.array([[0, 0, 0.5, 0.5]])
    items.add(c, np.array([source]), np.array([0]), np.array([1]), box, np.ones(1), "yolo")
    beside_a_crop, alone = on_demand(c, source, 0, 1)
    assert items.unsampled(c, "asked").tolist() == [alone] != [beside_a_crop]
    on_demand(c, source, 5, detector="whole")
    assert items.unsampled(c, "asked").tolist() == [alone], "of a frame of another sample"


def test_no_items_are_no_trouble(c: Connection) -> None:
    none = np.zeros(0, np.int64)
    assert items.add(c, none, none, none, np.zeros((0, 4)), np.zeros(0), "whole") == 0
    empty = items.arrays(c)
    assert len(empty) == items.count(c) == 0 and empty.boxes.shape == (0, 4) and empty.ids.dtype == np.int64
    assert items.get(c, []) == [] and len(items.some(c, [])) == len(items.of_sources(c, [])) == 0
    assert items.whole_frames(c, none, none, none) == []


def test_more_items_than_one_statement_takes(c: Connection) -> None:
    ids = add_items(c, add_source(c), 25_000)
    assert items.count(c) == len(set(ids)) == 25_000
    assert [item.id for item in items.get(c, ids[::-1])] == ids[::-1]


def test_samples_replace_what_the_same_sampler_said_before(c: Connection) -> None:
    source = add_source(c)
    for pts in ([30, 10], [20]):
        samples.replace(c, source, "every:1", np.array(pts), np.array(pts) + 5)
    samples.replace(c, source, "keyframes", np.array([3, 1]), np.array([9, 3]))
    assert [column.tolist() for column in samples.get(c, source, "every:1")] == [[20], [25]]
    assert [column.tolist() for column in samples.get(c, source, "keyframes")] == [[1, 3], [3, 9]]


def test_a_sampler_that_found_nothing_has_said_so(c: Connection) -> None:
    source, none = add_source(c), np.zeros(0, np.int64)
    samples.replace(c, source, "change", none, none)
    assert [column.shape for column in samples.get(c, source, "change")] == [(0,), (0,)]
