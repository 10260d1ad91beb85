"""From what is given to a vector: weights of examples, the best of a first search, a head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from collection_making import searcher, source, unit

from raravis import flow
from raravis.errors import InputError
from raravis.flow.collection import load
from raravis.flow.examples import add_examples, given
from raravis.flow.searching.filters import Filter
from raravis.flow.searching.queries import Weights, expanded, query_of, query_vector, weighed
from raravis.flow.searching.searcher import Searcher
from raravis.store import Project, examples, heads, labels
from raravis.store.examples import ExampleVectors
from raravis.types import NO, YES, Floats, Label

X, Y, Z = np.eye(3, 4, dtype=np.float32)
REDS = [i for i in range(60) if any(start <= i < end for start, end in ((0, 6), (20, 26), (40, 46)))]


def held_of(*rows: Any) -> Searcher:
    return searcher(np.stack(rows), [source(1, "a.mp4")], [1] * len(rows), [10 * i for i in range(len(rows))])


def known_by(*rows: Floats, sign: int = YES) -> ExampleVectors:
    n = len(rows)
    return ExampleVectors(np.stack(rows), np.full(n, sign, np.int8), np.zeros(n, bool))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.jpg", ("photo.jpg", 1)),
        ("photo.jpg@0.5", ("photo.jpg", 0.5)),
        ("photo.jpg#0,0,1,1@2", ("photo.jpg#0,0,1,1", 2)),
        ("item:17@.25", ("item:17", 0.25)),
        ("red car@3", ("red car", 3)),
        ("icon@2x.png", ("icon@2x.png", 1)),
        ("somebody@example", ("somebody@example", 1)),
        ("meet @ 5", ("meet @ 5", 1)),
        ("meet @5", ("meet @5", 1)),
        ("@5", ("@5", 1)),
        ("a@-1", ("a@-1", 1)),
        ("", ("", 1)),
    ],
)
def test_a_number_after_an_at_sign_is_what_an_example_counts(name: str, expected: tuple[str, float]) -> None:
    assert weighed(name) == expected


def test_a_file_that_is_called_so_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert weighed("photo@2") == ("photo", 2)
    Path("photo@2").touch()
    assert weighed("photo@2") == ("photo@2", 1)


@pytest.mark.parametrize("name", ["photo.jpg@0", "photo.jpg@0.0", "photo.jpg@1000001"])
def test_a_weight_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"as its weight; wanted one above 0, up to 1,000,000"):
        weighed(name)


def test_weights_of_examples_are_shares_of_their_mean_and_their_mean_is_the_weight_of_their_kind() -> None:
    rng = np.random.default_rng(0)
    vectors = held_of(*unit(rng, 50, 4)).collection.vectors
    two, ones = known_by(X, Y), np.ones(2, np.float32)
    alike = query_of(vectors, two, Weights())
    np.testing.assert_array_equal(query_of(vectors, two, Weights(), ones), alike)
    np.testing.assert_allclose(query_of(vectors, two, Weights(), 3 * ones), alike, atol=1e-6)
    lopsided = query_of(vectors, two, Weights(), np.array([3, 1], np.float32))
    np.testing.assert_allclose(lopsided, (3 * X + Y) / 10**0.5, atol=1e-6)
    both = ExampleVectors(np.stack([X, Z]), np.array([YES, NO], np.int8), np.zeros(2, bool))
    by_each = query_of(vectors, both, Weights(unlike=1), np.array([1, 0.25], np.float32))
    np.testing.assert_allclose(by_each, query_of(vectors, both, Weights(unlike=0.25)), atol=1e-6)


def test_expansion_is_the_mean_with_the_best_and_goes_by_what_is_allowed() -> None:
    near, far = np.array([0.8, 0.6, 0, 0], np.float32), np.array([0.6, 0, 0.8, 0], np.float32)
    held = held_of(near, far)
    np.testing.assert_array_equal(expanded(held, X, 0), X)
    np.testing.assert_allclose(expanded(held, X, 1), (X + near) / np.linalg.norm(X + near), atol=1e-3)
    whole = X + near + far
    np.testing.assert_allclose(expanded(held, X, 9), whole / np.linalg.norm(whole), atol=1e-3)
    other = expanded(held, X, 1, allowed=np.array([False, True]))
    np.testing.assert_allclose(other, (X + far) / np.linalg.norm(X + far), atol=1e-3)


def scored(project: Project) -> Any:
    """A head for red, of answers to everything."""
    ids = load(project).vectors.ids.tolist()
    with project.begin() as c:
        labels.add(c, [Label(id, "red", YES if row in REDS else NO, "ann") for row, id in enumerate(ids)])
    return flow.train(project, "red")


def test_a_head_orders_as_its_probabilities_do(seen: Project) -> None:
    head, held = scored(seen), load(seen)
    found = flow.search(seen, concept="red", by_head=True, k=60)
    rows = held.rows(np.array(found.ids))
    probability = head.probability(held.vectors.data)[:, 0]
    assert np.all(np.diff(probability[rows]) <= 1e-6) and sorted(rows[:18].tolist()) == REDS
    assert found.params["head_id"] == 1 and "weights" not in found.params
    direction = head.weight[:, 0] / np.linalg.norm(head.weight)
    np.testing.assert_allclose(found.scores, held.vectors.data[rows].astype(np.float32) @ direction, atol=1e-4)


def test_a_search_by_head_wants_a_concept_with_a_linear_head_and_nothing_else(seen: Project) -> None:
    for asked, told in (
        ({}, "a search by head wants a concept that has one: --for NAME"),
        ({"concept": "red"}, "no head for 'red' over toy-1 yet; answer some, then run: raravis train"),
        ({"concept": "red", "like": ["item:1"]}, "a head is a query of its own: leave out --by-head"),
    ):
        with pytest.raises(InputError, match=told):
            flow.search(seen, by_head=True, **asked)
    head = scored(seen)
    deep = replace(head, weight=np.ones((2, 1), np.float32), hidden=((np.ones((28, 2), np.float32), np.ones(2)),))
    with seen.begin() as c:
        heads.add(c, "red", deep, "test")
    with pytest.raises(InputError, match="has hidden layers, so it is no query; filter by --score"):
        flow.search(seen, concept="red", by_head=True)
    with seen.begin() as c:
        heads.add(c, "red", replace(head, exclusive=True), "test")
    with pytest.raises(InputError, match="has classes that exclude one another, so it is no query"):
        flow.search(seen, concept="red", by_head=True)


def test_weights_beside_a_head_count_nothing_and_that_is_said(seen: Project) -> None:
    scored(seen)
    said: list[str] = []
    flow.search(seen, concept="red", by_head=True, weights=Weights(text=2), say=said.append)
    assert said == ["weights count nothing: a head is a query of its own"]


def test_replay_leaves_searches_alone_as_it_always_did(seen: Project) -> None:
    flow.search(seen, concept="red", like=["item:3"], k=3, gap_seconds=1, filter=Filter(sources=("*",)))
    flow.ask(seen, "red", k=3)
    assert [one.outcome for one in flow.replay(seen, "red")] == ["not remade", "same"]


def test_a_query_is_what_search_makes_of_the_same_and_keeps_nothing(seen: Project) -> None:
    held = load(seen)
    several = given(like=["item:3", "item:30"], unlike=["item:50"])
    query = query_vector(seen, Searcher(held, held.index), several, each=[2, 1, 1], expand=2)
    found = flow.search(seen, like=["item:3@2", "item:30"], unlike=["item:50"], expand=2)
    dots = held.vectors.data[held.rows(np.array(found.ids))].astype(np.float32) @ query
    np.testing.assert_allclose(found.scores, dots, atol=1e-5)
    assert (found.params["like"], found.params["expand"]) == (["item:3@2", "item:30"], 2)
    with seen.read() as c:
        assert examples.all(c, "red") == []


def test_a_query_about_a_concept_counts_its_examples_too(seen: Project) -> None:
    held = load(seen)
    both = Searcher(held, held.index)
    add_examples(seen, "red", like=["item:3"])  # nobody has embedded it yet
    query = query_vector(seen, both, given(like=["item:30"]), concept="red")
    np.testing.assert_array_equal(query, query_vector(seen, both, given(like=["item:3", "item:30"])))
    with seen.read() as c:
        assert [one.name for one in examples.without_vector(c, "red", "toy-1")] == ["item:3"]
    with pytest.raises(InputError, match="unknown concept 'blue'"):
        query_vector(seen, both, concept="blue")
    with pytest.raises(InputError, match="nothing to search by"):
        query_vector(seen, both)


def test_weights_count_for_this_search_and_examples_are_kept_without(seen: Project) -> None:
    plain = flow.search(seen, like=["item:3", "item:30@4"])
    about = flow.search(seen, concept="red", like=["item:3", "item:30@4"])
    assert (about.ids, about.scores) == (plain.ids, plain.scores)
    with seen.read() as c:
        assert [one.name for one in examples.all(c, "red")] == ["item:3", "item:30"]
    again = flow.search(seen, concept="red", like=["item:3"])
    assert again.scores == flow.search(seen, like=["item:3", "item:30"]).scores != about.scores
    given_now = flow.search(seen, concept="red", like=["item:30@4"], keep=False)
    assert given_now.params["counted"]["like"] == 3  # what it has, and what is given


def test_a_filter_that_leaves_nothing_keeps_no_example_and_no_round(seen: Project) -> None:
    with pytest.raises(InputError, match="label yes about 'red' leaves none"):
        flow.search(seen, concept="red", like=["item:3"], filter=Filter(labels=("yes",), concept="red"))
    with seen.read() as c:
        assert examples.all(c, "red") == []


def test_the_round_keeps_what_it_needs_to_be_made_again(seen: Project) -> None:
    from raravis.flow.searching.queries import unpacked

    with seen.begin() as c:
        labels.add(c, [Label(1, "red", YES, "ann")])
    made = Filter(labels=("none",), concept="red", sources=("*",), dates=None)
    found = flow.search(seen, like=["item:3"], filter=made, k=5, offset=5, gap_seconds=0.5, expand=1)
    settings = ("k", "offset", "gap_seconds", "expand", "filter")
    assert [found.params[name] for name in settings] == [
        5,
        5,
        0.5,
        1,
        {"sources": ["*"], "labels": ["none"], "concept": "red"},
    ]
    held = load(seen)
    dots = held.vectors.data[held.rows(np.array(found.ids))].astype(np.float32) @ unpacked(found.params["vector"])
    np.testing.assert_allclose(found.scores, dots, atol=1e-5)
    assert found.labels_up_to == 1 and len(found.ids) == 5 and 1 not in found.ids
    plain = flow.search(seen, like=["item:3"], k=5)
    assert plain.labels_up_to == 0 and not {"filter", "offset", "gap_seconds", "expand", "exact"} & set(plain.params)


def test_more_than_there_is_gives_what_there_is(seen: Project) -> None:
    whole = flow.search(seen, like=["item:3"], k=10_000)
    assert len(whole.ids) == len(set(whole.ids)) == 60 == whole.params["found"]["total"]
    assert flow.search(seen, like=["item:3"], k=10, offset=55).ids == whole.ids[55:]
    assert flow.search(seen, like=["item:3"], offset=60).ids == ()


def test_hits_by_event_say_how_much_they_stand_for(seen: Project) -> None:
    touching = flow.search(seen, like=["item:1"], k=3, gap_seconds=0)
    assert touching.params["gap_seconds"] == 0 and touching.ids[0] == 1 and 2 not in touching.ids
    found = flow.search(seen, like=["item:1"], k=3, gap_seconds=60)
    assert len(found.ids) == 1 and found.params["found"]["more"] == [59]
    near = flow.search(seen, like=["item:1"], k=10, gap_seconds=3)
    assert len(near.ids) + sum(near.params["found"]["more"]) == 60 and len(near.ids) < 10
    assert "more" not in flow.search(seen, like=["item:1"], k=3).params["found"]
