"""Who is here: logging in and out, and the users that an admin lets in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, StringConstraints

from raravis.errors import InputError
from raravis.flow.answering.users import add_user, revoke_user, users
from raravis.store.users import Role
from raravis.web.guard import Admin, Viewer
from raravis.web.room import InRoom, Room

COOKIE_SECONDS = 30 * 24 * 3600
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]

router = APIRouter(tags=["people"])


class Token(BaseModel):
    """What an admin gave somebody."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Session(BaseModel):
    """Who this is; `open`: nobody needs a token here."""

    name: str
    role: Role
    open: bool


class NewUser(BaseModel):
    """Somebody to let in."""

    name: Name
    role: Role


class UserSeen(BaseModel):
    """Somebody who was let in; times are seconds since 1970."""

    name: str
    role: Role
    created_at: float
    revoked_at: float | None


class Users(BaseModel):
    """Everybody who was ever let in, by name."""

    users: list[UserSeen]


@router.get("/api/session")
def session(here: InRoom, who: Viewer) -> Session:
    """Who this is."""
    return Session(name=who.name, role=who.role, open=here.doors.open())


@router.post("/api/session")
def log_in(given: Token, request: Request, response: Response, here: InRoom) -> Session:
    """Logs in: the token goes into a cookie that no script can read."""
    address = request.client.host if request.client else ""
    wait = here.doors.wrong.wait_seconds(address)
    if wait > 0:
        headers = {"Retry-After": str(int(wait) + 1)}
        raise HTTPException(429, f"too many wrong tokens; try again in {int(wait) + 1} s", headers)
    who = here.doors.holder(given.token)
    if who is None:
        here.doors.wrong.add(address)
        raise HTTPException(401, "nobody has this token, or not any more; ask an admin for a new one")
    _remember(request, response, here, given.token)
    return Session(name=who.name, role=who.role, open=here.doors.open())


@router.delete("/api/session")
def log_out(response: Response, here: InRoom) -> dict[str, bool]:
    """Logs out: the cookie is gone."""
    response.delete_cookie(here.doors.cookie, path="/", httponly=True, samesite="strict")
    return {"ok": True}


@router.get("/api/users")
def list_users(here: InRoom, _: Admin) -> Users:
    """Everybody who was ever let in."""
    return Users(users=[UserSeen(**user._asdict()) for user in users(here.project)])


@router.post("/api/users")
def let_in(given: NewUser, request: Request, response: Response, here: InRoom, _: Admin) -> Token:
    """Lets somebody in; the token is told this once. The first one closes an open room, and so must be an admin."""
    opened = here.doors.open()
    if opened and given.role != "admin":
        raise InputError("the first user closes this room to everybody without a token; make it an admin: yourself")
    token = add_user(here.project, given.name, given.role)
    if opened:
        _remember(request, response, here, token)
    return Token(token=token)


@router.delete("/api/users/{name:concept}")
def shut_out(name: str, here: InRoom, _: Admin) -> dict[str, bool]:
    """Revokes somebody's token: it lets nobody in from now on, and their open pages end."""
    if all(user.name != name or user.revoked_at is not None for user in users(here.project)):
        raise HTTPException(404, f"no user {name!r} who may come in")
    revoke_user(here.project, name)
    return {"ok": True}


def _remember(request: Request, response: Response, here: Room, token: str) -> None:
    response.set_cookie(
        here.doors.cookie,
        token,
        max_age=COOKIE_SECONDS,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
