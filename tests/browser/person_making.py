"""A person at the page: presses keys, looks at what is there, waits until something is so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from birds_making import Truth

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE = 30_000  # milliseconds: a slow machine is no failure
UNSAVED = "Object.keys(localStorage).some((key) => key.startsWith('raravis.unsaved.'))"


class Person:
    """Somebody before a page of `address`; `keys` counts what they pressed."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.keys = 0

    def open(self, name: str = "", concept: str = "") -> Person:
        """Goes to a page by its address."""
        self.page.goto(f"{self.address}#/{name}{f'/{concept}' if concept else ''}")
        return self

    def answering(self, concept: str) -> Person:
        """Goes to the answering of a concept, and waits for the pictures of the first batch."""
        self.open("answer", concept)
        return self.seeing()

    def seeing(self) -> Person:
        """Waits until every picture of the batch is there, as long as "all the rest: no" wants it to be."""
        self.until("document.querySelectorAll('.chip').length > 0")
        self.until("[...document.querySelectorAll('.chip .well img')].every((img) => img.complete && img.naturalWidth)")
        return self

    def press(self, *keys: str) -> Person:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1
        return self

    def until(self, truth: str, given: Any = None) -> None:
        """Waits until a JavaScript expression is true of the page and of what is `given`.

        By looking again and again: the page's Content-Security-Policy stops Playwright's own way, which is an eval.
        """
        late = time.monotonic() + PATIENCE / 1000
        while not self.page.evaluate(f"(given) => Boolean({truth})", given):
            assert time.monotonic() < late, f"never so: {truth}, with {given}"
            self.page.wait_for_timeout(20)

    def saved(self) -> Person:
        """Waits until the server has confirmed everything that was said."""
        self.until(f"!({UNSAVED})")
        return self

    def see(self, selector: str) -> Locator:
        """The first of what is there by then."""
        found = self.page.locator(selector).first
        found.wait_for(timeout=PATIENCE)
        return found

    def gone(self, selector: str) -> None:
        self.page.locator(selector).first.wait_for(state="hidden", timeout=PATIENCE)

    @property
    def chips(self) -> dict[int, str]:
        """What was said of each chip on the table, "" where nothing was; in the order shown."""
        read = "[...document.querySelectorAll('.chip')].map((chip) => [chip.dataset.item, chip.dataset.said])"
        return {int(item): said for item, said in self.page.evaluate(read)}

    @property
    def items(self) -> list[int]:
        return list(self.chips)

    @property
    def current(self) -> int:
        """The item that a key answers."""
        return int(self.page.evaluate("document.querySelector('.chip.current').dataset.item"))

    @property
    def chosen(self) -> list[int]:
        """The items of the block."""
        read = "[...document.querySelectorAll('.chip[aria-selected=true]')].map((chip) => chip.dataset.item)"
        return [int(item) for item in self.page.evaluate(read)]

    def answer(self, truth: Truth) -> int:
        """The item that was answered, as it is."""
        item = self.current
        self.press(truth.key(item))
        return item

    def answer_batch(self, truth: Truth) -> list[int]:
        """The items of the batch on the table, answered one by one; the next one is there."""
        batch = self.items
        for item in batch:
            if self.chips.get(item) == "":
                self.until("document.querySelector('.chip.current')?.dataset.item === given", str(item))
                self.press(truth.key(item))
        self.until("!given.some((item) => document.querySelector(`.chip[data-item='${item}']`))", batch)
        self.seeing()
        return batch
