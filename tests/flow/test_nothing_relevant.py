"""Nothing relevant, and how probable a hit is: both measured, or not said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from raravis import flow
from raravis.arrays import sigmoid
from raravis.flow.searching import floor
from raravis.flow.searching.chance import Chance, chance_of, chances
from raravis.flow.searching.floor import Floors, floor_of, floors_of, name_floor, picture_floor, relevant
from raravis.flow.searching.queries import packed
from raravis.flow.searching.searcher import Searcher, searcher
from raravis.store import Project, concepts, heads, labels, rounds
from raravis.store.examples import ExampleVectors
from raravis.types import Head, Label, Vectors


def unit(rows: Any) -> Any:
    rows = np.asarray(rows, np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def clusters(count: int, each: int, *, spread: float, seed: int = 0) -> Any:
    """Unit vectors around so many directions at right angles."""
    rng = np.random.default_rng(seed)
    middle = np.repeat(np.eye(count, 64), each, axis=0)
    return unit(middle + spread * rng.normal(size=(count * each, 64)) / 8)


def vectors(data: Any) -> Vectors:
    return Vectors(np.arange(len(data)), np.asarray(data).astype(np.float16), "toy-1")


def test_the_floor_of_pictures_lies_below_what_is_there_and_above_what_is_not() -> None:
    held = vectors(clusters(20, 10, spread=0.4))
    low = picture_floor(held, np.arange(200))
    data = held.data.astype(np.float32)
    there, absent = clusters(20, 5, spread=0.4, seed=1), unit(np.eye(64)[40:])
    assert low is not None
    assert np.mean((there @ data.T).max(axis=1) >= low) > 0.9 and np.all((absent @ data.T).max(axis=1) < low)


def test_it_is_the_share_asked_for_of_what_items_reach_outside_their_own_timeline() -> None:
    held = vectors(clusters(20, 10, spread=0.4))
    line = np.arange(200) // 2
    dots = held.data.astype(np.float32) @ held.data.astype(np.float32).T
    best = np.where(line[:, None] == line[None], -1, dots).max(axis=1)
    assert picture_floor(held, line) == pytest.approx(np.quantile(best, floor.PICTURES), abs=1e-3)


def test_what_an_item_finds_on_its_own_timeline_does_not_count() -> None:
    data = np.repeat(clusters(60, 1, spread=0), 3, axis=0)  # three of each, all alike, on one line
    assert picture_floor(vectors(data), np.repeat(np.arange(60), 3)) == pytest.approx(0, abs=0.1)
    assert picture_floor(vectors(data), np.arange(180)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("rows", "lines"), [(0, 1), (200, 1), (49, 49)])
def test_one_timeline_or_few_items_have_no_floor(rows: int, lines: int) -> None:
    data = clusters(50, 4, spread=0.4)[:rows]
    assert picture_floor(vectors(data), np.arange(rows) % lines) is None


def test_of_many_items_some_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    held = vectors(clusters(20, 10, spread=0.4))
    full = picture_floor(held, np.arange(200))
    monkeypatch.setattr(floor, "ROWS", 100)
    part = picture_floor(held, np.arange(200))
    assert full is not None and part is not None and part <= full  # among fewer the best is no nearer


def test_the_floor_of_names_is_what_nearly_all_of_them_stay_below() -> None:
    held = vectors(clusters(3, 30, spread=0.2))
    names = np.eye(64, dtype=np.float32)  # three of 64 are there
    low = name_floor(held, names)
    assert low is not None and low < 0.6
    assert ((held.data.astype(np.float32) @ names.T).max(axis=0) >= low).tolist()[:3] == [True] * 3
    assert name_floor(held, names[:49]) is None and name_floor(vectors(np.zeros((0, 64))), names) is None


class Held:
    """As much of a collection as is looked at."""

    def __init__(self, data: Any) -> None:
        self.vectors, self.timeline = vectors(data), np.arange(len(data))


def asking(picture: Any = None, text: Any = None, unlike: Any = None) -> ExampleVectors:
    given = [(one, sign, kind) for one, sign, kind in ((picture, 1, False), (text, 1, True), (unlike, -1, False))]
    kept = [one for one in given if one[0] is not None]
    data = np.array([one[0] for one in kept], np.float32).reshape(len(kept), -1)
    return ExampleVectors(data, np.array([one[1] for one in kept], np.int8), np.array([one[2] for one in kept], bool))


@pytest.mark.parametrize(
    ("floors", "known_by", "told"),
    [
        (Floors(0.5, 0.2), asking(picture=[0.6, 0.8]), True),
        (Floors(0.7, 0.2), asking(picture=[0.6, 0.8]), False),
        (Floors(None, 0.2), asking(picture=[0.6, 0.8]), None),
        (Floors(0.7, 0.2), asking(text=[0.3, 0.95]), True),
        (Floors(0.2, 0.4), asking(text=[0.3, 0.95]), False),
        (Floors(0.2, None), asking(text=[0.3, 0.95]), None),
        (Floors(0.7, 0.2), asking(picture=[0.6, 0.8], text=[0.3, 0.95]), True),
        (Floors(0.7, 0.4), asking(picture=[0.6, 0.8], text=[0.3, 0.95]), False),
        (Floors(0.7, None), asking(picture=[0.6, 0.8], text=[0.3, 0.95]), None),
        (Floors(0.5, None), asking(picture=[0.6, 0.8], text=[0.3, 0.95]), True),
        (Floors(0.5, 0.2), asking(unlike=[1, 0]), None),
        (Floors(0.5, 0.2), asking(picture=[0, 1], unlike=[1, 0]), False),
    ],
)
def test_relevant_is_what_is_near_to_one_of_the_examples(
    monkeypatch: pytest.MonkeyPatch, floors: Floors, known_by: ExampleVectors, told: bool | None
) -> None:
    monkeypatch.setattr(floor, "floors_of", lambda project, held, names: floors)
    held: Any = Searcher(Held([[1, 0]]), None)  # type: ignore[arg-type]
    project: Any = None
    assert relevant(project, held, known_by, np.array([0])) is told
    assert relevant(project, held, known_by, np.zeros(0, np.int64)) is None


def test_a_collection_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held: Any = Searcher(Held(clusters(20, 10, spread=0.4)), None)  # type: ignore[arg-type]
    first = floor_of(held, np.zeros((3, 64)))
    monkeypatch.setattr(floor, "picture_floor", lambda *_: pytest.fail("measured again"))
    assert floor_of(held, np.zeros((1, 64)))[0] == first[0] == first[2]


def test_where_nobody_knows_nothing_lies_below(seen: Project) -> None:
    held = searcher(seen)  # one timeline
    assert floor_of(held, np.zeros((2, 3))).tolist() == [-1, -1] and floors_of(seen, held) == Floors(None, None)
    found = flow.search(seen, like=["item:1"])
    assert found.params["found"]["relevant"] is None


def answer(project: Project, yes: range, no: range, *, to: Any = None) -> None:
    """Answers to a search by the query `to`; else to none."""
    given = [(item, 1) for item in yes] + [(item, -1) for item in no]
    with project.begin() as c:
        params = {"vector": packed(to)} if to is not None else {}
        made = rounds.keep(c, "red", [], [], strategy="search", params=params, encoder="toy-1")
        labels.add(c, [Label(item, "red", value, "ann", round_id=made.id) for item, value in given])


def of_red(project: Project) -> tuple[Searcher, Any]:
    """A query that ranks red, and is no item."""
    held = searcher(project)
    data = held.collection.vectors.data.astype(np.float32)
    red = [second < 6 for second in held.collection.seconds]
    query = data[red].mean(axis=0) - data[~np.array(red)].mean(axis=0)
    return held, query / np.linalg.norm(query)


def test_nothing_is_said_without_a_concept_a_head_or_answers(seen: Project) -> None:
    held, query = of_red(seen)
    rows, cosines = held.search(query[None], 5)
    for concept in (None, "", "never heard of", "red"):
        assert chances(seen, held, query[None], rows, cosines, concept) is None


def test_answers_of_too_few_stretches_of_time_say_nothing(seen: Project) -> None:
    held, query = of_red(seen)
    answer(seen, range(1, 7), range(8, 18), to=query)  # sixteen answers, of one yes and one no
    assert chance_of(seen, held, query, "red") is None


@pytest.fixture
def many(project: Project, tmp_path: Any) -> Project:
    """Sixteen stills, each alone on its timeline; the even ones show red."""
    import media_making as making
    from flow_making import collect

    for number in range(16):
        making.still(tmp_path / "many" / f"still{number:02}.png", red=number % 2 == 0, shade=90 + number)
    collect(project, tmp_path / "many")
    with project.begin() as c:
        concepts.add(c, "red")
    return project


def of_many(project: Project) -> tuple[Searcher, Any]:
    held = searcher(project)
    data = held.collection.vectors.data.astype(np.float32)
    query = data[::2].mean(axis=0) - data[1::2].mean(axis=0)
    return held, query / np.linalg.norm(query)


def test_enough_answers_turn_a_cosine_into_a_probability(many: Project) -> None:
    held, query = of_many(many)
    answer(many, range(1, 11, 2), range(2, 12, 2), to=query)
    rows, cosines = held.search(query[None], 16)
    told = chances(many, held, query[None], rows, cosines, "red")
    assert told is not None and told.shape == (1, 16)
    assert np.all(np.diff(told[0]) <= 0)  # as the cosines
    assert told[0, :8].min() > 0.5 > told[0, 8:].max()
    one = chance_of(many, held, query, "red")
    assert one is not None and not one.by_head
    np.testing.assert_allclose(one.of(held.collection.vectors.data[rows[0]]), told[0], atol=1e-4)


def test_a_query_that_ranks_no_before_yes_says_nothing(many: Project) -> None:
    held, query = of_many(many)
    answer(many, range(1, 11, 2), range(2, 12, 2), to=-query)
    assert chance_of(many, held, -query, "red") is None


def test_answers_to_another_search_or_to_none_say_nothing(many: Project) -> None:
    held, query = of_many(many)
    other = np.roll(query, 1)
    assert other @ query < 0.95
    answer(many, range(1, 11, 2), range(2, 12, 2), to=other)
    assert chance_of(many, held, query, "red") is None
    answer(many, range(1, 11, 2), range(2, 12, 2))
    assert chance_of(many, held, query, "red") is None
    answer(many, range(1, 11, 2), range(2, 12, 2), to=query)
    assert chance_of(many, held, query, "red") is not None


def test_a_slope_that_may_be_none_says_nothing(many: Project) -> None:
    held, query = of_many(many)
    answer(many, range(1, 7), range(7, 13), to=query)  # as many red ones among the yes's as among the no's
    assert chance_of(many, held, query, "red") is None


def test_what_was_asked_with_is_no_answer_about_others(many: Project) -> None:
    held, _ = of_many(many)
    itself = held.collection.vectors.data[0].astype(np.float32)
    answer(many, range(1, 11, 2), range(2, 12, 2), to=itself)
    assert chance_of(many, held, itself, "red") is None  # four stretches with a yes are left


def keep_head(project: Project, weight: Any, calibration: Any) -> None:
    head = Head(
        ("red",),
        np.asarray(weight, np.float32)[:, None],
        np.array([0.25], np.float32),
        np.array(calibration, np.float32).reshape(2, 1),
        np.array([0.5], np.float32),
        "toy-1",
    )
    with project.begin() as c:
        heads.add(c, "red", head, "test")


def test_a_calibrated_head_comes_before_answers_and_an_uncalibrated_one_says_nothing(many: Project) -> None:
    held, query = of_many(many)
    keep_head(many, query, [1, 0])
    assert chance_of(many, held, query, "red") is None
    keep_head(many, query, [3, -1])
    rows, cosines = held.search(query[None], 4)
    told = chances(many, held, query[None], rows, cosines, "red")
    assert told is not None
    np.testing.assert_allclose(told[0], sigmoid(3 * (cosines[0] + np.float32(0.25)) - 1), atol=1e-3)


def test_a_head_with_hidden_layers_says_it_of_rows_and_of_no_direction(many: Project) -> None:
    held, query = of_many(many)
    layer = (np.eye(len(query), dtype=np.float32), np.zeros(len(query), np.float32))
    one = np.ones(1, np.float32)
    calibration = np.array([[3], [-1]], np.float32)
    head = Head(("red",), query[:, None], 0 * one, calibration, one / 2, "toy-1", hidden=(layer,))
    with many.begin() as c:
        heads.add(c, "red", head, "test")
    rows, cosines = held.search(query[None], 4)
    told = chances(many, held, query[None], rows, cosines, "red")
    assert told is not None and chance_of(many, held, query, "red") is None
    np.testing.assert_allclose(told[0], head.probability(held.collection.vectors.data[rows[0]])[:, 0])


def test_a_chance_by_vectors_is_that_by_dots_and_takes_none() -> None:
    one = Chance(np.array([3.0, 4.0], np.float32), 2.0, -1.0, by_head=True)
    assert one.of(np.array([[1.0, 0.0]])).tolist() == pytest.approx([1 / (1 + np.exp(-5))])
    assert one.of(np.zeros((0, 2))).shape == (0,) and one.of_dots(np.array([[0.5, 0.5]], np.float32)).tolist() == [
        [0.5, 0.5]
    ]


def test_once_a_search_is_answered_a_probability_stands_beside_each_of_its_hits(many: Project) -> None:
    settings: Any = {"concept": "red", "like": ["item:13"], "unlike": ["item:14"]}
    first = flow.search(many, **settings, k=16)
    assert "probability" not in first.params["found"]
    with many.begin() as c:
        labels.add(c, [Label(item, "red", 1 if item % 2 else -1, "ann", round_id=first.id) for item in first.ids[:14]])
    again = flow.search(many, **settings, k=16)
    told = again.params["found"]["probability"]
    assert len(told) == 16 and told == sorted(told, reverse=True) and told[0] > 0.5 > told[-1]
