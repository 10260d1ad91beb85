"""The server speaks to nobody but those who ask it: every name looked up and every connection made is heard of."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

HEARD = """
import json, sys
LOCAL = ("127.", "::1", "localhost")
def hear(event, arguments):
    if event not in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"):
        return
    host = arguments[0] if event.startswith("socket.get") else arguments[1]
    host = host[0] if isinstance(host, tuple) else host
    if isinstance(host, str) and not host.startswith(LOCAL) and not host.startswith("/"):
        print("OUTBOUND", event, host, file=sys.stderr, flush=True)
sys.addaudithook(hear)
"""
FILM = "3"  # the number of one of the films
WITH = "?pts=0&from=0&to=1&concept=red"  # what some of the addresses want to be told
SERVE = HEARD + "from raravis.cli import main; sys.argv[0] = 'raravis'; main()"
CALL_OUT = (
    HEARD
    + """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
    out.connect(("192.0.2.1", 9))
"""
)


def test_what_is_heard_of_is_what_goes_out() -> None:
    done = subprocess.run([sys.executable, "-c", CALL_OUT], capture_output=True, text=True, check=False)
    assert done.stderr.startswith("OUTBOUND socket.connect 192.0.2.1")


def test_a_tour_of_the_server_makes_no_outbound_connection_whatever_the_environment_asks_for(here: Path) -> None:
    asked_for = {  # what would make a framework report to somebody
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318",
    }
    command = [sys.executable, "-c", SERVE, "serve", "--project", "project", "--port", "0", "--no-open"]
    with subprocess.Popen(
        [*command, "--root", "yard"],
        cwd=here,
        env={**os.environ, **asked_for},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdout is not None
        port = int(serving.stdout.readline().rpartition(":")[2].strip("/\n"))
        try:
            codes = tour(port)
        finally:
            serving.terminate()
            _, said = serving.communicate(timeout=20)
    looked_at = (
        "/",
        "/api/collection",
        "/media/items/1/frame.jpg",
        f"/media/sources/{FILM}/clip.mp4",
        "/api/items/1/strip",
    )
    assert [codes[path] for path in (*looked_at, "/api/concepts/red/search")] == [200] * 6, codes
    assert "OUTBOUND" not in said, said


def tour(port: int) -> dict[str, int]:
    """The status of each page, each thing that can be asked for without more, and one of each kind of write."""
    paths = list(ask(port, "GET", "/api/openapi.json")[1]["paths"])
    filled = [_filled(path) for path in paths if path != "/api/live"]
    codes = {path: ask(port, "GET", path + WITH)[0] for path in ["/", "/api/docs", *filled]}
    batch = ask(port, "POST", "/api/concepts/red/batches", {"k": 3})[1]
    given = [{"item": chip["item"], "round": chip["round"], "value": 1} for chip in batch["chips"]]
    ask(port, "POST", "/api/concepts/red/answers", {"answers": given})
    ask(port, "POST", "/api/jobs", {"root": 0, "path": "cam"})
    ask(port, "POST", "/api/concepts/red/exports", {"formats": ["csv"]})
    codes["/api/concepts/red/search"] = ask(port, "POST", "/api/concepts/red/search", {})[0]
    return codes


def _filled(path: str) -> str:
    path = path.replace("{source_id}", FILM)
    return re.sub(r"\{\w*id\}", "1", path).replace("{name}", "red").replace("{format}", "csv")


def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"X-Raravis": "1", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if answer.headers.get_content_type() == "application/json" else data
    finally:
        connection.close()
