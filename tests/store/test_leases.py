from __future__ import annotations

import pytest
from sqlalchemy import Connection
from store_making import fox_items

from raravis.errors import InputError
from raravis.store import concepts, leases, rounds, users


def lend(c: Connection, *ids: int, by: str, until: float, concept: str = "fox") -> int:
    made = rounds.keep(c, concept, ids, [0.0] * len(ids), strategy="top", params={}, encoder="toy-1")
    leases.add(c, made.id, by, until)
    return made.id


def test_leases_run_out_and_are_remembered(c: Connection) -> None:
    a, b, x = fox_items(c)
    first, second = lend(c, a, b, by="ada", until=100.0), lend(c, x, by="bob", until=200.0)
    assert [lease.round_id for lease in leases.live(c, "fox", 99.0)] == [first, second]
    assert leases.live(c, "fox", 100.0) == [leases.Lease(second, "bob", 200.0, (), "top", (x,))]
    assert set(leases.of_rounds(c, [first, second, 99])) == {first, second} and leases.of_rounds(c, []) == {}


def test_leases_of_other_concepts_are_not_seen_and_not_extended(c: Connection) -> None:
    a, b, _ = fox_items(c)
    concepts.add(c, "owl")
    mine, other = lend(c, a, by="ada", until=100.0), lend(c, b, by="ada", until=100.0, concept="owl")
    leases.extend(c, "fox", "ada", now=50.0, until=300.0)
    found = leases.of_rounds(c, [mine, other])
    assert (found[mine].until, found[other].until) == (300.0, 100.0)
    assert [lease.round_id for lease in leases.live(c, "owl", 0.0)] == [other]


def test_what_has_run_out_is_not_extended(c: Connection) -> None:
    made = lend(c, fox_items(c)[0], by="ada", until=100.0)
    leases.extend(c, "fox", "ada", now=100.0, until=300.0)
    assert leases.live(c, "fox", 100.0) == [] and leases.of_rounds(c, [made])[made].until == 100.0


def test_a_round_that_is_answered_is_over_until_an_answer_is_taken_back(c: Connection) -> None:
    made = lend(c, fox_items(c)[0], by="ada", until=100.0)
    leases.end(c, [made], now=50.0)
    assert leases.live(c, "fox", 50.0) == []
    leases.reopen(c, [], until=200.0)
    assert leases.live(c, "fox", 50.0) == []
    leases.reopen(c, [made], until=200.0)
    assert [lease.until for lease in leases.live(c, "fox", 50.0)] == [200.0]


def test_what_is_given_back_is_not_held_and_adds_up(c: Connection) -> None:
    a, b, x = fox_items(c)
    made = lend(c, a, b, x, by="ada", until=100.0)
    for items in ([b], [b, a]):
        leases.give_back(c, leases.of_rounds(c, [made])[made], items)
    lease = leases.of_rounds(c, [made])[made]
    assert lease.later == (a, b) and lease.held() == (x,)


def test_a_user_comes_in_by_the_hash_of_a_token_until_revoked(c: Connection) -> None:
    users.add(c, "ada", "admin", "h1")
    found = users.by_hash(c, "h1")
    assert found is not None and (found.name, found.role, found.revoked_at) == ("ada", "admin", None)
    users.revoke(c, "ada")
    assert users.by_hash(c, "h1") is None and users.all(c)[0].revoked_at is not None


def test_a_name_is_one_users_and_free_again_when_revoked(c: Connection) -> None:
    users.add(c, "ada", "admin", "h1")
    with pytest.raises(InputError, match="there is a user 'ada' already"):
        users.add(c, "ada", "viewer", "h2")
    users.revoke(c, "ada")
    users.add(c, "ada", "viewer", "h2")
    assert users.by_hash(c, "h1") is None and [(u.name, u.role) for u in users.all(c)] == [("ada", "viewer")]


def test_nobody_can_be_revoked_twice_and_those_left_are_named(c: Connection) -> None:
    users.add(c, "ada", "admin", "h1")
    users.add(c, "bob", "viewer", "h2")
    users.revoke(c, "bob")
    with pytest.raises(InputError, match="no user 'bob' who may come in; known: ada"):
        users.revoke(c, "bob")
