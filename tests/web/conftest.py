from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import media_making as making
import pytest
from flow_making import collect
from starlette.testclient import TestClient

from raravis import flow
from raravis.flow.examples import add_examples
from raravis.store import Project
from raravis.web.app import app_of
from raravis.web.room import Room
from raravis.web.serving import open_room

WRITE = {"X-Raravis": "1"}  # what the page sends with every write


@pytest.fixture(scope="session")
def yard_seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the yard and a project where all of it is embedded, and "red" has an example."""
    folder = tmp_path_factory.mktemp("web")
    making.yard(folder / "yard")
    making.still(folder / "red.png", red=True, shade=100)
    with Project.open(folder / "project", create=True) as project:
        collect(project, folder / "yard")
        add_examples(project, "red", like=[folder / "red.png"])
    return folder


@pytest.fixture
def here(yard_seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all that; the folder in which the test runs."""
    shutil.copytree(yard_seen, tmp_path, dirs_exist_ok=True)
    with Project.open(tmp_path / "project") as project:
        flow.relocate(project, yard_seen / "yard", tmp_path / "yard")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(here: Path) -> Iterator[Project]:
    with Project.open(here / "project") as project:
        yield project


@pytest.fixture
def room(project: Project, here: Path) -> Iterator[Room]:
    """The room of the yard, in which nothing was answered yet."""
    room = open_room(project, roots=[here / "yard"])
    yield room
    room.close()


Client = Callable[..., TestClient]


@pytest.fixture
def client_of(room: Room) -> Iterator[Client]:
    """client_of() asks as the page does; client_of(headers={...}) as somebody else."""
    with ExitStack() as stack:

        def make(*, base_url: str = "http://127.0.0.1:8765", headers: dict[str, str] | None = None, **app: Any) -> Any:
            asking = TestClient(app_of(room, **app), base_url=base_url, headers=WRITE if headers is None else headers)
            return stack.enter_context(asking)

        yield make


@pytest.fixture
def client(client_of: Client) -> TestClient:
    """Somebody at this machine, while there are no users."""
    return client_of()
