"""Searches over HTTP against the same searcher called in this process: queries a second, and milliseconds a request.

    python benchmarks/service.py [--items 1000000] [--dimensions 512] [--kind ivf-sq8] [--clients 1 2 4]

A project of few sources is made and its index built by `raravis index`, timed; `raravis index serve` answers, a process
of its own on loopback. Vectors go there as base64 of float32, and ids and scores come back ("fields": []). Each round
measures both sides, one after the other; the median of the rounds counts. At last a vector is added while searches go
on. Asked: the answers are the same; with one client and 64 queries in a request at least 0.7 of the queries a second of
`Searcher.search`, called with the same 64; a build of at most 30 minutes; no request that fails. Status 1 where one of
these is missed. `--vectors real` needs RARAVIS_DATA.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import real_like

from raravis.flow.searching.searcher import Searcher, searcher
from raravis.store import Project, encoders, items, shards, sources
from raravis.types import Floats, Place, Source

LIMIT_RATIO, AT_BATCH, LIMIT_BUILD, LIMIT_SWAP = 0.7, 64, 1800.0, 600.0
ENCODER, A_SOURCE, MANY = "made", 100_000, 50_000
HEADERS = {"X-Raravis": "1", "Content-Type": "application/json"}


def fill(project: Project, data: np.ndarray) -> None:
    """Videos of 100,000 keyframes, a second apart, and their vectors (N, D)."""
    n = len(data)
    for number in range(-(-n // A_SOURCE)):
        count = min(A_SOURCE, n - number * A_SOURCE)
        place = Place(f"/made/{number}.mp4", f"{number}.mp4", f"{number}.mp4")
        source = Source(0, f"made-{number}", "video", 640, 480, Fraction(1, 1000), 0, count * 1000, (place,))
        with project.begin() as c:
            of = sources.add_all(c, [sources.New(source)])[0]
        for start in range(0, count, MANY):
            pts = np.arange(start, min(start + MANY, count)) * 1000
            whole = np.tile([0.0, 0.0, 1.0, 1.0], (len(pts), 1))
            with project.begin() as c:
                items.add(c, np.full(len(pts), of), pts, pts + 1000, whole, np.ones(len(pts)), "whole")
    with project.begin() as c:
        encoders.add(c, ENCODER, spec=ENCODER, dim=data.shape[1])
        written = shards.write(shards.folder_of(project.vectors, ENCODER), items.all_ids(c), data)
        shards.record(c, ENCODER, written)


def added(project: Project, vector: Floats) -> list[int]:
    """The id of a new item with this vector (D,)."""
    with project.begin() as c:
        of, last = sources.all(c)[0].id, int(items.all_ids(c)[-1])
        pts = np.array([A_SOURCE * 1000 + 7])
        items.add(c, np.array([of]), pts, pts + 1, np.array([[0.0, 0.0, 1.0, 1.0]]), np.ones(1), "whole")
        ids = np.array([last + 1])
        shards.record(c, ENCODER, shards.write(shards.folder_of(project.vectors, ENCODER), ids, vector[None]))
    return ids.tolist()


def made(kind: str, n: int, dim: int, cache: Path) -> tuple[np.ndarray, Floats]:
    """Vectors (n, dim) and queries (Q, dim)."""
    vectors, queries = real_like.collection(n, dim, cache) if kind == "real" else real_like.mixture(n, dim)
    return vectors.data, queries


@contextlib.contextmanager
def serving(project: Path) -> Iterator[int]:
    """The port of a server of the project."""
    command = [sys.executable, "-m", "raravis", "index", "serve", "--port", "0", "--project", str(project)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield int(re.findall(r":(\d+)/", server.stdout.readline())[0])
    finally:
        server.terminate()
        server.communicate()


class Client(threading.Thread):
    """Sends one request after the other for so many seconds."""

    def __init__(self, port: int, bodies: Sequence[bytes], seconds: float) -> None:
        super().__init__()
        self.server, self.bodies, self.seconds = http.client.HTTPConnection("127.0.0.1", port), bodies, seconds
        self.took: list[float] = []
        self.ask(bodies[0])  # connected, and warm

    def run(self) -> None:
        """Until the time is over."""
        end = time.perf_counter() + self.seconds
        while (begun := time.perf_counter()) < end:
            self.ask(self.bodies[len(self.took) % len(self.bodies)])
            self.took.append(time.perf_counter() - begun)

    def ask(self, body: bytes) -> bytes:
        """The answer."""
        self.server.request("POST", "/api/search", body, HEADERS)
        reply = self.server.getresponse()
        told = reply.read()
        assert reply.status == 200, told
        return told


def body_of(queries: Floats, k: int) -> bytes:
    packed = base64.b64encode(queries.astype("<f4").tobytes()).decode()
    vectors = {"base64": packed, "shape": list(queries.shape), "dtype": "float32"}
    return json.dumps({"vectors": vectors, "k": k, "fields": []}).encode()


def served(port: int, bodies: Sequence[bytes], clients: int, seconds: float) -> list[float]:
    """Seconds of each request, of so many clients at once."""
    several = [Client(port, bodies[i:] + bodies[:i], seconds) for i in range(clients)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    return [took for one in several for took in one.took]


def called(held: Searcher, batches: Sequence[Floats], k: int, seconds: float) -> float:
    """Queries a second of the searcher itself."""
    begun, done = time.perf_counter(), 0
    while time.perf_counter() < begun + seconds:
        done += len(held.search(batches[done % len(batches)], k)[0])
    return done / (time.perf_counter() - begun)


def same(port: int, held: Searcher, queries: Floats, k: int) -> bool:
    """Whether the service gives the items that the searcher gives."""
    told = json.loads(Client(port, [body_of(queries, k)], 0).ask(body_of(queries, k)))
    rows, _ = held.search(queries, k)
    return bool(np.array_equal([one["ids"] for one in told["results"]], held.collection.vectors.ids[rows]))


def compared(port: int, held: Searcher, queries: Floats, batch: int, clients: int, given: Any) -> float:
    """Queries a second of the service over those of the searcher; prints both."""
    batches = [queries[i : i + batch] for i in range(0, len(queries) - batch + 1, batch)][:50]
    bodies = [body_of(one, given.k) for one in batches]
    ratios, rates, took = [], [], []
    for _ in range(given.rounds):
        own = called(held, batches, given.k, given.seconds)
        spent = served(port, bodies, clients, given.seconds)
        rates.append((own, len(spent) * batch / given.seconds))
        ratios.append(rates[-1][1] / own)
        took += spent
    (own, over), ratio = np.median(rates, axis=0), statistics.median(ratios)
    p50, p95 = np.quantile(took, [0.5, 0.95]) * 1e3
    print(
        f"batch {batch:4d}, {clients} clients: {over:8.0f} queries/s, p50 {p50:7.2f} ms, p95 {p95:7.2f} ms a request;"
        f" in process {own:8.0f} queries/s; ratio {ratio:.2f}"
    )
    return ratio


def built(project: Path, kind: str, recall: float) -> float:
    """Seconds of `raravis index`."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "raravis", "index", "--kind", kind, "--recall", str(recall)]
    subprocess.run([*command, "--project", str(project)], check=True)
    return time.perf_counter() - begun


