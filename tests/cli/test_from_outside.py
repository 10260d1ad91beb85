"""The program as others start it: exit codes, streams, pipes that close, and Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import media_making as making
import pytest
from process_watching import HAS_PROC, children, gone

RARAVIS = [sys.executable, "-m", "raravis"]
FIND = ("find", "yard", "--for", "red", "--like", "red.png", "--oracle", "oracle.csv", "--budget", "4", "--json")
FIND += ("--encoder", "toy")


def outside(*arguments: object, here: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
    command = [*RARAVIS, *map(str, arguments)]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=60, **settings)


def test_find_gives_json_on_stdout_and_the_rest_on_stderr(here: Path) -> None:
    shutil.rmtree(here / "raravis-project")
    done = outside(*FIND, here=here)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert list(told) == ["concept", "answers", "positives", "rounds", "seconds", "events", "exports"]
    assert told["answers"] == 4 and done.stdout.count("\n") == 1 and "18 items to look at" in done.stderr


def test_an_error_is_one_line_on_stderr_and_exit_1(here: Path) -> None:
    done = outside("find", "nowhere", "--for", "red", "--oracle", "oracle.csv", here=here)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {here}/nowhere: no such file or folder\n"


def test_a_reader_that_goes_away_gets_no_traceback(here: Path) -> None:
    with subprocess.Popen([*RARAVIS, "status"], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.close()
        said = child.stderr.read().decode()
    assert child.returncode in (0, 1) and "Traceback" not in said and "BrokenPipe" not in said


def test_keys_that_are_no_text_are_one_line(here: Path) -> None:
    assert outside("ask", "--for", "red", here=here).returncode == 0
    strict = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}  # what most locales give
    label = [*RARAVIS, "label", "--for", "red"]
    done = subprocess.run(label, cwd=here, env=strict, input=b"\xff\xfe", capture_output=True)
    assert done.returncode == 1 and b"Traceback" not in done.stderr
    assert b"the answers that come in are not text; wanted the keys" in done.stderr


def slow_collection(here: Path) -> None:
    shutil.rmtree(here / "raravis-project")
    for number in range(24):
        making.film(here / "yard" / "more" / f"{number}.mp4", 8, shade=40 + number)


def interrupt(here: Path, moment: Any) -> tuple[int, str]:
    """Ctrl-C to find and its workers when the moment has come, as a terminal sends it."""
    command = [*RARAVIS, *FIND, "--workers", "2"]
    with subprocess.Popen(
        command, cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        end = time.monotonic() + 30
        while not moment(child.pid) and time.monotonic() < end:
            time.sleep(0.005)
        workers = children(child.pid)
        os.killpg(child.pid, signal.SIGINT)
        assert child.stderr is not None
        said = child.stderr.read()
        child.wait(20)
    assert gone(workers)
    return child.returncode, said


@pytest.mark.skipif(not HAS_PROC, reason="no /proc to see children")
@pytest.mark.parametrize("moment", ["workers start", "pictures come"])
def test_ctrl_c_ends_everything_with_one_line_and_the_same_command_goes_on(here: Path, moment: str) -> None:
    slow_collection(here)
    come = {
        "workers start": lambda pid: len(children(pid)) >= 2,
        "pictures come": lambda _: any((here / "raravis-project").glob("thumbs/*/*.jpg")),
    }[moment]
    code, said = interrupt(here, come)
    assert code == 130 and "Traceback" not in said, said
    assert said.splitlines()[-1] == "stopped; everything answered is kept, the same command goes on from here"
    done = outside(*FIND, "--workers", 1, here=here)
    assert done.returncode == 0 and json.loads(done.stdout)["answers"] == 4
