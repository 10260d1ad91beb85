"""A real browser before a real server. Whatever a test is about, no page of it may complain or ask elsewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import birds_making
import pytest
from birds_making import Birds
from person_making import Person
from serving_making import Serving
from windows_making import Copied, Windows

from raravis.flow.answering.users import add_user
from raravis.store import Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROLES = {"ada": "admin", "bob": "labeller", "eve": "labeller", "vic": "viewer"}


@pytest.fixture(scope="session")
def birds(tmp_path_factory: pytest.TempPathFactory) -> Birds:
    return birds_making.make(tmp_path_factory.mktemp("birds"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """While it is there an event loop runs in this thread, so these tests come last."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def copied(birds: Birds, tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """copied("name"): a project of the birds in which nothing was answered."""
    return lambda name: Path(shutil.copytree(birds.project, tmp_path_factory.mktemp("rooms") / name))


@pytest.fixture(scope="session")
def room(birds: Birds, copied: Copied) -> Iterator[Serving]:
    """Open to everybody here; each test seeks under a name of its own, and so is alone."""
    served = Serving(copied("open"), root=birds.films)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def tokens(birds: Birds, copied: Copied) -> Iterator[tuple[Serving, dict[str, str]]]:
    """A room that wants a token, and everybody's."""
    folder = copied("closed")
    with Project.open(folder) as project:
        given = {name: add_user(project, name, role) for name, role in ROLES.items()}
    served = Serving(folder, root=birds.films, token=given["ada"])
    yield served, given
    served.stop()


@pytest.fixture
def sought(room: Serving, birds: Birds, request: pytest.FixtureRequest) -> str:
    """The name of what this test seeks, with an example."""
    return room.seek(re.sub(r"\W+", "-", request.node.name)[:60], birds.example)


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """At the end: no error in any console (what the Content-Security-Policy stops is one), no other host asked."""
    opened = Windows(browser)
    yield opened
    opened.close()
    assert opened.unexpected() == []
    assert opened.elsewhere == []


@pytest.fixture
def person(windows: Windows, room: Serving) -> Person:
    """Somebody before a fresh window, who saw no page yet."""
    return Person(windows.open(room.address), room.address)
