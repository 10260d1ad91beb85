"""What the suite says and does about tests that this machine cannot run, in one process and spread over two."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
INI = "[pytest]\nmarkers =\n    data:\n    postgres:\naddopts = --strict-markers -p no:cacheprovider\n"
SUITE = """
import pytest
@pytest.mark.postgres
def test_server():
    pytest.skip("no server")
@pytest.mark.data
def test_data(data):
    assert data.name == "d"
def test_plain():
    pytest.skip("for a reason of its own")
"""
CTRL_C = """
import signal, subprocess, sys
HEARD = "import signal; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
def test_programs_hear_ctrl_c():
    assert subprocess.run([sys.executable, "-c", HEARD]).returncode == 0
"""
DEAF = """
import signal, sys, pytest
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.exit(pytest.main(sys.argv[1:]))
"""
SPREAD = ("-p", "xdist.plugin", "-n", "2", "--dist", "loadfile")


@pytest.fixture(params=[(), SPREAD], ids=["one process", "two"])
def options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """How pytest is started."""
    if request.param:
        pytest.importorskip("xdist", reason="pytest-xdist")
    return ("-q", "-ra", *request.param)


def run(folder: Path, *arguments: str, suite: str = SUITE, **environment: str) -> tuple[int, str]:
    """The exit status and what was said of a suite of its own, with this one's conftest.py."""
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    (folder / "test_suite.py").write_text(suite)
    (folder / "pytest.ini").write_text(INI)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RARAVIS_", "PYTEST_"))}
    kept["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and some take seconds
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=kept | environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout


def test_what_cannot_be_had_is_named_before_the_summary(tmp_path: Path, options: tuple[str, ...]) -> None:
    status, said = run(tmp_path, "-m", "pytest", *options)
    lines = said.splitlines()
    first = next(number for number, line in enumerate(lines) if "short test summary info" in line)
    assert lines[first - 1] == "not run here: data (RARAVIS_DATA is unset), postgres (no server)"
    assert status == 0 and "3 skipped" in lines[-1]


@pytest.mark.parametrize(
    ("data", "outcome"), [({}, "1 failed, 2 skipped"), ({"RARAVIS_DATA": "/d"}, "1 failed, 1 passed, 1 skipped")]
)
def test_where_all_is_required_such_a_skip_fails_but_for_the_data(
    tmp_path: Path, options: tuple[str, ...], data: dict[str, str], outcome: str
) -> None:
    status, said = run(tmp_path, "-m", "pytest", *options, RARAVIS_REQUIRE_ALL="1", **data)
    assert status == 1 and outcome in said
    assert "RARAVIS_REQUIRE_ALL=1, and postgres cannot be had: no server" in said


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_programs_hear_ctrl_c_though_whoever_started_the_suite_does_not(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    status, said = run(tmp_path, "-c", DEAF, *options, suite=CTRL_C)
    assert status == 0 and "1 passed" in said, said
