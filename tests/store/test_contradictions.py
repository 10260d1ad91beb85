"""Items that somebody answered yes and somebody no."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection
from store_making import fox_items, says

from raravis.errors import InputError
from raravis.store import concepts, labels
from raravis.types import Label


def test_yes_and_no_about_one_item_contradict_whoever_gave_them(c: Connection) -> None:
    a, b, d = fox_items(c)
    labels.add(c, [says(a, 1), says(b, 1), says(d, -1)])
    assert labels.contradicted(c, "fox") == 0
    labels.add(c, [says(a, -1, by="bob", source="oracle"), says(b, 1, by="bob")])
    assert labels.contradicted(c, "fox") == 1
    labels.add(c, [says(d, 1), says(d, -1)])
    assert labels.contradicted(c, "fox") == 2


def test_what_was_taken_back_contradicts_nothing(c: Connection) -> None:
    a, b, _ = fox_items(c)
    labels.add(c, [says(a, 1), says(b, 1), says(b, -1)])
    labels.withdraw(c, a, "fox", by="ann")
    labels.add(c, [says(a, -1)])
    assert labels.contradicted(c, "fox") == 1
    labels.withdraw(c, b, "fox", by="ann")
    assert labels.contradicted(c, "fox") == 0


def test_cannot_tell_and_what_nobody_answered_contradict_nothing(c: Connection) -> None:
    a, b, _ = fox_items(c)
    labels.add(c, [says(a, 1), says(a, 0), says(b, 1, source="propagated", weight=0.5), says(b, -1)])
    labels.propagate(c, "fox", [], weight=0.5)
    assert labels.contradicted(c, "fox") == 0


def test_concepts_do_not_contradict_each_other(c: Connection) -> None:
    a, *_ = fox_items(c)
    concepts.add(c, "owl")
    labels.add(c, [says(a, 1), Label(a, "owl", -1, "ann")])
    assert labels.contradicted(c, "fox") == labels.contradicted(c, "owl") == 0
    with pytest.raises(InputError, match="unknown concept 'elk'"):
        labels.contradicted(c, "elk")


def test_the_log_can_be_read_as_it_stood_and_for_what_came_since(c: Connection) -> None:
    a, b, d = fox_items(c)
    first = labels.add(c, [says(a, 1), says(b, 1)])
    second = labels.add(c, [says(a, -1), says(d, 1)])
    labels.withdraw(c, d, "fox", by="ann")
    then, since = labels.latest(c, "fox", up_to=first), labels.latest(c, "fox", after=first, up_to=second)
    assert (then.item_id.tolist(), then.value.tolist()) == ([a, b], [1, 1])
    assert (since.item_id.tolist(), since.value.tolist()) == ([a, d], [-1, 1])
    assert labels.latest(c, "fox", after=second).item_id.tolist() == []
    assert labels.latest(c, "fox", up_to=0).item_id.tolist() == []
