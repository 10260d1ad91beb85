"""A real browser before a real server. Whatever a test is about, no page of it may complain or ask elsewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import birds_making
import pytest
from birds_making import Birds
from person_making import PATIENCE, Person
from serving_making import Serving

from raravis.flow.answering.users import add_user
from raravis.store import Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while it is there an event loop runs in this thread, in which other tests run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


Copied = Callable[[str], Path]


@pytest.fixture(scope="package")
def copied(birds: Birds, tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """copied("name"): a project of the birds in which nothing was answered."""
    return lambda name: Path(shutil.copytree(birds.project, tmp_path_factory.mktemp("rooms") / name))


@pytest.fixture(scope="package")
def room(birds: Birds, copied: Copied) -> Iterator[Serving]:
    """Open to everybody here; each test seeks under a name of its own, and so is alone."""
    served = Serving(copied("open"), root=birds.films)
    yield served
    served.stop()


@pytest.fixture(scope="package")
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


class Windows:
    """Windows of the browser, each somebody's own; what their pages complain of, and whom else they ask, is kept."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[Any] = []
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.expected: list[str] = []  # patterns of complaints that belong to the test

    def open(self, address: str, *, width: int = 1280, height: int = 720, **how: Any) -> Page:
        context = self._browser.new_context(viewport={"width": width, "height": height}, **how)
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = context.new_page()
        host = urlsplit(address).netloc
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())  # leaving with something unsaved asks
        context.on("request", lambda asked: self._asked(asked.url, host))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def unexpected(self) -> list[str]:
        return [said for said in self.complaints if not any(re.search(known, said) for known in self.expected)]

    def _asked(self, url: str, host: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != host:
            self.elsewhere.append(url)


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
