"""Searches while the project changes under them, and the server that answers nothing else."""

from __future__ import annotations

import functools
import gc
import json
import re
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raravis import flow
from raravis.errors import InputError, StoreError
from raravis.flow.searching.searcher import searcher
from raravis.store import Project, encoders, items, shards, sources
from raravis.types import Floats, Place, Source
from raravis.web import searchers as module
from raravis.web.searchers import Searchers
from raravis.web.serving import Server

HEADERS = {"X-Raravis": "1", "Content-Type": "application/json"}
DIM, SOON = 8, 0.02


def some(n: int, seed: int = 0) -> Floats:
    data = np.random.default_rng(seed).normal(size=(n, DIM))
    return np.asarray(data / np.linalg.norm(data, axis=1, keepdims=True), np.float32)


def add(project: Project, data: Floats, encoder: str = "made") -> list[int]:
    """The ids of new items with these vectors."""
    with project.begin() as c:
        number, before = len(sources.all(c)), items.all_ids(c)
        place = Place(f"/made/{number}.mp4", f"{number}.mp4", f"{number}.mp4")
        source = Source(0, str(number), "video", 64, 48, Fraction(1, 1000), 0, len(data) * 1000, (place,))
        of = sources.add_all(c, [sources.New(source)])[0]
        pts, n = np.arange(len(data)) * 1000, len(data)
        items.add(c, np.full(n, of), pts, pts + 1000, np.tile([0.0, 0.0, 1.0, 1.0], (n, 1)), np.ones(n), "whole")
        ids = np.setdiff1d(items.all_ids(c), before)
        encoders.add(c, encoder, spec=encoder, dim=DIM)
        shards.record(c, encoder, shards.write(shards.folder_of(project.vectors, encoder), ids, data))
    return [int(id) for id in ids]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """400 items."""
    with Project.open(tmp_path / "project", create=True) as made:
        add(made, some(400))
        yield made


@pytest.fixture(autouse=True)
def without_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes is loaded anew at once, however long that took before."""
    monkeypatch.setattr(module, "RATIO", 0.0)


class Asking(threading.Thread):
    """Somebody who asks for what is most like a vector again and again; keeps each status and best item."""

    def __init__(self, port: int, query: Floats) -> None:
        super().__init__()
        self.server = HTTPConnection("127.0.0.1", port, timeout=20)
        self.body = json.dumps({"vectors": query[None].tolist(), "k": 3, "fields": []})
        self.statuses, self.best = list[int](), list[int]()
        self.enough, self.wrong = threading.Event(), list[BaseException]()

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                self.server.request("POST", "/api/search", self.body, HEADERS)
                answer = self.server.getresponse()
                self.best.append(json.loads(answer.read())["results"][0]["ids"][0])
                self.statuses.append(answer.status)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.wrong.append(error)
        self.server.close()


@contextmanager
def serving(project: Project) -> Iterator[Server]:
    server = Server(project, port=0, page=False, searchers=Searchers(project, every=SOON))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


@contextmanager
def asked_all_the_time(port: int, query: Floats, clients: int = 2) -> Iterator[list[Asking]]:
    several = [Asking(port, query) for _ in range(clients)]
    for one in several:
        one.start()
    try:
        yield several
    finally:
        for one in several:
            one.enough.set()
        for one in several:
            one.join()


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "never came"
        time.sleep(0.01)


def all_have(clients: Sequence[Asking], item: int) -> bool:
    return all(one.best[-1:] == [item] for one in clients)


def changes(values: list[int]) -> list[int]:
    """The values, without those that are as the one before."""
    return [value for at, value in enumerate(values) if at == 0 or value != values[at - 1]]


# while searches go on


def test_no_request_fails_while_vectors_are_added_and_the_index_is_rebuilt_and_each_answer_switches_once(
    project: Project,
) -> None:
    query = some(1, seed=7)[0]
    wanted = [int(searcher(project).search(query[None], 1)[0][0, 0]) + 1]
    with serving(project) as server, asked_all_the_time(server.port, query) as clients:
        for nearer in (0.9, 0.97, 1.0):
            until(functools.partial(all_have, clients, wanted[-1]))
            other = query + (1 - nearer) * some(1, seed=3)[0]
            wanted += add(project, (other / np.linalg.norm(other))[None])
            add(project, some(50, seed=len(wanted)))
            flow.index(project, rebuild=True)
        until(functools.partial(all_have, clients, wanted[-1]))
    assert [one.wrong for one in clients] == [[], []]
    assert all(set(one.statuses) == {200} for one in clients)
    assert [changes(one.best) for one in clients] == [wanted, wanted]


def test_what_is_forgotten_comes_out_no_more(project: Project) -> None:
    query = some(1, seed=7)[0]
    (nearest,) = add(project, query[None])
    with serving(project) as server, asked_all_the_time(server.port, query, 1) as (client,):
        until(lambda: bool(client.best))
        flow.forget(project, "1.mp4")
        until(lambda: client.best[-1] != nearest)
    assert client.wrong == [] and set(client.statuses) == {200} and client.best[0] == nearest


def test_the_old_one_is_dropped_when_its_last_request_ends(project: Project) -> None:
    searchers = Searchers(project, every=SOON)
    old = searchers.of()
    held = weakref.ref(old.collection)
    add(project, some(1, seed=7))
    until(lambda: len(searchers.of().collection) == 401)
    assert len(old.collection) == 400
    del old
    gc.collect()
    assert held() is None
    searchers.close()


def test_it_is_loaded_once_for_all_who_wait_for_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.1)
        loaded.append(searcher(*arguments, **options))
        return loaded[-1]

    monkeypatch.setattr(module, "searcher", slow)
    searchers, got = Searchers(project), []
    threads = [threading.Thread(target=lambda: got.append(searchers.of())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    searchers.close()
    assert len(loaded) == 1 and got == loaded * 5


@pytest.mark.parametrize("error", [StoreError("lists.faiss: cut short"), MemoryError("no room"), KeyError("a mistake")])
def test_what_cannot_be_loaded_anew_leaves_the_old_and_is_tried_again(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def damaged(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(module, "AGAIN_SECONDS", SOON)
    searchers = Searchers(project, every=SOON)
    old = searchers.of()
    with monkeypatch.context() as now:
        now.setattr(module, "searcher", damaged)
        add(project, some(1, seed=7))
        until(lambda: f"as it was: {error}" in caplog.text)
        assert searchers.of() is old
    until(lambda: len(searchers.of().collection) == 401)
    searchers.close()


def test_other_encoders_are_held_too_and_let_go_when_nobody_asks_for_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(project, some(5), encoder="other")
    searchers = Searchers(project, every=SOON)
    usual, other = searchers.of(), searchers.of("other")
    assert (len(usual.collection), len(other.collection)) == (400, 5) and searchers.of("other") is other
    monkeypatch.setattr(module, "UNUSED_SECONDS", 0.0)
    until(lambda: list(searchers._all) == [None])
    assert searchers.of() is usual
    searchers.close()


def test_a_name_that_is_no_encoder_is_not_remembered(project: Project) -> None:
    searchers = Searchers(project)
    for _ in range(2):
        with pytest.raises(InputError, match="known: made"):
            searchers.of("nothing")
    assert searchers._all == {}


# the server without the page


class Running:
    """`raravis index serve`, a process of its own."""

    def __init__(self, project: Project, *options: str) -> None:
        command = [sys.executable, "-m", "raravis", "index", "serve", "--port", "0", "--project", str(project.folder)]
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.port = int(re.findall(r":(\d+)/api/search$", self.address)[0])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        server = HTTPConnection("127.0.0.1", self.port, timeout=20)
        server.request(method, path, None if body is None else json.dumps(body), {**HEADERS, **headers})
        answer = server.getresponse()
        data = answer.read()
        server.close()
        return answer.status, json.loads(data)

    def stop(self) -> str:
        """What it said on stderr."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=20)[1]


