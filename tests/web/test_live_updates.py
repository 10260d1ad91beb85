"""Server-sent events over a real socket: who hears what, and when a stream ends."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from raravis.errors import InputError
from raravis.flow.answering.users import add_user, revoke_user
from raravis.store import Project
from raravis.web import live
from raravis.web.serving import Server


@pytest.fixture
def server(project: Project, here: Path) -> Iterator[Server]:
    """A server on a free port of this machine, answering."""
    made = Server(project, port=0, roots=[here / "yard"])
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(10)
    assert not thread.is_alive()


class Pages:
    """Open connections, closed when the test is over."""

    def __init__(self) -> None:
        self.open: list[Any] = []

    def request(self, server: Server, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Any:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        self.open += [answer, connection]
        return answer

    def ask(self, server: Server, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        answer = self.request(server, method, path, data, {"X-Raravis": "1", "Content-Type": "application/json"})
        return answer.status, json.loads(answer.read())

    def listen(self, server: Server, **headers: str) -> HTTPResponse:
        answer: HTTPResponse = self.request(server, "GET", "/api/live", None, headers)
        return answer


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    for one in made.open:
        one.close()


def event(stream: HTTPResponse) -> tuple[str, Any] | None:
    """The next event; None where the stream ended."""
    kind = ""
    for line in stream:
        text = line.decode().strip()
        if text.startswith("event: "):
            kind = text.removeprefix("event: ")
        if text.startswith("data: "):
            return kind, json.loads(text.removeprefix("data: "))
    return None


def test_every_open_page_hears_what_happens_in_the_order_it_was_told(pages: Pages, server: Server) -> None:
    streams = [pages.listen(server), pages.listen(server)]
    assert [event(stream) for stream in streams] == [("hello", {}), ("hello", {})]
    pages.ask(server, "POST", "/api/concepts", {"name": "fox"})
    pages.ask(server, "POST", "/api/concepts", {"name": "owl"})
    for stream in streams:
        heard = [event(stream), event(stream)]
        assert [(one[0], one[1]["name"]) for one in heard if one] == [("concept", "fox"), ("concept", "owl")]


def test_a_silent_stream_is_kept_open_by_a_comment(
    pages: Pages, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ASK_SECONDS", 0.02)
    monkeypatch.setattr(live, "PING_SECONDS", 0.04)
    stream = pages.listen(server)
    event(stream)
    assert stream.readline() == b"\n" and stream.readline() == b": still here\n"


def test_the_stream_of_somebody_revoked_ends(
    pages: Pages, server: Server, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ASK_SECONDS", 0.05)
    stream = pages.listen(server, Authorization=f"Bearer {add_user(project, 'ada', 'viewer')}")
    assert event(stream) == ("hello", {})
    revoke_user(project, "ada")
    assert event(stream) is None


def test_whoever_does_not_read_is_cut_off_and_holds_nobody_up(
    pages: Pages, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WAITING", 4)
    slow = pages.listen(server)
    begun = time.monotonic()
    for number in range(5000):
        server.room.live.tell("concept", {"name": "x" * 1000, "n": number})
    assert time.monotonic() - begun < 2
    heard = 0
    while event(slow) is not None:
        heard += 1
    assert heard < 5001


def test_a_stop_ends_open_streams_at_once(pages: Pages, project: Project, here: Path) -> None:
    server = Server(project, port=0, roots=[here])
    thread = threading.Thread(target=server.run)
    thread.start()
    stream = pages.listen(server)
    event(stream)
    begun = time.monotonic()
    server.stop()
    thread.join(10)
    assert not thread.is_alive() and time.monotonic() - begun < 3 and event(stream) is None


def test_a_port_that_is_taken_is_one_clear_line(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"^127\.0\.0\.1: port {port} cannot be used: .*; choose another: --port"):
            Server(project, port=port)


def test_on_another_address_than_this_machines_own_a_token_is_needed_and_is_in_the_address(
    pages: Pages, project: Project, here: Path
) -> None:
    server = Server(project, host="0.0.0.0", port=0, roots=[here])
    place, _, token = server.address.partition("/#token=")
    assert place.startswith("http://") and len(token) == 32
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert pages.ask(server, "GET", "/api/session")[0] == 401
        status, who = pages.ask(server, "POST", "/api/session", {"token": token})
        assert (status, who["role"], who["open"]) == (200, "admin", False)
    finally:
        server.stop()
        thread.join(10)


def test_with_users_another_address_makes_no_token_of_its_own(project: Project, here: Path) -> None:
    add_user(project, "ada", "admin")
    server = Server(project, host="0.0.0.0", port=0, roots=[here])
    assert server.address.endswith(f":{server.port}/")
    server.close()


def test_behind_a_proxy_nobody_is_taken_for_the_one_at_this_machine(pages: Pages, project: Project, here: Path) -> None:
    server = Server(project, port=0, names=["trap.example.org"], roots=[here])
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert "#token=" in server.address
        asked = {"Host": "trap.example.org"}
        assert pages.request(server, "GET", "/api/session", None, asked).status == 401
    finally:
        server.stop()
        thread.join(10)
