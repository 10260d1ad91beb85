"""raravis serve, raravis user, and find when people answer in the page."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from raravis.store import Project
from raravis.web.serving import Server

TOY = ("--encoder", "toy")


class Terminal(io.StringIO):
    """A standard input with somebody at it."""

    def isatty(self) -> bool:
        return True


def ask(port: int, method: str, path: str, body: Any = None) -> Any:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"X-Raravis": "1", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def meanwhile(monkeypatch: pytest.MonkeyPatch, page: Any) -> list[BaseException]:
    """While the server runs, `page(port)` is what a person does there; what went wrong in it comes back."""
    run, wrong = Server.run, list[BaseException]()

    def person(server: Server) -> None:
        try:
            page(server.port)
        except BaseException as error:  # noqa: BLE001 - the test raises it
            wrong.append(error)
        server.stop()

    def watched(server: Server) -> None:
        threading.Thread(target=person, args=(server,)).start()
        run(server)

    monkeypatch.setattr(Server, "run", watched)
    return wrong


def test_find_at_a_terminal_opens_the_page_and_prints_what_was_found_when_it_is_enough(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page(port: int) -> None:
        assert ask(port, "GET", "/api/collection")["finding"] == "red"
        batch = ask(port, "POST", "/api/concepts/red/batches", {"k": 12})
        red = [(chip["source"]["name"], chip["seconds"]) for chip in batch["chips"]]
        values = [1 if name == "d.png" or (name == "cam/a.mp4" and 2 <= at < 5) else -1 for name, at in red]
        given = [
            {"item": chip["item"], "round": chip["round"], "value": value, "box": None}
            for chip, value in zip(batch["chips"], values, strict=True)
        ]
        assert ask(port, "POST", "/api/concepts/red/answers", {"answers": given})["kept"] == len(given)
        assert ask(port, "POST", "/api/done") == {"done": True}

    wrong = meanwhile(monkeypatch, page)
    monkeypatch.setattr("sys.stdin", Terminal())
    code, out, err = raravis("find", "yard", "--for", "red", "--no-open", "--budget", 12, "--by", "ann", "--json", *TOY)
    assert not wrong and code == 0
    found = json.loads(out)
    assert found["answers"] == 12 and found["positives"] >= 3 and Path(found["exports"]["csv"]).exists()
    assert re.search(r"^http://127\.0\.0\.1:\d+/#/answer/red$", err, re.M)
    with Project.open(here / "raravis-project") as project, project.read() as c:
        from raravis.store import labels

        assert {label.by for label in labels.current(c, "red")} == {"ann"}


def test_ctrl_c_in_find_is_the_end_of_the_answering_and_not_of_find(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(server: Server) -> None:
        server.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "run", stopped)
    monkeypatch.setattr("sys.stdin", Terminal())
    code, out, _ = raravis("find", "yard", "--for", "red", "--no-open", "--json", *TOY)
    assert code == 0 and json.loads(out)["answers"] == 0


@pytest.mark.parametrize("option", [("--until", "recall=0.9"), ("--precision", "0"), ("--closer", "builtin")])
def test_what_the_page_does_not_have_yet_is_said_before_anything_is_done(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    code, _, err = raravis("find", "yard", "--for", "red", *option, "--project", "new")
    assert code == 1 and f"{option[0]} has its questions at the terminal for now: add --terminal" in err
    assert not (here / "new").exists()


def test_find_asks_at_the_terminal_where_that_is_wanted(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("click.getchar", lambda: "q")
    code, out, err = raravis("find", "yard", "--for", "red", "--terminal", "--json", *TOY)
    assert code == 0 and "Is it red?" in err and json.loads(out)["answers"] == 0


def test_serve_begins_with_a_concept_that_is_new(raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    wrong = meanwhile(monkeypatch, lambda port: seen.append(ask(port, "GET", "/api/concepts")))
    code, out, _ = raravis("serve", "--for", "a/b", "--port", 0, "--no-open")
    assert not wrong and code == 0 and out.endswith("/#/answer/a%2Fb\n")
    assert [one["name"] for one in seen[0]["concepts"]] == ["red", "a/b"]


def test_serve_on_a_port_that_is_taken_is_one_line(raravis: Any, here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, out, err = raravis("serve", "--port", taken.getsockname()[1], "--no-open")
    assert (code, out, len(err.splitlines())) == (1, "", 1) and "choose another: --port" in err


def test_serve_of_a_folder_that_is_none_is_one_line(raravis: Any, here: Path) -> None:
    code, _, err = raravis("serve", "--port", 0, "--root", "nothing", "--no-open")
    assert code == 1 and err.startswith("error: nothing: no such folder")


def test_a_server_on_the_network_says_that_it_is_not_encrypted_and_who_is_its_admin(
    raravis: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda port: None)
    code, out, err = raravis("serve", "--host", "0.0.0.0", "--port", 0, "--for", "red", "--no-open")
    assert code == 0 and re.fullmatch(r"http://[^/]+:\d+/#token=[\w-]{32}\n", out)
    assert "not encrypted" in err and "TLS proxy" in err and "raravis user add NAME" in err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_stops_serve_at_once_and_frees_the_project(here: Path) -> None:
    command = [sys.executable, "-m", "raravis", "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        port = int(serving.stdout.readline().rpartition(":")[2].strip("/\n"))
        assert ask(port, "GET", "/api/session")["role"] == "admin"
        second = [sys.executable, "-m", "raravis", "sample"]
        held = subprocess.run(second, cwd=here, capture_output=True, text=True)
        assert held.returncode == 1 and "in use by `raravis serve --port 0" in held.stderr
        serving.send_signal(signal.SIGINT)
        _, said = serving.communicate(timeout=20)
    stopped = "stopped; everything answered is kept, the same command goes on from here"
    assert serving.returncode == 130 and said.split("\n") == ["", stopped, ""]
    with Project.open(here / "raravis-project") as project, project.lock("test", wait_seconds=0):
        pass


def test_users_are_added_listed_and_revoked_while_the_project_is_served(raravis: Any, here: Path) -> None:
    with Project.open(here / "raravis-project") as project, project.lock("raravis serve"):
        code, out, err = raravis("user", "add", "ada", "--role", "labeller")
        assert code == 0 and re.fullmatch(r"[\w-]{32}\n", out) and "ada may come in as labeller" in err
        assert raravis("user", "add", "ada", "--role", "admin")[0] == 1
        assert raravis("user", "revoke", "ada")[0] == 0
        code, out, _ = raravis("user", "list", "--json")
    ada = json.loads(out)[0]
    assert (ada["name"], ada["role"], ada["revoked_at"] is None) == ("ada", "labeller", False)
    assert raravis("user", "revoke", "ada")[:2] == (1, "")


def test_a_project_without_users_says_so(raravis: Any, here: Path) -> None:
    assert raravis("user", "list")[:2] == (0, "no users\n")
