from __future__ import annotations

import threading

import pytest
from sqlalchemy import Connection
from store_making import add_items, add_source, fox_items, says

from raravis.errors import InputError
from raravis.store import Project, concepts, labels, rounds
from raravis.types import Label, Round


def test_the_log_grows_and_the_latest_counts(c: Connection) -> None:
    a, b, _ = fox_items(c)
    first = labels.add(c, [says(a, 1), says(b, 0)])
    last = labels.add(c, [says(a, -1, source="propagated", weight=0.5)])
    assert last == first + 1 == labels.last_id(c)
    counted = labels.latest(c, "fox")
    assert counted.item_id.tolist() == [a, b] and counted.value.tolist() == [-1, 0]
    assert counted.weight.tolist() == [0.5, 1.0] and counted.source.tolist() == ["propagated", "human"]
    assert counted.label_id.tolist() == [last, first] and counted.round_id.tolist() == [0, 0]
    assert [label.value for label in labels.log(c, "fox")] == [1, 0, -1]


def test_a_label_comes_back_as_it_was(c: Connection) -> None:
    a, *_ = fox_items(c)
    round_id = rounds.add(c, Round(0, "fox", "top", {}, 0, (a,), (1.0,), ("",), None, 0, None, "toy", "0"))
    label = Label(a, "fox", 1, "ann", "oracle", (0.25, 0.0, 0.5, 1.0), round_id, 0.5, 1_700_000_000.25)
    id = labels.add(c, [label])
    assert labels.log(c, "fox") == [
        Label(a, "fox", 1, "ann", "oracle", (0.25, 0.0, 0.5, 1.0), round_id, 0.5, 1_700_000_000.25, id)
    ]
    assert labels.latest(c, "fox").round_id.tolist() == [round_id]


def test_a_label_without_a_time_gets_the_present_one(c: Connection) -> None:
    a, *_ = fox_items(c)
    labels.add(c, [Label(a, "fox", 1, "ann")])
    assert labels.log(c, "fox")[0].at > 1_700_000_000


def test_a_withdrawn_answer_leaves_the_item_as_never_asked_and_cant_tell_does_not(c: Connection) -> None:
    a, b, _ = fox_items(c)
    labels.add(c, [says(a, 1), says(b, 0)])
    id = labels.withdraw(c, a, "fox", by="ann")
    assert labels.latest(c, "fox").item_id.tolist() == [b]
    assert labels.answered(c, "fox") == {b}
    assert [(*entry[:4], entry.source) for entry in labels.withdrawals(c, "fox")] == [(id, a, "fox", "ann", "human")]
    assert [label.item_id for label in labels.log(c, "fox")] == [a, b]
    labels.add(c, [says(a, -1)])
    assert labels.latest(c, "fox").value.tolist() == [-1, 0]


def test_the_log_can_be_read_from_where_one_stopped(c: Connection) -> None:
    a, b, _ = fox_items(c)
    seen = labels.add(c, [says(a, 1)])
    last = labels.add(c, [says(b, 1)])
    assert [label.id for label in labels.log(c, "fox", after=seen)] == [last]
    assert labels.log(c, "fox", after=last) == []


def test_concepts_do_not_mix(c: Connection) -> None:
    a, *_ = fox_items(c)
    concepts.add(c, "owl")
    labels.add(c, [says(a, 1), Label(a, "owl", -1, "ann")])
    assert labels.latest(c, "fox").value.tolist() == [1] and labels.latest(c, "owl").value.tolist() == [-1]
    assert labels.counts(c, "owl") == {("human", -1): 1}


def test_counts_are_of_what_counts(c: Connection) -> None:
    a, b, d = fox_items(c)
    labels.add(c, [says(a, 1), says(a, -1), says(b, -1), says(d, 1, source="propagated")])
    assert labels.counts(c, "fox") == {("human", -1): 2, ("propagated", 1): 1}
    assert labels.answered(c, "fox") == {a, b}


def test_what_follows_is_written_as_the_difference_to_what_is_there(c: Connection) -> None:
    a, b, d = fox_items(c)
    labels.add(c, [says(d, -1)])
    assert labels.propagate(c, "fox", [a, b, d], weight=0.5) == (2, 0)  # d was answered
    assert labels.propagate(c, "fox", [b, a], weight=0.5) == (0, 0)
    last = labels.last_id(c)
    assert labels.propagate(c, "fox", [b], weight=0.5) == (0, 1)
    (gone,) = labels.withdrawals(c, "fox")
    assert (gone.id, gone.item_id, gone.by, gone.source) == (last + 1, a, "raravis", "propagated")
    assert labels.counts(c, "fox") == {("human", -1): 1, ("propagated", 1): 1}
    assert labels.latest(c, "fox").given().tolist() == [False, True]
    assert labels.propagate(c, "fox", [], weight=0.5) == (0, 1)


def test_what_follows_is_listed_beside_the_answers_only_if_wanted(c: Connection) -> None:
    a, b, d = fox_items(c)
    labels.add(c, [says(a, 1), says(d, 1, source="model")])
    labels.propagate(c, "fox", [b], weight=0.5)
    assert [label.item_id for label in labels.current(c, "fox")] == [a]
    (_, follows) = labels.current(c, "fox", also_propagated=True)
    assert (follows.item_id, follows.value, follows.weight, follows.source) == (b, 1, 0.5, "propagated")


def test_no_labels_are_no_trouble(c: Connection) -> None:
    fox_items(c, 0)
    assert labels.add(c, []) == labels.last_id(c) == 0
    counted = labels.latest(c, "fox")
    assert len(counted) == 0 and counted.label_id.shape == (0,)
    assert labels.log(c, "fox") == [] and labels.counts(c, "fox") == {} and labels.answered(c, "fox") == set()
    assert labels.propagate(c, "fox", [], weight=0.5) == (0, 0) and counted.given().tolist() == []


def test_labels_of_items_or_concepts_that_do_not_exist_are_refused(c: Connection) -> None:
    a, *_ = fox_items(c)
    with pytest.raises(InputError, match="no item 99: forgotten"):
        labels.add(c, [says(a, 1), says(99, 1)])
    with pytest.raises(InputError, match="unknown concept 'owl'; known: fox"):
        labels.add(c, [Label(a, "owl", 1, "ann")])
    with pytest.raises(InputError, match="no item 99"):
        labels.withdraw(c, 99, "fox", by="ann")
    assert labels.log(c, "fox") == []


def test_who_has_read_up_to_an_id_has_read_all_below_it(project: Project) -> None:
    """A second writer waits with its ids until the first has committed."""
    with project.begin() as c:
        a, b, _ = fox_items(c)
    ids: list[int] = []

    def second() -> None:
        with project.begin() as c:
            ids.append(labels.add(c, [says(b, 1)]))

    writer = threading.Thread(target=second)
    with project.begin() as c:
        first = labels.add(c, [says(a, 1)])
        writer.start()
        writer.join(0.2)
        assert ids == []
    writer.join(10)
    assert ids == [first + 1]


def test_an_undone_transaction_gives_its_ids_back(project: Project) -> None:
    with project.begin() as c:
        a, *_ = add_items(c, add_source(c), 1)
        concepts.add(c, "fox")
    with pytest.raises(ZeroDivisionError), project.begin() as c:
        labels.add(c, [says(a, 1)])
        1 / 0  # noqa: B018
    with project.begin() as c:
        assert labels.last_id(c) == 0 and labels.add(c, [says(a, 1)]) == 1
