"""Fifty people at one server: milliseconds of an answer and of a batch, and whether the store has every answer once.

    python benchmarks/answering.py [--people 50] [--rate 20] [--minutes 5] [--items 20000] [--double 0.05]

The server is a process of its own on loopback; each person has a token, one open connection and the live updates. They
answer chip by chip, at the rate in all, and ask for the next batch when a third of the last one is left, as the page
does of a slow server. No pictures are fetched: the collection is vectors without media. An answer that fails is sent
again, as the page does too. Status 1 where 95 % of the answers take over 100 ms, one was lost or doubled, or a chip was
lent to two people at once other than for a second opinion.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from desk import CONCEPT, fill, kind_of

from raravis.flow.answering.users import add_user
from raravis.store import Project, labels
from raravis.types import NO, YES

LIMIT = 0.1  # seconds
DIMENSIONS, K = 384, 12
TIMEOUT, IDLE = 20, 4  # seconds: the page's own; less than those after which the server drops a silent connection
ANSWERS, BATCHES = f"/api/concepts/{CONCEPT}/answers", f"/api/concepts/{CONCEPT}/batches"


class Labeller(threading.Thread):
    """Somebody who, once begun, answers every `every` seconds, and keeps how long each reply took."""

    def __init__(self, port: int, name: str, token: str) -> None:
        super().__init__(name=name)
        self.headers = {"X-Raravis": "1", "Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self.server = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        self.asked = self.begin = self.end = self.every = 0.0
        self.waiting: list[dict[str, Any]] = []  # chips
        self.lent: dict[int, bool] = {}  # item → whether it is a second opinion
        self.answered: list[int] = []
        self.seconds: dict[str, list[float]] = {ANSWERS: [], BATCHES: []}
        self.errors: Counter[str] = Counter()

    def run(self) -> None:
        """Until the time is over, or nothing is left to ask."""
        due = self.begin
        while due < self.end and self.waiting:
            time.sleep(max(0.0, due - time.monotonic()))
            self.answer(self.waiting.pop(0))
            if len(self.waiting) <= K // 3:
                self.more()
            due += self.every
        self.server.close()

    def more(self, k: int = K) -> None:
        """A batch more; where the reply was lost, what the server says is held."""
        told = self.ask("POST", BATCHES, {"k": k})
        while told is None:
            held = self.ask("GET", BATCHES)
            told = {"chips": [chip for batch in held["batches"] for chip in batch["chips"]]} if held else None
        fresh = [chip for chip in told["chips"] if chip["item"] not in self.lent]
        self.waiting += fresh
        self.lent |= {chip["item"]: chip["second"] for chip in fresh}

    def answer(self, chip: dict[str, Any]) -> None:
        """Says what is right, as often as it takes."""
        value = YES if kind_of(np.array(chip["item"] - 1)) == 0 else NO
        act = {"answers": [{"item": chip["item"], "round": chip["round"], "value": value, "box": None}]}
        while self.ask("POST", ANSWERS, act) is None:
            pass
        self.answered.append(chip["item"])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The reply, and its time is kept; None after an error, which is counted."""
        begun = time.perf_counter()
        if begun > self.asked + IDLE:
            self.server.close()  # the server did; http.client, other than a browser, would not see it
        self.asked = begun
        try:
            self.server.request(method, path, None if body is None else json.dumps(body), self.headers)
            reply = self.server.getresponse()
            told = json.load(reply)
        except (OSError, http.client.HTTPException) as error:
            self.server.close()
            return self.failed(type(error).__name__)
        if reply.status != http.client.OK:
            return self.failed(f"{reply.status}: {told['error']}")
        if method == "POST":
            self.seconds[path].append(time.perf_counter() - begun)
        return told

    def failed(self, why: str) -> None:
        """Counts it, and waits a second, as the page does."""
        self.errors[why] += 1
        time.sleep(1)


