from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import media_making as making
import pytest

from raravis.store import Project


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The yard, rendered once; never written to."""
    return making.yard(tmp_path_factory.mktemp("made") / "yard")


@pytest.fixture
def yard(made: Path, tmp_path: Path) -> Path:
    """A yard of the test's own: red in cam/a.mp4 at [2, 5) and in d.png; cam/b.mp4 and c.png have none."""
    return Path(shutil.copytree(made, tmp_path / "yard"))


@pytest.fixture
def oracle(tmp_path: Path) -> Path:
    return making.oracle(tmp_path / "oracle.csv", *making.YARD_ORACLE)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "project", create=True) as project:
        yield project
