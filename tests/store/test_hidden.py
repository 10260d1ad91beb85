from __future__ import annotations

import pytest
from sqlalchemy import Connection, inspect, text
from store_making import add_items, add_source, fox_items

from raravis.errors import InputError
from raravis.store import Project, hidden, sources
from raravis.store.migrations import applied, migrate


def pairs(c: Connection) -> dict[int, int]:
    return dict(zip(*(column.tolist() for column in hidden.all(c)), strict=True))


def test_nothing_is_hidden_at_first_and_hiding_nothing_changes_nothing(c: Connection) -> None:
    assert pairs(c) == {} and hidden.count(c) == 0 and hidden.version(c) == 0
    assert hidden.hide(c, {}) == 0 and hidden.show(c) == 0 and hidden.version(c) == 0


def test_hidden_items_are_known_with_what_stands_for_them_until_shown(c: Connection) -> None:
    a, b, x = fox_items(c)
    assert hidden.hide(c, {x: a, b: a}) == 2
    assert pairs(c) == {b: a, x: a}
    assert hidden.show(c) == 2 and pairs(c) == {}


def test_an_item_hidden_again_is_behind_what_was_said_last(c: Connection) -> None:
    a, b, x = fox_items(c)
    hidden.hide(c, {x: a})
    assert hidden.hide(c, {x: b}) == 0 and pairs(c) == {x: b}


def test_every_change_has_a_number_of_its_own(c: Connection) -> None:
    a, b, x = fox_items(c)
    seen = [hidden.version(c)]
    for change in (lambda: hidden.hide(c, {x: a}), lambda: hidden.hide(c, {x: b}), lambda: hidden.show(c)):
        change()
        seen.append(hidden.version(c))
    assert len(set(seen)) == 4


def test_items_that_do_not_exist_are_refused_on_either_side(c: Connection) -> None:
    a, *_ = fox_items(c)
    for pair in ({99: a}, {a: 99}):
        with pytest.raises(InputError, match="no item 99"):
            hidden.hide(c, pair)
    assert pairs(c) == {}


def test_with_a_source_go_its_hidden_items_and_those_of_others_are_shown_again(c: Connection) -> None:
    mine = add_items(c, add_source(c, "d1"), 2)
    other_source = add_source(c, "d2")
    others = add_items(c, other_source, 2)
    hidden.hide(c, {mine[1]: others[0], others[1]: mine[0]})
    before = hidden.version(c)
    sources.forget(c, other_source)
    assert pairs(c) == {} and hidden.version(c) != before


def test_forgetting_what_nothing_hides_behind_changes_nothing(c: Connection) -> None:
    a, b = add_items(c, add_source(c, "d1"), 2)
    hidden.hide(c, {b: a})
    before = hidden.version(c)
    sources.forget(c, add_source(c, "d2"))
    assert pairs(c) == {b: a} and hidden.version(c) == before


def test_an_older_project_gets_the_table_as_a_new_one_has_it(project: Project) -> None:
    def shape(c: Connection) -> tuple[set[str], set[str]]:
        look = inspect(c)
        columns = {column["name"] for column in look.get_columns("hidden")}
        return columns, {str(index["name"]) for index in look.get_indexes("hidden")}

    with project.begin() as c:
        fresh = shape(c)
        for statement in ("DROP TABLE hidden", "DELETE FROM migrations WHERE name = 'm0005_hidden_items'"):
            c.execute(text(statement))
    assert migrate(project.engine) == ["m0005_hidden_items"]
    with project.begin() as c:
        assert shape(c) == fresh and applied(c)[-1] == "m0005_hidden_items"
        a, b, _ = fox_items(c)
        assert hidden.hide(c, {b: a}) == 1 and pairs(c) == {b: a}
