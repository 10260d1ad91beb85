"""The street: a keyframe a second, item ids from 1 by time; and stills that follow one another."""

from __future__ import annotations

from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import collect

from raravis.errors import InputError
from raravis.flow.collection import Collection, load
from raravis.flow.viewing.course import course_of
from raravis.flow.viewing.strip import Strip, strip
from raravis.store import Project, concepts, items, labels
from raravis.types import NO, YES, Floats, Label


def say(project: Project, *said: tuple[int, int]) -> None:
    """Answers (item, value)."""
    with project.begin() as c:
        labels.add(c, [Label(item, "red", value, "ann") for item, value in said])


@pytest.fixture
def collection(seen: Project) -> Collection:
    return load(seen)


@pytest.fixture
def scores() -> Floats:
    """Item 21 at 0.8, those beside it at 0.6, 0.45 and 0.3; nothing elsewhere."""
    scores = np.zeros(60, np.float32)
    scores[17:24] = 0.3, 0.45, 0.6, 0.8, 0.6, 0.45, 0.3
    return scores


def around(project: Project, collection: Collection, scores: Floats | None, item: int, n: int = 11) -> Strip:
    return strip(project, collection, scores, "red", item, n=n)


def test_a_strip_has_as_many_frames_on_each_side_where_the_timeline_has_them(
    seen: Project, collection: Collection
) -> None:
    assert around(seen, collection, None, 30, 5).items == [28, 29, 30, 31, 32]
    assert around(seen, collection, None, 2, 5) == Strip([1, 2, 3, 4, 5], 1, None)
    assert around(seen, collection, None, 60, 5) == Strip([56, 57, 58, 59, 60], 4, None)
    assert around(seen, collection, None, 30, 101).items == list(range(1, 61))


def test_a_wider_strip_holds_the_narrower_one(seen: Project, collection: Collection, scores: Floats) -> None:
    narrow, wide = (around(seen, collection, scores, 21, n).items for n in (5, 21))
    assert set(narrow) < set(wide) and wide == sorted(wide)


def test_proposed_is_the_run_that_scores_half_as_much_as_the_item(
    seen: Project, collection: Collection, scores: Floats
) -> None:
    assert around(seen, collection, scores, 21).proposed == (19, 23)  # 0.45 is more than half of 0.8
    assert around(seen, collection, scores, 21, 5).proposed == (19, 23)
    assert around(seen, collection, scores * 2, 21).proposed == (18, 24)  # 0.6 is more than 0.5
    assert around(seen, collection, scores, 40).proposed == (40, 40)  # all alike, and unlikely
    assert around(seen, collection, scores + 1, 40).proposed == (35, 45)  # all alike, and likely


def test_around_an_item_of_low_score_frames_nearer_to_it_than_to_the_usual_are_proposed(
    seen: Project, collection: Collection, scores: Floats
) -> None:
    low = 0.1 + scores / 10  # before answers: 0.18, 0.16, 0.145, 0.13 among 0.1
    assert around(seen, collection, low, 21, 21).proposed == (19, 23)


def test_answers_count_more_than_scores(seen: Project, collection: Collection, scores: Floats) -> None:
    say(seen, (20, NO), (24, YES))
    assert around(seen, collection, scores, 21).proposed == (21, 24)
    say(seen, (21, NO))
    assert around(seen, collection, scores, 21).proposed is None


def test_an_answer_that_must_stay_unseen_proposes_nothing_and_ends_nothing(
    seen: Project, collection: Collection, scores: Floats
) -> None:
    say(seen, (21, NO))
    assert strip(seen, collection, scores, "red", 21, unseen=[21]).proposed == (19, 23)


def test_without_scores_only_answers_propose(seen: Project, collection: Collection) -> None:
    assert around(seen, collection, None, 30).proposed is None
    say(seen, (30, YES), (31, YES), (33, YES))
    assert around(seen, collection, None, 30).proposed == (30, 31)


def test_a_frame_made_on_demand_lies_between_two_of_the_sample(
    seen: Project, collection: Collection, scores: Floats
) -> None:
    with seen.begin() as c:
        source = int(items.arrays(c).source_id[0])
        (new,) = items.add_frames(c, np.array([source]), np.array([20500]), np.array([20750]), "refine")
    assert around(seen, collection, scores, new, 5) == Strip([20, 21, new, 22, 23], 2, (20, 22))


def test_files_of_one_timeline_are_one_strip_and_a_pause_ends_what_is_proposed(
    project: Project, tmp_path: Path
) -> None:
    for number in range(3):
        making.film(tmp_path / "cam" / f"{number}.mp4", 2, shade=90 + 5 * number)
    for second in (0, 1, 2, 200):
        minutes, rest = divmod(second, 60)
        taken = f"2026:05:31 18:{minutes:02d}:{rest:02d}"
        making.still(tmp_path / "trap" / f"p{second}.jpg", shade=60 + second % 7, taken=taken)
    collect(project, tmp_path / "cam", tmp_path / "trap", timeline_from="folder")
    with project.begin() as c:
        concepts.add(c, "red")
    collection = load(project)
    course = course_of(collection)
    alike = np.full(len(collection), 0.9, np.float32)
    cam, trap = (
        collection.vectors.ids[course.rows[slice(*course.starts[line : line + 2])]].tolist()
        for line in map(collection.lines.index, ("cam", "trap"))
    )
    assert strip(project, collection, alike, "red", cam[2]) == Strip(cam, 2, (cam[0], cam[5]))
    assert strip(project, collection, alike, "red", trap[1]) == Strip(trap, 1, (trap[0], trap[2]))


def test_of_a_frame_with_boxes_the_whole_picture_stands_and_the_item_asked_for_is_itself(
    project: Project, tmp_path: Path
) -> None:
    making.film(tmp_path / "film" / "a.mp4", 3)
    collect(project, tmp_path / "film")
    collect(project, tmp_path / "film", detect="tiles:2")
    with project.begin() as c:
        concepts.add(c, "red")
        table = items.arrays(c)
    whole = table.ids[np.all(table.boxes == (0, 0, 1, 1), axis=1)].tolist()
    tile = int(table.ids[(table.pts == 1000) & ~np.isin(table.ids, whole)][0])
    found = strip(project, load(project), None, "red", tile, n=5)
    assert found.items == [whole[0], tile, whole[2]] and found.at == 1


def test_no_such_item_is_told(seen: Project, collection: Collection) -> None:
    with pytest.raises(InputError, match="no item 999"):
        around(seen, collection, None, 999)
