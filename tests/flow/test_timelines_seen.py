from __future__ import annotations

from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import collect

from raravis.flow.collection import Collection, load
from raravis.flow.viewing.course import course_of
from raravis.flow.viewing.orders import KEPT, Orders
from raravis.flow.viewing.standing import known_of
from raravis.flow.viewing.timelines import Timeline, Timelines
from raravis.store import Project, concepts, items, labels
from raravis.types import NO, YES, Floats, Label


@pytest.fixture
def yards(project: Project, yard: Path) -> Project:
    """Two films of 8 keyframes, a.mp4 and b.mp4, and two stills, each on a timeline of its own."""
    collect(project, yard)
    with project.begin() as c:
        concepts.add(c, "red")
    return project


def row_of(collection: Collection, name: str, pts: int = 0) -> int:
    ids = [i for i, source in collection.sources.items() if source.places[0].name == name]
    return int(np.flatnonzero((collection.table.source_id == ids[0]) & (collection.table.pts == pts))[0])


def page(project: Project, collection: Collection, scores: Floats | None, **settings: int) -> list[Timeline]:
    return Timelines(collection, scores, known_of(project, "red")).page(**settings)


def test_timelines_with_events_come_first_then_those_that_score_best(yards: Project) -> None:
    collection = load(yards)
    scores = np.zeros(18, np.float32)
    scores[row_of(collection, "cam/b.mp4", 3000)] = 0.5
    assert [one.name for one in page(yards, collection, scores)] == ["cam/b.mp4", "cam/a.mp4"]
    with yards.begin() as c:
        labels.add(c, [Label(int(collection.vectors.ids[row_of(collection, "cam/a.mp4")]), "red", YES, "ann")])
    assert [one.name for one in page(yards, collection, scores)] == ["cam/a.mp4", "cam/b.mp4"]
    assert [one.name for one in page(yards, collection, scores, offset=1, limit=2)] == ["cam/b.mp4"]
    assert page(yards, collection, scores, offset=99) == []


def test_pictures_that_stand_alone_are_counted_and_no_timelines(yards: Project) -> None:
    made = Timelines(load(yards), None, known_of(yards, "red"))
    assert (len(made), made.alone) == (2, 2)  # c.png and d.png


def test_heat_is_the_best_score_of_each_part_and_lasts_till_the_next_frame(yards: Project) -> None:
    collection = load(yards)
    scores = np.zeros(18, np.float32)
    for second in range(8):
        scores[row_of(collection, "cam/a.mp4", 1000 * second)] = second / 8
    (film,) = (one for one in page(yards, collection, scores, bins=4) if one.name == "cam/a.mp4")
    assert film.heat == [0.125, 0.375, 0.625, 0.875]
    (film,) = (one for one in page(yards, collection, scores, bins=16) if one.name == "cam/a.mp4")
    assert film.heat[:5] == [0, 0, 0.125, 0.125, 0.25] and film.heat[-2:] == [0.875, 0.875]
    assert page(yards, collection, None, bins=3)[0].heat == [None, None, None]


def test_where_nothing_was_sampled_there_is_no_heat(project: Project, tmp_path: Path) -> None:
    for second in (0, 1, 10):
        making.still(tmp_path / "trap" / f"p{second}.jpg", shade=60 + second, taken=f"2026:05:31 18:00:{second:02d}")
    collect(project, tmp_path / "trap", timeline_from="folder")
    with project.begin() as c:
        concepts.add(c, "red")
    (trap,) = page(project, load(project), np.full(3, 0.5, np.float32), bins=10)
    assert trap.heat == [0.5, 0.5, *[None] * 7, 0.5] and trap.seconds == 10


def test_a_timelines_seconds_begin_with_its_first_source(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "1.mp4", 2)
    making.film(tmp_path / "2.mp4", 2, shade=99)
    (tmp_path / "list.csv").write_text("path,timeline,starts_at\n1.mp4,gate,100\n2.mp4,gate,102\n")
    collect(project, tmp_path / "list.csv")
    with project.begin() as c:
        concepts.add(c, "red")
        labels.add(c, [Label(i, "red", value, "ann") for i, value in zip((2, 3, 4), (YES, YES, NO), strict=True)])
        assert [int(pts) for pts in items.arrays(c).pts] == [0, 1000, 0, 1000]
    (gate,) = page(project, load(project), np.array([0, 0.5, 0.75, 0], np.float32))
    assert (gate.name, gate.starts_at, gate.seconds) == ("gate", 100, 4)
    assert [(one.source.places[0].name, one.start, one.end) for one in gate.sources] == [
        ("1.mp4", 0, 2),
        ("2.mp4", 2, 4),
    ]
    assert [(one.item, one.seconds, one.value) for one in gate.answers] == [(2, 1, YES), (3, 2, YES), (4, 3, NO)]
    (event,) = gate.events
    assert (event.start, event.end, event.score, event.item) == (1, 2.25, 0.75, 3)


def test_of_a_frame_with_several_items_the_best_counts(project: Project, tmp_path: Path) -> None:
    making.film(tmp_path / "film" / "a.mp4", 2)
    collect(project, tmp_path / "film", detect="tiles:2")
    collection = load(project)
    course = course_of(collection)
    scores = np.linspace(0, 1, len(collection)).astype(np.float32)
    best = [max(scores[collection.table.pts == pts]) for pts in (0, 1000)]
    assert course.best(scores).tolist() == best and len(course.rows) == 2


def test_an_order_is_by_score_with_ties_as_embedded_or_by_time(yards: Project) -> None:
    collection = load(yards)
    orders, scores = Orders(collection), np.zeros(18, np.float32)
    scores[[4, 7]] = 0.5, 0.75
    assert orders.of("score", scores).rows[:4].tolist() == [7, 4, 0, 1]
    by_time = orders.of("time", scores).rows
    assert np.all(np.diff(collection.timeline[by_time]) >= 0) and len(by_time) == 18
    assert orders.of("score", None) == orders.of("time", None)


def test_an_order_stays_while_scores_change_for_whoever_names_its_version(yards: Project) -> None:
    orders = Orders(load(yards))
    first = orders.of("score", np.arange(18, dtype=np.float32))
    newer = np.arange(18, dtype=np.float32)[::-1].copy()
    assert orders.of("score", newer, version=first.version) is first
    second = orders.of("score", newer)
    assert second.version != first.version and orders.of("score", newer) is second
    for _ in range(KEPT):
        orders.of("score", newer.copy())
    assert orders.of("score", newer, version=first.version) is not first
