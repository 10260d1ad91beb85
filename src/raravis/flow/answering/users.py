"""Who may come in when a project is served: people by name, each with a role and a token of their own."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import get_args

from raravis.errors import InputError
from raravis.store import users as stored
from raravis.store.project import Project
from raravis.store.users import Role, User

ROLES: tuple[Role, ...] = get_args(Role)  # each may what those before it may
TOKEN_BYTES = 24  # 192 bits: nobody guesses one
LONGEST_NAME = 60


def add_user(project: Project, name: str, role: Role) -> str:
    """The token that lets them in, told this once: the project keeps its SHA-256 alone.

    Raises InputError for a role that is none, a name that is no single line, and one that is in use.
    """
    if role not in ROLES:
        raise InputError(f"got {role!r} as a role; wanted one of: {', '.join(ROLES)}")
    if name != name.strip() or not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputError(f"{name[:20]!r} cannot be a user's name; wanted 1 to {LONGEST_NAME} characters on one line")
    token = new_token()
    with project.begin() as c:
        stored.add(c, name, role, fingerprint(token))
    return token


def revoke_user(project: Project, name: str) -> None:
    """Their token lets nobody in from now on; what they answered stays. Raises InputError for an unknown name."""
    with project.begin() as c:
        stored.revoke(c, name)


def users(project: Project) -> list[User]:
    """Everybody who was ever let in, by name."""
    with project.read() as c:
        return stored.all(c)


def user_of(project: Project, token: str) -> User | None:
    """Whose token this is; None where it is nobody's, or not any more."""
    with project.read() as c:
        return stored.by_hash(c, fingerprint(token))


def new_token() -> str:
    """32 letters, digits, dashes and underscores that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def fingerprint(token: str) -> str:
    """The SHA-256 of a token, 64 hexadecimal digits: of a long random number it gives nothing away."""
    return sha256(token.encode(errors="replace")).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two fingerprints are one, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one, other)