def test_index_serve_answers_searches_alone_and_the_index_can_be_rebuilt_beside_it(project: Project) -> None:
    running, query = Running(project), some(1, seed=7)
    wanted = {"vectors": query.tolist(), "k": 1, "fields": []}
    assert running.ask("GET", "/api/health") == (200, {"encoder": "made", "items": 400, "dimensions": 8, "recall": 1.0})
    assert set(running.ask("GET", "/api/openapi.json")[1]["paths"]) == {"/api/search", "/api/health"}
    for path in ("/", "/js/main.js", "/api/concepts", "/api/session", "/media/items/1/thumb.jpg"):
        assert running.ask("GET", path)[0] == 404, path
    with project.lock("somebody who embeds"):
        (new,) = add(project, query)
        flow.index(project, rebuild=True)
    until(lambda: running.ask("POST", "/api/search", wanted)[1]["results"][0]["ids"] == [new])
    said = running.stop()
    assert running.process.returncode == 130 and "400 items under made, every vector scanned" in said


def test_for_others_than_this_machine_it_prints_a_token_without_which_nobody_comes_in(project: Project) -> None:
    running = Running(project, "--allow-host", "trap.lan", "--exact", "--encoder", "made")
    wanted = {"vectors": some(1).tolist()}
    assert running.ask("POST", "/api/search", wanted, Host="trap.lan")[0] == 401
    assert running.ask("GET", "/api/health")[0] == 401
    assert running.ask("POST", "/api/search", wanted, Host="evil.lan")[0] == 421
    assert running.process.stderr is not None
    said = "".join(running.process.stderr.readline() for _ in range(2))
    (token,) = re.findall(r"Authorization: Bearer (\S+)", said)
    assert running.ask("POST", "/api/search", wanted, Host="trap.lan", Authorization=f"Bearer {token}")[0] == 200
    running.stop()


def test_with_nothing_embedded_it_does_not_start(tmp_path: Path) -> None:
    Project.open(tmp_path / "empty", create=True).close()
    command = [sys.executable, "-m", "raravis", "index", "serve", "--project", str(tmp_path / "empty")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "nothing embedded yet" in done.stderr and done.stderr.count("\n") == 1


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_first_part(project: Project) -> None:
    with serving(project) as server, asked_all_the_time(server.port, some(1)[0], 1) as (client,):
        until(lambda: len(client.best) >= 5)
        begun = time.monotonic()
        until(lambda: len(client.best) >= 55)
    assert time.monotonic() - begun < 50 * 0.04  # what a delayed acknowledgement takes
