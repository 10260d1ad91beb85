"""Who may come in: a token told once, and kept as its fingerprint alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from raravis.errors import InputError
from raravis.flow.answering.users import add_user, revoke_user, user_of, users
from raravis.store import Project


def test_a_token_is_good_until_it_is_revoked_and_the_name_may_come_back_with_another(project: Project) -> None:
    first = add_user(project, "ada", "labeller")
    found = user_of(project, first)
    assert re.fullmatch(r"[\w-]{32}", first) and found is not None and found[:2] == ("ada", "labeller")
    revoke_user(project, "ada")
    assert user_of(project, first) is None
    second = add_user(project, "ada", "admin")
    assert user_of(project, first) is None and user_of(project, second) is not None
    assert [(user.name, user.role) for user in users(project)] == [("ada", "admin")]


@pytest.mark.parametrize("token", ["", "wrong", "ä\ud800\x00", "x" * 100_000])
def test_what_is_no_token_lets_nobody_in(project: Project, token: str) -> None:
    add_user(project, "ada", "viewer")
    assert user_of(project, token) is None


@pytest.mark.parametrize(("name", "role"), [("", "viewer"), (" a", "viewer"), ("a\tb", "viewer"), ("a", "root")])
def test_a_name_or_role_that_is_none_is_refused_and_nobody_is_let_in(project: Project, name: str, role: Any) -> None:
    with pytest.raises(InputError):
        add_user(project, name, role)
    assert users(project) == []