class Listener(threading.Thread):
    """Hears the live updates, as an open page does, until the server ends."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(daemon=True)
        self.server = http.client.HTTPConnection("127.0.0.1", port)
        self.headers, self.heard = {"Authorization": f"Bearer {token}"}, 0

    def run(self) -> None:
        """Until the server ends."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.server.request("GET", "/api/live", headers=self.headers)
            for line in self.server.getresponse():
                self.heard += line == b"event: concept\n"


@contextlib.contextmanager
def serving(project: Path, double: float) -> Iterator[int]:
    """The port of a server of the project."""
    command = [sys.executable, "-m", "raravis", "serve", "--port", "0", "--double", str(double)]
    server = subprocess.Popen([*command, "--project", str(project), "--root", str(project)], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline().decode().strip().rstrip("/").rpartition(":")[2])
    finally:
        server.terminate()
        server.communicate()


def answered(port: int, tokens: dict[str, str], rate: float, minutes: float) -> tuple[list[Labeller], list[Listener]]:
    """Everybody, after so long. All have a batch before the first answer; then answers come at an even pace."""
    listeners = [Listener(port, token) for token in tokens.values()]
    people = [Labeller(port, name, token) for name, token in tokens.items()]
    for number, (listener, person) in enumerate(zip(listeners, people, strict=True)):
        listener.start()
        person.more(K // 3 + 1 + number % (K - K // 3))  # no two come to their next batch in step
    now = time.monotonic()
    for number, person in enumerate(people):
        person.begin, person.end, person.every = now + number / rate, now + 60 * minutes, len(people) / rate
        person.start()
    for person in people:
        person.join()
    return people, listeners


def told(what: str, seconds: Sequence[float]) -> float:
    """The 95 % quantile."""
    if not seconds:
        return 0.0
    shares = {"50 %": 0.5, "95 %": 0.95, "99 %": 0.99, "most": 1.0}
    spent = {name: float(np.quantile(seconds, share)) for name, share in shares.items()}
    print(f"{what:10s} {len(seconds):6d}   " + "   ".join(f"{name} {s * 1e3:6.1f} ms" for name, s in spent.items()))
    return spent["95 %"]


def wrong(project: Project, people: Sequence[Labeller]) -> dict[str, int]:
    """How often something is not as it should be, counted in the store and in what everybody was lent."""
    with project.read() as c:
        stored = Counter((entry.by, entry.item_id) for entry in labels.entries(c, CONCEPT))
    sent = Counter((person.name, item) for person in people for item in person.answered)
    lent = Counter(item for person in people for item, second in person.lent.items() if not second)
    print(f"{sent.total()} answers sent, {stored.total()} in the store")
    return {
        "lost": (sent - stored).total(),
        "doubled": (stored - sent).total(),
        "lent to two people": sum(times > 1 for times in lent.values()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rate", type=float, default=20.0, help="answers a second, of all people")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--double", type=float, default=0.05, help="share of the items asked of a second person")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "project", create=True) as project:
        fill(project, given.items, DIMENSIONS)
        tokens = {f"person-{i}": add_user(project, f"person-{i}", "labeller") for i in range(given.people)}
        with serving(project.folder, given.double) as port:
            people, listeners = answered(port, tokens, given.rate, given.minutes)
        high = told("an answer", [s for person in people for s in person.seconds[ANSWERS]])
        told("a batch", [s for person in people for s in person.seconds[BATCHES]])
        pace = sum(len(person.answered) for person in people) / (60 * given.minutes)
        heard = sum(listener.heard for listener in listeners)
        print(f"{given.people} people, {given.items} items: {pace:.1f} answers a second, {heard} live updates heard")
        errors = sum((person.errors for person in people), Counter[str]())
        found = wrong(project, people)
    print("errors:", dict(errors) or "none")
    print(", ".join(f"{what}: {times}" for what, times in found.items()))
    sys.exit(high > LIMIT or any(found.values()))


if __name__ == "__main__":
    main()
