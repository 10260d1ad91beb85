from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import media_making as making
import pytest
from flow_making import collect

from raravis.store import Project, concepts

RED = [(0, 6), (20, 26), (40, 46)]  # seconds of the street in which it shows: three events, 18 of 60 keyframes


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


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of film with three events of six seconds, and its oracle beside the folder."""
    folder = tmp_path_factory.mktemp("street")
    making.film(folder / "film" / "street.mp4", 60, red=RED)
    making.oracle(folder / "oracle.csv", *(f"street.mp4,red,1,{start},{end}" for start, end in RED))
    return folder


@pytest.fixture(scope="session")
def made_once(street: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the street: a keyframe a second embedded, nothing answered about red."""
    folder = tmp_path_factory.mktemp("seen") / "project"
    with Project.open(folder, create=True) as project:
        collect(project, street / "film")
        with project.begin() as c:
            concepts.add(c, "red")
    return folder


@pytest.fixture
def seen(made_once: Path, tmp_path: Path) -> Iterator[Project]:
    """A copy of it."""
    shutil.copytree(made_once, tmp_path / "seen")
    with Project.open(tmp_path / "seen") as project:
        yield project
