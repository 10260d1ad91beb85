"""kill -9 at any moment loses nothing that was acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from store_making import fox_items

from raravis.store import Project, items, labels

OPEN = """
import sys, numpy as np
sys.path.insert(0, sys.argv[3])
from raravis.store import Project, items, labels
from store_making import add_items, says
project = Project.open(sys.argv[1], database=sys.argv[2] or None)
"""
ADD_ITEMS = """
for n in range(1_000_000):
    with project.begin() as c:
        add_items(c, 1, 500, first=1_000 + 500 * n)
    print(500 * (n + 1), flush=True)
"""
ADD_LABELS = """
for n in range(1_000_000):
    with project.begin() as c:
        id = labels.add(c, [says(1, 1, by=sys.argv[4])])
    print(id, flush=True)
"""


HERE = str(Path(__file__).parent)


def start(project: Project, database: str | None, what: str, by: str = "ann") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OPEN + what, str(project.folder), database or "", HERE, by]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acknowledged(child: subprocess.Popen[str], lines: int) -> list[int]:
    """The numbers that the child said were kept until it was killed, some lines on."""
    assert child.stdout is not None
    with child:
        said = [int(child.stdout.readline()) for _ in range(lines)]
        child.kill()
        return said + [int(line) for line in child.stdout.read().splitlines()]


@pytest.mark.parametrize("lines", [1, 4])
def test_items_that_were_acknowledged_survive_and_batches_stay_whole(
    project: Project, database: str | None, lines: int
) -> None:
    with project.begin() as c:
        known = len(fox_items(c))
    said = acknowledged(start(project, database, ADD_ITEMS), lines)[-1]
    with Project.open(project.folder, database=database) as again, again.read() as c:
        kept = items.count(c) - known
    assert kept >= said and kept % 500 == 0


def test_labels_that_were_acknowledged_survive_though_two_write_at_once(project: Project, database: str | None) -> None:
    with project.begin() as c:
        fox_items(c)
    children = [start(project, database, ADD_LABELS, by) for by in ("ann", "bob")]
    said = [acknowledged(child, 10) for child in children]
    with Project.open(project.folder, database=database) as again, again.begin() as c:
        kept = labels.log(c, "fox")
        assert labels.add(c, kept[:1]) == kept[-1].id + 1  # and it goes on
    by_id = {label.id: label.by for label in kept}
    assert list(by_id) == list(range(1, len(kept) + 1))
    assert {by_id[id] for id in said[0]} == {"ann"} and {by_id[id] for id in said[1]} == {"bob"}
