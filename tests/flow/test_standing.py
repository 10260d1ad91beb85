"""The street: a keyframe a second, item ids from 1 by time; red in seconds 0 to 5, 20 to 25 and 40 to 45."""

from __future__ import annotations

import os

import numpy as np
import pytest
from flow_making import Scripted

from raravis import flow
from raravis.errors import InputError
from raravis.flow.collection import Collection, load
from raravis.flow.viewing import standing
from raravis.flow.viewing.certificates import certificates
from raravis.flow.viewing.price import price_to_go
from raravis.flow.viewing.standing import Known, known_of
from raravis.store import Project, items, labels
from raravis.types import CANT_TELL, NO, YES, Label


def say(project: Project, *said: tuple[int, int], by: str = "ann", at: float = 0.0, source: str = "human") -> None:
    """Answers (second, value), in this order, one a second."""
    with project.begin() as c:
        ids = items.arrays(c).ids[[second for second, _ in said]].tolist()
        new = [
            Label(i, "red", v, by, source, at=at + n + 1) for n, (i, (_, v)) in enumerate(zip(ids, said, strict=True))
        ]
        labels.add(c, new)


@pytest.fixture
def collection(seen: Project) -> Collection:
    return load(seen)


def of(project: Project) -> Known:
    return known_of(project, "red")


def test_before_anything_is_answered_there_is_nothing_to_show(seen: Project, collection: Collection) -> None:
    known = of(seen)
    assert standing.curve(known) == [] and standing.finds(known) == [] and standing.pace(known) == []
    assert standing.since_last_find(known) == 0
    assert standing.expected(known, collection, np.ones(60, np.float32)) is None
    assert standing.counted(known)["answers"] == 0


def test_the_curve_counts_answers_yes_and_events_in_the_order_given(seen: Project) -> None:
    say(seen, (10, NO), (21, YES), (22, YES), (50, CANT_TELL), (41, YES))
    assert standing.curve(of(seen)) == [[1, 0, 0], [2, 1, 1], [3, 2, 1], [4, 2, 1], [5, 3, 2]]
    assert standing.since_last_find(of(seen)) == 0


def test_a_long_curve_is_thinned_and_keeps_its_end(seen: Project) -> None:
    say(seen, *[(second, NO) for second in range(30)], (41, YES))
    thin = standing.curve(of(seen), points=4)
    assert thin == [[1, 0, 0], [11, 0, 0], [21, 0, 0], [31, 1, 1]]


def test_two_events_that_became_one_are_one_find_and_it_came_with_the_first_yes(seen: Project) -> None:
    say(seen, (20, YES), (22, YES))
    assert standing.curve(of(seen))[-1] == [2, 2, 2]
    say(seen, (21, YES))
    assert standing.curve(of(seen)) == [[1, 1, 1], [2, 2, 1], [3, 3, 1]]


def test_finds_are_new_events_in_each_block_of_answers(seen: Project) -> None:
    say(seen, (21, YES), (22, YES), (10, NO), (41, YES), (11, NO))
    assert standing.finds(of(seen), block=2) == [1, 1, 0]
    assert standing.finds(of(seen)) == [2]
    assert standing.since_last_find(of(seen)) == 1


def test_an_answer_that_was_taken_back_counts_no_more(seen: Project) -> None:
    say(seen, (10, NO), (21, YES))
    with seen.begin() as c:
        labels.withdraw(c, int(items.arrays(c).ids[21]), "red", by="ann")
    assert standing.curve(of(seen)) == [[1, 0, 0]]
    assert standing.counted(of(seen)) == {
        "answers": 1, "yes": 0, "no": 1, "cant_tell": 0, "propagated": 0, "events": 0,
    }  # fmt: skip


def test_the_pace_leaves_out_breaks_and_names_people_by_how_much_they_answered(seen: Project) -> None:
    say(seen, (1, NO), (2, NO), (3, NO), by="ann")
    say(seen, (4, NO), at=1000, by="ann")
    say(seen, (5, NO), by="bob")
    say(seen, (6, NO), by="oracle", source="oracle")
    assert standing.pace(of(seen)) == [
        {"name": "ann", "answers": 4, "per_minute": 60.0},
        {"name": "bob", "answers": 1, "per_minute": None},
    ]


def test_what_is_expected_is_the_sum_over_likely_places_that_lie_apart(seen: Project, collection: Collection) -> None:
    scores = np.zeros(60, np.float32)
    scores[[10, 12, 30, 50]] = 0.5, 0.75, 0.25, 0.125
    say(seen, (0, NO))
    assert standing.expected(of(seen), collection, scores) == 1.12  # 0.75 + 0.25 + 0.125: 10 lies too near to 12


def test_the_longer_nothing_was_found_the_less_is_expected(seen: Project, collection: Collection) -> None:
    say(seen, *((item, NO) for item in range(1, 39)))
    assert standing.expected(of(seen), collection, np.ones(60, np.float32)) == 2.5  # 100 / (38 + 2)


def test_what_was_found_or_answered_is_not_expected_again(seen: Project, collection: Collection) -> None:
    scores = np.zeros(60, np.float32)
    scores[[10, 14, 30, 50]] = 0.5
    say(seen, (11, YES), (50, NO))
    assert standing.expected(of(seen), collection, scores) == 0.5
    assert standing.expected(of(seen), collection, None) is None


def test_events_get_the_score_of_their_likeliest_item(seen: Project, collection: Collection) -> None:
    say(seen, (20, YES), (21, YES), (22, YES))
    (event,) = of(seen).events
    scores = np.linspace(0, 0.59, 60).astype(np.float32)
    assert standing.best_item(collection, scores, event) == event.items[2]
    assert standing.scored(collection, scores, [event])[0].score == pytest.approx(0.22)
    assert standing.best_item(collection, None, event) == event.items[1]
    assert standing.scored(collection, None, [event]) == [event]


def test_an_unknown_concept_is_named(seen: Project) -> None:
    with pytest.raises(InputError, match="unknown concept 'blue'"):
        known_of(seen, "blue")


def test_the_price_is_what_certify_would_say(seen: Project, collection: Collection) -> None:
    assert "no events of 5 s or more found" in (price_to_go(seen, collection, "red") or "")
    say(seen, *[(second, YES) for second in range(20, 26)], (10, NO), (30, NO))
    price, lines = price_to_go(seen, collection, "red"), list[str]()
    flow.certify(seen, "red", Scripted(NO), say=lines.append)
    said = next(line for line in lines if " certify " in line).split(" certify ")[0]
    assert said.startswith("about ") and price is not None and price.startswith(said)
    assert price_to_go(seen, collection, "red") is None  # an audit goes on, and says so itself


def test_a_certificate_is_read_from_its_file_and_one_that_was_changed_is_none(seen: Project) -> None:
    say(seen, *[(second, YES) for second in range(20, 26)], (10, NO), (30, NO))
    assert certificates(seen, "red") == []
    made = flow.certify(seen, "red", Scripted(NO))
    (one,) = certificates(seen, "red")
    assert list(one.statement) == made.statement and one.recall == made.claim.recall_low and one.page.exists()
    assert (one.unit, one.confidence, one.holds) == ("event", 0.95, False)
    file = one.page.with_suffix(".json")
    file.write_text(file.read_text(encoding="utf-8").replace('"found": 1', '"found": 9'), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert certificates(seen, "red") == []
