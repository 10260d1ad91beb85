"""What every request passes: the host it names, where a write comes from, how large it is, and who asks."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raravis.flow.answering.users import ROLES
from raravis.web.doors import Person
from raravis.web.room import InRoom, Room

__all__ = ["Admin", "Guard", "Labeller", "Person", "Viewer", "admin", "labeller", "person_of", "viewer"]

JSON_BYTES, PICTURE_BYTES, SEARCH_BYTES = 1_000_000, 32_000_000, 64_000_000
WRITES = ("POST", "PUT", "PATCH", "DELETE")
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
log = logging.getLogger("raravis.web")


class Guard:
    """Around the whole server: refuses what no page of it sends, and adds the headers that browsers go by.

    `hosts`: the names that this server was started for. With `addresses` it answers to any number address too: it
    listens on more than this machine, and only a name can be turned to it by somebody else's name server.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str] = HERE, addresses: bool = False) -> None:
        self.app, self.hosts, self.addresses = app, frozenset(name.lower() for name in hosts), addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, guarded. A mistake of ours is logged with a number, and the client sees the number alone."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, api=scope["path"].startswith("/api"))
        try:
            refused = self._refused(scope)
            if refused is not None:
                await refused(scope, receive, answer)
            else:
                await self.app(scope, _limited(receive, _most_bytes(scope)), answer)
        except Exception:
            number = secrets.token_hex(4)
            log.exception("%s %r went wrong (%s)", scope["method"], scope["path"], number)
            if not answer.begun:
                await _error(500, f"something went wrong here; the server's log has it ({number})")(
                    scope, receive, answer
                )

    def _refused(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), scope["path"]
        if not self._is_me(headers.get("host", "")):
            return _error(421, f"this server is not {headers.get('host', '')!r}; if it should be: --allow-host NAME")
        if path.startswith(("/api", "/media")) and headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
            return _error(403, "another site asked for this; open the page itself")
        if scope["method"] in WRITES and (why := _not_ours(headers)):
            return _error(403, why)
        if _length(headers) > _most_bytes(scope):
            return _error(413, _too_large(_most_bytes(scope)))
        return None

    def _is_me(self, host: str) -> bool:
        name = _name_of(host)
        return name in self.hosts or (self.addresses and _is_address(name))


class _Answer:
    """A `send` that adds the headers which the response does not set itself."""

    def __init__(self, send: Send, *, api: bool) -> None:
        self._send, self._api, self.begun = send, api, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store" if self._api or message["status"] >= 400 else "no-cache")
        await self._send(message)


def _not_ours(headers: Headers) -> str | None:
    """Why a write is not one of the page's own; other sites can send neither this header nor our Origin."""
    if headers.get("x-raravis") != "1":
        return "a write needs the header X-Raravis: 1"
    origin = headers.get("origin")
    if origin is not None and origin.lower().partition("://")[2] != headers.get("host", "").lower():
        return f"the write comes from {origin}, not from here"
    return None


def _name_of(host: str) -> str:
    """The name in a Host header, without port and brackets; "" where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _most_bytes(scope: Scope) -> int:
    if scope["path"] == "/api/search":
        return SEARCH_BYTES
    return PICTURE_BYTES if scope["path"].endswith("/examples/picture") else JSON_BYTES


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text[:18]) if text.isascii() and text.isdigit() else 0  # else it is counted while it comes


def _too_large(most: int) -> str:
    return f"too large; wanted at most {most // 1_000_000} MB"


def _limited(receive: Receive, most: int) -> Receive:
    """A `receive` that ends a body that says less than it sends."""
    had = 0

    async def counted() -> Message:
        nonlocal had
        message = await receive()
        had += len(message.get("body", b""))
        if had > most:
            raise HTTPException(413, _too_large(most))
        return message

    return counted


def _error(status: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text}, status)


def token_of(request: Request, here: Room) -> str | None:
    """What the request shows: `Authorization: Bearer TOKEN`, else the cookie."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.cookies.get(here.doors.cookie)


def person_of(request: Request, here: Room) -> Person | None:
    """Who asks; None: nobody who may come in."""
    return here.doors.person(token_of(request, here))


def viewer(request: Request, here: InRoom) -> Person:
    """Whoever may come in may look. Raises 401 for the others."""
    who = person_of(request, here)
    if who is None:
        raise HTTPException(401, "log in with your token; an admin makes one: raravis user add NAME --role labeller")
    return who


Viewer = Annotated[Person, Depends(viewer)]


def _at_least(role: str) -> Callable[[Person], Person]:
    def allowed(who: Viewer) -> Person:
        if ROLES.index(who.role) < ROLES.index(role):
            raise HTTPException(403, f"{who.name} is a {who.role} here; this needs the role {role}")
        return who

    return allowed


labeller, admin = _at_least("labeller"), _at_least("admin")
Labeller = Annotated[Person, Depends(labeller)]
Admin = Annotated[Person, Depends(admin)]
