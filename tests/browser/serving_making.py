"""raravis serve as a process of its own: begun, asked, killed and begun again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from raravis.store import Project, labels
from raravis.store.labels import Entry


class Serving:
    """A server of a project, on a free port of its own choice; after `kill`, `begin` brings it back on the same one."""

    def __init__(self, project: Path, *, root: Path, token: str | None = None) -> None:
        self.project, self.root, self.token = project, root, token
        self.log = project / "server.log"
        self.port = 0
        self.begin()

    def begin(self) -> None:
        command = [sys.executable, "-m", "raravis", "serve", "--port", str(self.port), "--workers", "1"]
        where = ["--project", str(self.project), "--root", str(self.root)]
        at_no_screen = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        env = at_no_screen | {"LOGNAME": "ada"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*command, *where], stdout=subprocess.PIPE, stderr=log, env=env)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().decode().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.log.read_text(encoding="utf-8")
        self.port = int(self.address.rstrip("/").rpartition(":")[2])

    def kill(self) -> None:
        """At once, with no word to anybody."""
        self._process.kill()
        self._over()

    def stop(self) -> None:
        self._process.terminate()
        self._over()

    def _over(self) -> None:
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, path: str, body: Any = None, *, data: bytes | None = None, kind: str = "application/json") -> Any:
        """The reply's JSON; with a body, or bytes of some kind, to a POST."""
        sent = data if body is None else json.dumps(body).encode()
        headers = {"X-Raravis": "1", "Content-Type": kind} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        request = urllib.request.Request(f"{self.address}{path.lstrip('/')}", data=sent, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def seek(self, name: str, example: Path) -> str:
        """The name of a concept with that one example."""
        self.ask("api/concepts", {"name": name})
        at = f"api/concepts/{quote(name, safe='')}/examples/picture?sign=1&name={example.name}"
        self.ask(at, data=example.read_bytes(), kind="image/jpeg")
        return name

    def log_of(self, concept: str) -> list[Entry]:
        """The answers in the store and what took them back, oldest first."""
        with Project.open(self.project) as project, project.read() as c:
            return labels.entries(c, concept)

    def answers(self, concept: str) -> dict[int, int]:
        """What counts in the store of every item that somebody answered."""
        with Project.open(self.project) as project, project.read() as c:
            return {label.item_id: label.value for label in labels.current(c, concept)}

    def follows(self, concept: str) -> dict[int, int]:
        """What counts, with what follows from answers."""
        with Project.open(self.project) as project, project.read() as c:
            return {label.item_id: label.value for label in labels.current(c, concept, also_propagated=True)}
