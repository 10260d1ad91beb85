"""What the suite says and does about tests that this machine cannot run."""

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


def run(folder: Path, **environment: str) -> tuple[int, str]:
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text(INI)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RARAVIS_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-ra"]
    done = subprocess.run(command, cwd=folder, env=kept | environment, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_what_cannot_be_had_is_named_before_the_summary(tmp_path: Path) -> None:
    status, said = run(tmp_path)
    lines = said.splitlines()
    first = next(number for number, line in enumerate(lines) if "short test summary info" in line)
    assert lines[first - 1] == "not run here: data (RARAVIS_DATA is unset), postgres (no server)"
    assert status == 0 and "3 skipped" in lines[-1]


@pytest.mark.parametrize(
    ("data", "outcome"), [({}, "1 failed, 2 skipped"), ({"RARAVIS_DATA": "/d"}, "1 failed, 1 passed, 1 skipped")]
)
def test_where_all_is_required_such_a_skip_fails_but_for_the_data(
    tmp_path: Path, data: dict[str, str], outcome: str
) -> None:
    status, said = run(tmp_path, RARAVIS_REQUIRE_ALL="1", **data)
    assert status == 1 and outcome in said
    assert "RARAVIS_REQUIRE_ALL=1, and postgres cannot be had: no server" in said
