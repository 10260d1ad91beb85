"""What no request gets past: host, origin, size, tokens, roles."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from raravis.errors import InputError, StoreError
from raravis.flow.answering.users import add_user, revoke_user
from raravis.flow.answers import myself
from raravis.store import Project
from raravis.web.doors import WINDOW_SECONDS, WRONG_EVERYWHERE, WRONG_HERE, Wrong
from raravis.web.errors import status_of
from raravis.web.room import Room

BEARER = "Authorization"


def status(answer: Any) -> tuple[int, str]:
    """The status, and the one line that every refusal is."""
    assert list(answer.json()) == ["error"] and "\n" not in answer.json()["error"]
    return answer.status_code, answer.json()["error"]


def as_user(client_of: Any, project: Project, name: str, role: Any) -> TestClient:
    made: TestClient = client_of(headers={"X-Raravis": "1", BEARER: f"Bearer {add_user(project, name, role)}"})
    return made


# who this server is


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "LOCALHOST:1", "[::1]:8765", "127.0.0.1"])
def test_every_name_of_this_machine_is_answered_to(client: TestClient, host: str) -> None:
    assert client.get("/api/session", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "10.0.0.7"]
)
def test_a_name_that_somebody_turned_to_this_machine_is_refused(client: TestClient, host: str) -> None:
    code, line = status(client.get("/api/session", headers={"Host": host}))
    assert code == 421 and "--allow-host" in line


def test_on_a_network_any_number_address_is_answered_to_but_only_the_names_it_was_started_for(client_of: Any) -> None:
    client = client_of(hosts=frozenset({"trap.lan"}), addresses=True)
    codes = [
        client.get("/api/session", headers={"Host": h}).status_code for h in ("10.0.0.7:1", "trap.lan", "evil.lan")
    ]
    assert codes == [200, 200, 421]


# where a write comes from


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_write_without_our_header_is_refused(client: TestClient, method: str) -> None:
    del client.headers["X-Raravis"]
    assert status(client.request(method, "/api/session"))[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://["},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_write_from_another_page_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert status(client.post("/api/concepts", json={"name": "fox"}, headers=headers))[0] == 403
    assert [one["name"] for one in client.get("/api/concepts").json()["concepts"]] == ["red"]


def test_a_write_from_our_own_page_is_taken(client: TestClient) -> None:
    ours = {"Origin": "http://127.0.0.1:8765", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/concepts", json={"name": "fox"}, headers=ours).status_code == 201


def test_another_site_cannot_read_even_what_needs_no_token(client: TestClient) -> None:
    assert status(client.get("/api/concepts", headers={"Sec-Fetch-Site": "cross-site"}))[0] == 403


# how large it is


def test_a_huge_body_is_refused_before_it_is_read(client: TestClient) -> None:
    for length in ("1000001", "9" * 5000):
        assert status(client.post("/api/concepts", content=b"x", headers={"Content-Length": length}))[0] == 413


def test_a_body_that_says_nothing_of_its_length_is_refused_where_it_gets_too_long(client: TestClient) -> None:
    sent = []

    def body() -> Any:
        for _ in range(100):
            sent.append(1)
            yield b" " * 100_000

    assert status(client.post("/api/concepts", content=body(), headers={"Content-Type": "application/json"}))[0] == 413


def test_json_that_is_none_is_told_in_one_line(client: TestClient) -> None:
    json_ = {"Content-Type": "application/json"}
    for body in (b"{", b"[]", b"null", b"\xff", b'{"name": 3}', b'{"name": "' + b"x" * 300 + b'"}', b"[" * 100_000):
        assert status(client.post("/api/concepts", content=body, headers=json_))[0] in (400, 422), body[:20]


# what every answer carries


@pytest.mark.parametrize("path", ["/", "/api/session", "/api/nothing", "/media/nothing", "/%2e%2e/%2e%2e/app.py"])
def test_every_answer_tells_browsers_to_run_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_what_the_api_says_is_kept_by_no_cache(client: TestClient) -> None:
    assert client.get("/api/session").headers["Cache-Control"] == "no-store"


def test_a_mistake_of_ours_is_a_number_in_the_log_and_no_trace_to_the_client(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("raravis.web.collection._names", lambda project: 1 / 0)
    code, line = status(client.get("/api/concepts"))
    number = re.fullmatch(r"something went wrong here; the server's log has it \((\w{8})\)", line)
    assert code == 500 and number and number[1] in caplog.text and "ZeroDivisionError" in caplog.text


def test_a_full_disk_is_told_as_not_saved_and_nothing_of_where_it_is(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise StoreError(f"{project.folder}: database or disk is full; free some space")

    monkeypatch.setattr("raravis.web.collection.add_examples", full)
    code, line = status(client.post("/api/concepts", json={"name": "fox"}))
    assert (code, line) == (507, "NOT saved: project: database or disk is full; free some space")
    monkeypatch.setattr("raravis.web.collection.add_examples", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    assert status(client.post("/api/concepts", json={"name": "fox"}))[0] == 507
    assert status_of(InputError("cannot write report.html: No space left on device; free the space")) == 507


@pytest.mark.parametrize(
    "path", ["/%2e%2e/app.py", "/..%2fapp.py", "/js/%2e%2e/%2e%2e/app.py", "/\\..\\app.py", "//etc/passwd"]
)
def test_no_address_leads_out_of_the_pages(client: TestClient, path: str) -> None:
    assert status(client.get(path))[0] in (404, 405)


# who may come in


def test_on_this_machine_everybody_is_its_admin_while_there_are_no_users(client: TestClient) -> None:
    assert client.get("/api/session").json() == {"name": myself(), "role": "admin", "open": True}


def test_with_users_nobody_comes_in_without_a_token(client: TestClient, project: Project) -> None:
    add_user(project, "ada", "viewer")
    for path in ("/api/session", "/api/concepts", "/api/live", "/api/openapi.json", "/api/docs", "/api/collection"):
        assert status(client.get(path))[0] == 401, path


def test_nobody_is_told_anything_but_to_log_in(client: TestClient, project: Project) -> None:
    ways = [(path, way) for path, of in client.get("/api/openapi.json").json()["paths"].items() for way in of]
    add_user(project, "ada", "viewer")
    for path, way in [(path, way) for path, way in ways if path != "/api/session"]:
        address = re.sub(r"\{\w*id\}", "1", path).replace("{name}", "no such concept").replace("{format}", "csv")
        code, line = status(client.request(way, address))
        assert code == 401 and "red" not in line, (way, path, line)


def test_a_guarded_room_is_closed_while_there_are_no_users(client: TestClient, room: Room) -> None:
    room.doors.guarded = True
    token = room.doors.issue()
    assert status(client.get("/api/session"))[0] == 401
    assert client.get("/api/session", headers={BEARER: f"Bearer {token}"}).json()["role"] == "admin"


def test_a_role_may_what_the_ones_before_it_may_and_no_more(client_of: Any, project: Project) -> None:
    asks = [("get", "/api/concepts", None), ("post", "/api/concepts", {"name": "fox"}), ("get", "/api/users", None)]
    codes = {}
    for role in ("viewer", "labeller", "admin"):
        client = as_user(client_of, project, role, role)
        codes[role] = [client.request(method, path, json=body).status_code for method, path, body in asks]
    assert codes == {"viewer": [200, 403, 403], "labeller": [200, 201, 403], "admin": [200, 201, 200]}


def test_a_revoked_token_is_refused_at_the_next_request(client_of: Any, project: Project) -> None:
    client = as_user(client_of, project, "ada", "labeller")
    assert client.get("/api/session").status_code == 200
    revoke_user(project, "ada")
    assert status(client.get("/api/session"))[0] == 401


def test_the_last_one_revoked_leaves_the_room_closed(client: TestClient, project: Project) -> None:
    add_user(project, "ada", "admin")
    revoke_user(project, "ada")
    assert status(client.get("/api/session"))[0] == 401


def test_the_project_keeps_no_token(project: Project) -> None:
    token = add_user(project, "ada", "admin")
    files = b"".join(path.read_bytes() for path in project.folder.glob("raravis.db*"))
    assert len(token) == 32 and token.encode() not in files


# logging in


def test_logging_in_gives_a_cookie_that_no_script_reads_and_no_other_site_sends(
    client: TestClient, project: Project
) -> None:
    token = add_user(project, "ada", "labeller")
    answer = client.post("/api/session", json={"token": token})
    assert answer.json() == {"name": "ada", "role": "labeller", "open": False}
    flags = {part.strip().lower() for part in answer.headers["Set-Cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags and "secure" not in flags
    assert client.get("/api/session").json()["name"] == "ada"
    assert client.delete("/api/session").status_code == 200 and client.get("/api/session").status_code == 401


def test_behind_tls_the_cookie_travels_by_tls_alone(client_of: Any, project: Project) -> None:
    token = add_user(project, "ada", "viewer")
    answer = client_of(base_url="https://localhost").post("/api/session", json={"token": token})
    assert "; secure" in answer.headers["Set-Cookie"].lower()


def test_wrong_tokens_are_soon_no_longer_looked_at_not_even_a_right_one_among_them(
    client: TestClient, project: Project, room: Room
) -> None:
    now = [0.0]
    room.doors.wrong = Wrong(lambda: now[0])
    token = add_user(project, "ada", "viewer")
    codes = [client.post("/api/session", json={"token": f"wrong {n}"}).status_code for n in range(WRONG_HERE + 1)]
    assert codes == [401] * WRONG_HERE + [429]
    late = client.post("/api/session", json={"token": token})
    assert late.status_code == 429 and int(late.headers["Retry-After"]) == WINDOW_SECONDS + 1
    now[0] = WINDOW_SECONDS
    assert client.post("/api/session", json={"token": token}).status_code == 200


def test_wrong_tokens_from_many_addresses_count_together() -> None:
    wrong = Wrong(lambda: 5.0)
    for number in range(WRONG_EVERYWHERE):
        assert wrong.wait_seconds("10.9.9.9") == 0
        wrong.add(f"10.0.0.{number}")
    assert wrong.wait_seconds("10.9.9.9") == WINDOW_SECONDS


def test_the_first_user_made_in_an_open_room_is_an_admin_and_stays_in(client: TestClient) -> None:
    assert status(client.post("/api/users", json={"name": "bob", "role": "labeller"}))[0] == 400
    assert client.post("/api/users", json={"name": "ada", "role": "admin"}).status_code == 200
    assert client.get("/api/session").json() == {"name": "ada", "role": "admin", "open": False}


def test_an_admin_lets_people_in_and_shuts_them_out(client: TestClient) -> None:
    client.post("/api/users", json={"name": "ada", "role": "admin"})
    token = client.post("/api/users", json={"name": "a/b c", "role": "viewer"}).json()["token"]
    assert client.get("/api/session", headers={BEARER: f"Bearer {token}"}).json()["name"] == "a/b c"
    assert client.delete("/api/users/a%2Fb%20c").status_code == 200
    assert status(client.delete("/api/users/a%2Fb%20c"))[0] == 404
    seen = {user["name"]: user["revoked_at"] is None for user in client.get("/api/users").json()["users"]}
    assert seen == {"ada": True, "a/b c": False}
    assert token not in json.dumps(client.get("/api/users").json())


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 61, "\x00"])
def test_a_name_that_is_none_is_refused(client: TestClient, name: str) -> None:
    assert status(client.post("/api/users", json={"name": name, "role": "admin"}))[0] in (400, 422)
