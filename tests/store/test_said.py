from __future__ import annotations

import pytest
from sqlalchemy import Connection
from store_making import fox_items, says

from raravis.errors import InputError
from raravis.store import labels, said
from raravis.store.said import Said
from raravis.types import Label


def test_of_the_items_asked_about_the_newest_answer_counts(c: Connection) -> None:
    a, b, other = fox_items(c)
    labels.add(c, [Label(a, "fox", 1, "ann"), Label(a, "fox", -1, "bob"), Label(b, "fox", 0, "ann")])
    labels.add(c, [Label(other, "fox", 1, "ann")])
    assert said.newest(c, "fox", [a, b]) == {a: Said(-1, "bob"), b: Said(0, "ann")}
    assert said.newest(c, "fox", []) == {}


def test_what_one_person_said_stays_theirs_whatever_others_said_since(c: Connection) -> None:
    a, b, _ = fox_items(c)
    labels.add(c, [Label(a, "fox", 1, "ann"), Label(a, "fox", -1, "bob")])
    assert said.newest(c, "fox", [a, b], by="ann") == {a: Said(1, "ann")}
    assert said.newest(c, "fox", [a, b], by="carl") == {}


def test_what_was_taken_back_counts_no_more(c: Connection) -> None:
    a, *_ = fox_items(c)
    labels.add(c, [Label(a, "fox", 1, "ann")])
    labels.withdraw(c, a, "fox", by="ann")
    assert said.newest(c, "fox", [a]) == {}
    labels.add(c, [Label(a, "fox", 0, "ann")])
    assert said.newest(c, "fox", [a]) == {a: Said(0, "ann")}


def test_what_follows_from_answers_is_no_answer_and_is_told_apart(c: Connection) -> None:
    a, b, other = fox_items(c)
    labels.add(c, [Label(a, "fox", 1, "ann")])
    labels.propagate(c, "fox", [b, other], weight=0.5)
    assert said.newest(c, "fox", [a, b, other]) == {a: Said(1, "ann")}
    assert said.following(c, "fox", [a, b, other]) == {b, other}
    labels.propagate(c, "fox", [b], weight=0.5)
    assert said.following(c, "fox", [a, b, other]) == {b}


def test_when_people_answered_is_told_by_name_and_files_are_no_people(c: Connection) -> None:
    a, b, _ = fox_items(c)
    labels.add(
        c, [Label(a, "fox", 1, "ann", at=7.0), Label(b, "fox", 1, "bob", at=6.0), Label(b, "fox", 1, "ann", at=5.0)]
    )
    labels.add(c, [says(a, 1, source="oracle")])
    assert said.times(c, "fox") == {"ann": [5.0, 7.0], "bob": [6.0]}


def test_an_unknown_concept_is_named(c: Connection) -> None:
    with pytest.raises(InputError, match="unknown concept 'fox'"):
        said.newest(c, "fox", [1])
