"""kill -9 at ten random moments of `raravis find`: nothing acknowledged is lost, nothing is doubled, it goes on."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import media_making as making
import numpy as np
import pytest
from flow_making import keys, orphans, said, vectors
from process_watching import HAS_PROC, children, gone

from raravis.flow.embedding import thumb_path
from raravis.store import Project, labels, shards

LOOK, BUDGET = 4, 100
FILMS, SECONDS = 20, 16
ITEMS = FILMS * SECONDS * 5  # a keyframe a second, in it a frame and four tiles
QUESTION = re.compile(r"^ *(\d+)/(\d+)  ", re.MULTILINE)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_PROC, reason="no /proc to see children"),
]


@dataclass(frozen=True)
class Finding:
    """One project, and the command that is run, killed and run again in it."""

    folder: Path
    collection: Path

    def start(self, *, budget: int = BUDGET) -> subprocess.Popen[str]:
        """find with a person who says yes, no, and no to the rest of each look."""
        keyboard, like = self.folder.with_suffix(".keys"), self.collection.parent / "like.png"
        keyboard.write_text("yn\n" * 1000)
        options = f"--for red --encoder toy --detect tiles:2 --workers 2 --look {LOOK} --budget {budget} --like {like}"
        command = [sys.executable, "-m", "raravis", "find", str(self.collection), "--project", str(self.folder)]
        with keyboard.open() as stdin, self.told.open("w") as stderr:
            return subprocess.Popen(
                [*command, *options.split()], text=True, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr
            )

    @property
    def told(self) -> Path:
        """What the last run said."""
        return self.folder.with_suffix(".told")

    def run(self, *, budget: int = BUDGET) -> None:
        """To its end."""
        assert self.start(budget=budget).wait() == 0, self.told.read_text()

    def kill_when(self, come: Callable[[], bool], *, seconds_later: float = 0.0) -> int:
        """How many answers the killed run had acknowledged; its workers are gone."""
        child = self.start()
        while not come() and child.poll() is None:
            time.sleep(0.01)
        time.sleep(seconds_later)
        workers = children(child.pid)
        child.kill()
        child.wait()
        assert gone(workers), f"workers left behind: {workers}"
        return acknowledged(self.told.read_text())

    def reached(self, item: int) -> bool:
        """Whether embedding got to the item of that id: they are numbered, and embedded, about in the same order."""
        return thumb_path(self.folder / "thumbs", item).exists()

    def questions(self) -> int:
        """How many questions the last run put."""
        return len(QUESTION.findall(self.told.read_text()))


def acknowledged(told: str) -> int:
    """Answers that were kept when the last question was put: a question comes after the commit of the one before."""
    *whole, last = [QUESTION.findall(look) for look in told.split("Is it red?")]
    before = sum(int(asked[-1][1]) for asked in whole if asked)
    return before + (int(last[-1][0]) - 1 if last else 0)


def counted(project: Project) -> Counter[int]:
    """How many answers each item has in the log."""
    with project.read() as c:
        return Counter(label.item_id for label in labels.log(c, "red") if label.source != labels.PROPAGATED)


def vector_ids(project: Project) -> list[int]:
    with project.read() as c:
        opened = shards.open_all(c, project.vectors, "toy-1")
        return list(itertools.chain.from_iterable(shard.ids.tolist() for shard in opened))


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kill") / "in"
    for number in range(FILMS):
        making.film(folder / f"{number:02d}.mp4", SECONDS, red=[(number % 12, number % 12 + 3)], shade=70 + 4 * number)
    making.still(folder.parent / "like.png", red=True)
    return folder


@pytest.fixture(scope="module")
def undisturbed(collection: Path) -> Iterator[Project]:
    """What comes of a run that nobody kills."""
    finding = Finding(collection.parent / "undisturbed", collection)
    finding.run()
    with Project.open(finding.folder) as project:
        yield project


def test_killed_ten_times_it_loses_nothing_and_ends_like_a_run_that_was_not(
    collection: Path, undisturbed: Project, tmp_path: Path
) -> None:
    rng = np.random.default_rng(12)
    finding = Finding(tmp_path / "killed", collection)
    finding.kill_when(finding.folder.exists, seconds_later=rng.uniform(0, 0.2))  # while files are read
    for so_far in sorted(rng.integers(1, ITEMS, 4).tolist()):  # while items are embedded
        finding.kill_when(lambda n=so_far: finding.reached(n), seconds_later=rng.uniform(0, 0.02))  # type: ignore[misc]
    known: Counter[int] = Counter()
    acknowledged_in_all = 0
    for more in rng.integers(1, 20, 5).tolist():  # while somebody answers
        come, later = lambda n=more: finding.questions() >= n, rng.uniform(0, 0.02)
        acknowledged_in_all += finding.kill_when(come, seconds_later=later)
        with Project.open(finding.folder) as project:
            kept = counted(project)
        assert sum(kept.values()) >= acknowledged_in_all and known <= kept
        known = kept
    assert 5 <= acknowledged_in_all < BUDGET, "the kills came too early or too late to say anything"
    finding.run()

    with Project.open(finding.folder) as project:
        assert set(keys(project).values()) == set(keys(undisturbed).values())
        assert vectors(project) == vectors(undisturbed) and len(vectors(project)) == ITEMS
        assert len(vector_ids(project)) == len(set(vector_ids(project)))
        assert max(counted(project).values()) == 1 and known <= counted(project)
        assert len(said(project)) == len(said(undisturbed)) == BUDGET
        assert orphans(project) == []
