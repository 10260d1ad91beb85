"""A million items into SQLite: ours against bare `executemany` of the same rows into the same table.

python benchmarks/insert.py [ITEMS]      asked: under 60 s, and at least half of the bare speed
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from raravis.store import Project, items, schema, sources
from raravis.types import Source

SOURCES = 1_000
BATCH = 50_000  # rows in one transaction, both ways
LIMIT_SECONDS, LIMIT_RATIO = 60.0, 0.5


def rows(n: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    pts = np.arange(n) // SOURCES * 1_001
    corner = rng.uniform(0, 0.5, (n, 2))
    boxes = np.hstack([corner, corner + rng.uniform(0.1, 0.5, (n, 2))])
    return np.arange(n) % SOURCES + 1, pts, pts + 1_001, boxes, rng.uniform(0, 1, n)


def ours(folder: Path, columns: tuple[np.ndarray, ...]) -> float:
    with Project.open(folder, create=True) as project:
        with project.begin() as c:
            for number in range(SOURCES):
                sources.add(c, Source(0, str(number), "video", 1920, 1080, Fraction(1, 30_000), 0, 1))
        began = time.perf_counter()
        for start in range(0, len(columns[0]), BATCH):
            with project.begin() as c:
                items.add(c, *(column[start : start + BATCH] for column in columns), "whole")
        seconds = time.perf_counter() - began
        show_reading(project)
    return seconds


def show_reading(project: Project) -> None:
    with project.read() as c:
        began = time.perf_counter()
        n = len(items.arrays(c))
        print(f"read back as columns: {n:,} in {time.perf_counter() - began:.2f} s")


def bare(path: Path, columns: tuple[np.ndarray, ...]) -> float:
    source_id, pts, end, boxes, score = columns
    ready = list(zip(*(v.tolist() for v in (source_id, pts, end, *boxes.T, score)), ["whole"] * len(pts), strict=True))
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON"):
        connection.execute(statement)
    for table in (schema.sources, schema.items):
        connection.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))
    known = [(number + 1, str(number), "video", 1, 1, 1, 1, 0, 1, 0, None, None) for number in range(SOURCES)]
    connection.executemany(f"INSERT INTO sources VALUES ({', '.join('?' * 12)})", known)
    names = ", ".join(f'"{column.name}"' for column in schema.items.c if column.name != "id")
    began = time.perf_counter()
    for start in range(0, len(ready), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            f"INSERT INTO items ({names}) VALUES ({', '.join('?' * 9)}) ON CONFLICT DO NOTHING",
            ready[start : start + BATCH],
        )
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def main(n: int) -> int:
    columns = rows(n)
    with tempfile.TemporaryDirectory() as folder:
        took, limit = ours(Path(folder) / "ours", columns), bare(Path(folder) / "bare.db", columns)
    print(f"ours: {n:,} items in {took:.1f} s ({n / took:,.0f}/s); bare executemany {limit:.1f} s")
    print(
        f"ours / limit: {limit / took:.2f} (asked: {LIMIT_RATIO}); seconds: {took:.1f} (asked: < {LIMIT_SECONDS:.0f})"
    )
    return 0 if limit / took >= LIMIT_RATIO and took < LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