def swapped(port: int, project: Project, queries: Floats, k: int) -> None:
    """Prints how soon a new vector is found, and how long requests take meanwhile; the next is sent as one ends."""
    query = np.asarray(queries[0] / np.linalg.norm(queries[0]), np.float32)
    (new,) = added(project, query)  # takes longer than a connection may be idle
    client, took, begun = Client(port, [body_of(query[None], k)], 0), list[float](), time.perf_counter()
    found = False
    while not found and sum(took) < LIMIT_SWAP:
        sent = time.perf_counter()
        found = json.loads(client.ask(client.bodies[0]))["results"][0]["ids"][0] == new
        took.append(time.perf_counter() - sent)
    p50, p95, most = np.quantile(took, [0.5, 0.95, 1.0]) * 1e3
    after = time.perf_counter() - begun
    print(
        f"a vector added is found: {found}, after {after:.1f} s, in which {len(took)} requests took "
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, at most {most:.0f} ms; none failed"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--kind", default="ivf-sq8", help="exact, ivf-sq8, ivf-rabitq")
    parser.add_argument("--recall", type=float, default=0.95)
    parser.add_argument("--vectors", choices=("real", "mixture"), default="mixture")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "raravis-real-like.npz")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, AT_BATCH])
    parser.add_argument("-k", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder, Project.open(Path(folder) / "project", create=True) as project:
        begun = time.perf_counter()
        data, queries = made(given.vectors, given.items, given.dimensions, given.cache)
        fill(project, data)
        del data
        spent = time.perf_counter() - begun
        print(f"{given.items:,} x {given.dimensions}, {given.vectors}: project made in {spent:.0f} s")
        took = built(project.folder, given.kind, given.recall)
        print(f"raravis index --kind {given.kind}: {took:.0f} s (asked: at most {LIMIT_BUILD:.0f})", flush=True)
        missed |= took > LIMIT_BUILD
        begun = time.perf_counter()
        with serving(project.folder) as port:
            print(f"raravis index serve: ready after {time.perf_counter() - begun:.1f} s", flush=True)
            held = searcher(project)
            alike = same(port, held, queries[:AT_BATCH], given.k)
            print(f"the same items over HTTP: {alike} (asked: True)")
            missed |= not alike
            for batch in given.batches:
                for clients in given.clients:
                    ratio = compared(port, held, queries, batch, clients, given)
                    if (batch, clients) == (AT_BATCH, 1):
                        print(f"  ratio {ratio:.2f} (asked: at least {LIMIT_RATIO})")
                        missed |= ratio < LIMIT_RATIO
            swapped(port, project, queries, given.k)
    sys.exit(missed)


if __name__ == "__main__":
    main()
