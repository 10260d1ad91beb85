"""Windows that listen to what their pages complain of, and whom they ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from person_making import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Copied = Callable[[str], Path]


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
