"""Reloads, a server that is killed, and several people: every answer is kept once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from birds_making import Birds
from person_making import Person
from serving_making import Serving
from windows_making import Copied, Windows

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GONE = [  # what a browser says of a server that is killed, by what it was doing
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_SOCKET_NOT_CONNECTED",
]


@pytest.fixture
def mortal(birds: Birds, copied: Copied) -> Iterator[Serving]:
    """A server that may be killed."""
    served = Serving(copied("mortal"), root=birds.films)
    served.seek("bird", birds.example)
    yield served
    served.stop()


def once_each(served: Serving, concept: str) -> dict[int, int | None]:
    """What the log says of each item; no item is in it twice."""
    entries = served.log_of(concept)
    twice = [item for item, times in Counter(entry.item_id for entry in entries).items() if times > 1]
    assert twice == []
    return {entry.item_id: entry.value for entry in entries}


def test_a_reload_in_mid_round_shows_the_same_batch_with_what_was_said(
    person: Person, room: Serving, sought: str
) -> None:
    person.answering(sought).press("y", "n", "u")
    before = person.chips
    person.page.reload()  # whether or not they were saved by then
    person.seeing().saved()
    assert person.chips == before
    assert once_each(room, sought) == dict(zip(before, (1, -1, 0), strict=False))


def test_a_server_killed_in_mid_round_costs_nothing_once_it_is_back(windows: Windows, mortal: Serving) -> None:
    windows.expected = GONE
    someone = Person(windows.open(mortal.address), mortal.address).answering("bird")
    items = someone.items
    someone.press("y", "n").saved()
    mortal.kill()
    someone.press("n", "u")
    told = someone.see("#unsaved:visible")
    someone.until("document.getElementById('unsaved').textContent.includes('2 answers')")
    assert "NOT saved" in told.inner_text()
    assert [someone.chips[item] for item in items] == ["yes", "no", "no", "unsure", "", ""]
    assert once_each(mortal, "bird") == {items[0]: 1, items[1]: -1}
    mortal.begin()
    someone.gone("#unsaved")
    someone.see(".state[data-state=live]")
    someone.press("y").saved()
    said = dict(zip(items, (1, -1, -1, 0, 1), strict=False))
    assert once_each(mortal, "bird") == said
    someone.page.reload()
    someone.seeing()
    assert someone.items == items
    assert [someone.chips[item] for item in items] == ["yes", "no", "no", "unsure", "yes", ""]


def test_what_was_not_saved_when_the_page_was_left_is_saved_when_somebody_comes_back(
    windows: Windows, mortal: Serving
) -> None:
    windows.expected = GONE
    page = windows.open(mortal.address)
    someone = Person(page, mortal.address).answering("bird")
    first, second = someone.items[:2]
    mortal.kill()
    someone.press("y", "n")
    someone.see("#unsaved:visible")
    page.goto("about:blank")
    mortal.begin()
    someone.answering("bird").saved()
    assert once_each(mortal, "bird") == {first: 1, second: -1}
    assert [someone.chips[item] for item in (first, second)] == ["yes", "no"]


def test_batches_whose_replies_were_lost_are_on_the_table_all_the_same(
    windows: Windows, person: Person, room: Serving, sought: str
) -> None:
    windows.expected = ["ERR_FAILED", "ERR_CONNECTION", "409"]
    lost: list[int] = []

    def lose(route: Route) -> None:
        """The server has lent a batch; nobody hears of it."""
        if route.request.method != "POST" or len(lost) == 3:
            return route.fallback()
        lost.append(route.fetch().status)
        return route.abort()

    person.page.route("**/batches", lose)
    person.answering(sought)
    assert lost
    assert set(lost) == {200}
    (oldest, *_) = room.ask(f"api/concepts/{sought}/batches")["batches"]
    assert person.items == [chip["item"] for chip in oldest["chips"]]


def test_two_people_at_once_are_shown_different_chips_and_each_answer_says_whose_it_is(
    windows: Windows, tokens: tuple[Serving, dict[str, str]], birds: Birds
) -> None:
    room, given = tokens
    concept = room.seek("two people", birds.example)
    people = {}
    for name in ("bob", "eve"):
        page = windows.open(room.address)
        page.goto(f"{room.address}#token={given[name]}")
        people[name] = Person(page, room.address)
        people[name].see("#shell")
    windows.expected = ["401"]
    batches = {name: someone.answering(concept).items for name, someone in people.items()}
    assert not set(batches["bob"]) & set(batches["eve"])
    shown = {
        name: [*batches[name], *someone.answer_batch(birds.truth), *someone.items] for name, someone in people.items()
    }
    assert not set(shown["bob"]) & set(shown["eve"])
    for someone in people.values():
        someone.saved()
    entries = room.log_of(concept)
    assert {name: {e.item_id for e in entries if e.by == name} for name in people} == {
        n: set(b) for n, b in batches.items()
    }
    assert len(entries) == len(batches["bob"]) + len(batches["eve"])
