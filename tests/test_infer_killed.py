"""kill -9 at random moments of `raravis infer`: no row is lost or doubled, and the same command goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import media_making as making
import numpy as np
import pytest
from process_watching import HAS_PROC, children, gone

FILMS, SECONDS = 16, 16

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_PROC, reason="no /proc to see children"),
]


@dataclass(frozen=True)
class Inferring:
    """One file of rows, and the command that is run, killed and run again."""

    rows: Path
    collection: Path

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "red_double", "infer", "red.onnx", str(self.collection)]
        options = ["--out", str(self.rows), "--workers", "2", "--each", "--annotated", str(self.rows.with_suffix(".d"))]
        here = Path(__file__).parent
        return subprocess.Popen(
            [*command, *options], text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE, cwd=here
        )

    @property
    def finished(self) -> int:
        """Files that a line of the state stands for."""
        state = self.rows.with_name(f"{self.rows.name}.state")
        return state.read_bytes().count(b'\n{"name"') if state.exists() else -1

    def run(self) -> str:
        """To its end; what it says of it."""
        child = self.start()
        out, errors = child.communicate()
        assert child.returncode == 0, errors
        return out

    def stop_when(self, come: Callable[[], bool], *, seconds_later: float = 0.0, by: int = signal.SIGKILL) -> str:
        """What it said at last; its workers are gone."""
        child = self.start()
        while not come() and child.poll() is None:
            time.sleep(0.001)
        time.sleep(seconds_later)
        workers = children(child.pid)
        child.send_signal(by)
        said = child.communicate()[1]
        assert gone(workers), f"workers left behind: {workers}"
        return said


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed") / "in"
    for number in range(FILMS):
        making.film(folder / f"{number % 3}" / f"{number:02d}.mp4", SECONDS, red=[(number % 12, number % 12 + 3)])
        making.still(folder / f"s{number:02d}.png", red=True, shade=number)
    return folder


@pytest.fixture(scope="module")
def undisturbed(collection: Path) -> bytes:
    """The rows of a run that nobody kills: three of each film, one of each still."""
    inferring = Inferring(collection.parent / "undisturbed.jsonl", collection)
    assert f"{FILMS * 4} rows; files: {FILMS * 2} done, 0 failed, 0 skipped" in inferring.run()
    return inferring.rows.read_bytes()


def test_killed_four_times_it_ends_like_a_run_that_was_not(
    collection: Path, undisturbed: bytes, tmp_path: Path
) -> None:
    rng = np.random.default_rng(7)
    inferring = Inferring(tmp_path / "rows.jsonl", collection)
    inferring.stop_when(lambda: inferring.finished >= 0, seconds_later=rng.uniform(0, 0.05))
    for so_far in sorted(rng.integers(1, FILMS * 2, 3).tolist()):
        inferring.stop_when(lambda n=so_far: inferring.finished >= n, seconds_later=rng.uniform(0, 0.02))  # type: ignore[misc]
    assert inferring.finished > 5, "the kills came too early to say anything"
    inferring.run()
    assert inferring.rows.read_bytes() == undisturbed
    assert len(list(inferring.rows.with_suffix(".d").rglob("*.*"))) == FILMS * 2
    assert f"0 done, {FILMS * 2} known" in inferring.run() and inferring.rows.read_bytes() == undisturbed


def test_ctrl_c_says_how_to_go_on_and_it_does(collection: Path, undisturbed: bytes, tmp_path: Path) -> None:
    inferring = Inferring(tmp_path / "rows.jsonl", collection)
    said = inferring.stop_when(lambda: inferring.finished >= 5, by=signal.SIGINT)
    assert said == f"stopped; finished files are in {inferring.rows}; the same command goes on from there\n"
    inferring.run()
    assert inferring.rows.read_bytes() == undisturbed


def test_a_second_run_at_once_is_refused_in_one_line(collection: Path, tmp_path: Path) -> None:
    first = Inferring(tmp_path / "rows.jsonl", collection)
    seen: list[str] = []

    def second_ran() -> bool:
        if first.finished >= 0 and not seen:
            seen.append(first.start().communicate()[1])
        return bool(seen)

    first.stop_when(second_ran)
    assert seen == [f"error: {first.rows}: another infer is writing it; wait, or choose another --out\n"]
