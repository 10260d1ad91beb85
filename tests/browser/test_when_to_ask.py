"""When the page asks for the next batch: after the last answer where batches come quickly, else before it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from birds_making import Birds
from person_making import Person
from serving_making import Serving

from raravis.store import Project, rounds
from raravis.types import Round

if TYPE_CHECKING:
    from playwright.sync_api import Request, Route

pytestmark = pytest.mark.browser

SLOW = 0.4  # seconds; 0.25 are quick
# The page's own watch and alarms. At first the watch stands and no alarm goes off: every batch comes quickly, however
# slow this machine. Once `window.going` the watch goes in steps of 100 ms, from when one looks at it first.
WATCH = """
    const now = performance.now.bind(performance), wait = window.setTimeout.bind(window);
    let since;
    performance.now = () => (window.going ? 100 * Math.floor((now() - (since ??= now())) / 100) : 0);
    window.setTimeout = (act, ms = 0) => wait(act, window.going ? ms : 1000 * ms);
"""
AT_ONCE = "(keys) => keys.forEach((key) => document.dispatchEvent(new KeyboardEvent('keydown', { key })))"
OPEN = "document.querySelectorAll('.chip[data-said=\"\"]').length"


@pytest.fixture
def quick(person: Person) -> Person:
    """Somebody to whom every batch comes quickly."""
    person.page.add_init_script(WATCH)
    return person


@pytest.fixture
def slow(person: Person) -> Person:
    """Somebody to whom every batch comes slowly."""
    person.page.route("**/batches", after(SLOW))
    return person


def after(seconds: float) -> Callable[[Route], None]:
    """What lets a request go on only then."""

    def wait(route: Route) -> None:
        time.sleep(seconds)
        route.fallback()

    return wait


def writes(someone: Person) -> list[str]:
    """What the page writes from now on, as it goes out, "answers" or "batches", and "kept" when an answer is."""
    told: list[str] = []

    def hear(request: Request, names: dict[str, str]) -> None:
        name = request.url.rpartition("/")[2]
        if request.method == "POST" and name in names:
            told.append(names[name])

    someone.page.on("request", lambda one: hear(one, {"answers": "answers", "batches": "batches"}))
    someone.page.on("requestfinished", lambda one: hear(one, {"answers": "kept"}))
    return told


def batches(served: Serving, concept: str) -> list[Round]:
    with Project.open(served.project) as project, project.read() as c:
        return rounds.all(c, concept)


def all_but_the_last(someone: Person, birds: Birds) -> list[int]:
    """The batch on the table, of which one chip is open and everything said is kept."""
    batch = someone.items
    for _ in batch[1:]:
        someone.answer(birds.truth)
    someone.saved()
    return batch


def test_where_batches_come_quickly_the_next_goes_by_every_answer_to_the_last(
    quick: Person, room: Serving, birds: Birds, sought: str
) -> None:
    told = writes(quick)
    quick.answering(sought)
    for _ in range(2):
        quick.answer_batch(birds.truth)
    heard = {entry.item_id: entry.id for entry in room.log_of(sought)}
    first, second, third = batches(room, sought)
    for before, made in ((first, second), (second, third)):
        assert max(heard[item] for item in before.ids) <= made.labels_up_to
        assert not made.params.get("withheld")
    kept = [told[:at].count("kept") for at, what in enumerate(told) if what == "batches"]
    assert kept == [0, len(first.ids), len(first.ids) + len(second.ids)]


def test_where_batches_come_quickly_questions_about_ends_come_by_themselves(
    quick: Person, room: Serving, birds: Birds, sought: str
) -> None:
    quick.answering(sought)
    while not birds.truth.yes.intersection(quick.answer_batch(birds.truth)):
        assert quick.keys < 60
    (newest,) = batches(room, sought)[-1:]
    assert set(newest.reason) == {"end"}
    assert quick.items == list(newest.ids)


def test_where_batches_come_slowly_the_next_is_asked_for_ahead(
    slow: Person, room: Serving, birds: Birds, sought: str
) -> None:
    told = writes(slow)
    slow.answering(sought)
    for _ in range(3):
        slow.answer(birds.truth)
    slow.saved()
    assert (slow.page.evaluate(OPEN), told.count("batches")) == (3, 1)
    with slow.page.expect_request("**/batches"):
        slow.answer(birds.truth)
    rest = [item for item, said in slow.chips.items() if not said]
    assert len(rest) == 2
    slow.answer_batch(birds.truth)
    second = batches(room, sought)[1]
    assert set(second.params["withheld"]) == set(rest)
    assert slow.items == list(second.ids)


def test_an_answer_that_takes_long_to_be_kept_keeps_nobody_from_the_next_batch(
    quick: Person, room: Serving, birds: Birds, sought: str
) -> None:
    quick.answering(sought)
    batch = all_but_the_last(quick, birds)
    quick.page.evaluate("window.going = true")
    held: list[Route] = []
    quick.page.route("**/answers", lambda route: held.append(route))
    with quick.page.expect_request("**/batches"):
        quick.answer(birds.truth)
    quick.until("!document.querySelector(`#chip-${given}`)", batch[0])
    assert len(room.answers(sought)) == len(batch) - 1
    held[0].continue_()
    quick.saved()
    assert set(room.answers(sought)) == set(batch)


def test_a_wait_that_a_coarse_clock_takes_for_quick_at_first_comes_to_an_end(
    quick: Person, birds: Birds, sought: str
) -> None:
    quick.answering(sought)
    batch = all_but_the_last(quick, birds)
    quick.page.evaluate("window.going = true")
    quick.page.route("**/answers", after(0.7))
    quick.answer(birds.truth)
    quick.until("!document.querySelector(`#chip-${given}`)", batch[0])
    quick.seeing().saved()


def test_an_undo_before_the_last_answer_is_kept_takes_back_that_a_batch_is_wanted(
    quick: Person, room: Serving, birds: Birds, sought: str
) -> None:
    quick.answering(sought)
    batch = all_but_the_last(quick, birds)
    told = writes(quick)
    quick.page.evaluate("window.going = true")
    held: list[Route] = []
    quick.page.route("**/answers", lambda route: held.append(route))
    with quick.page.expect_request("**/answers"):
        quick.page.evaluate(AT_ONCE, ["y", "z"])
    quick.page.wait_for_timeout(400)
    assert (quick.current, quick.chips[batch[-1]], told) == (batch[-1], "", ["answers"])
    held[0].continue_()
    quick.page.unroute("**/answers")
    quick.saved()
    quick.page.evaluate("window.going = false")
    quick.answer_batch(birds.truth)
    assert told == ["answers", "kept", "answers", "kept", "batches"]
    assert room.answers(sought) == {item: birds.truth.value(item) for item in batch}


def test_where_nothing_was_left_to_ask_it_is_looked_again_when_all_is_kept(
    slow: Person, birds: Birds, sought: str
) -> None:
    slow.answering(sought)
    slow.page.route("**/batches", nothing_left)
    batch = all_but_the_last(slow, birds)
    held: list[Route] = []
    slow.page.route("**/answers", lambda route: held.append(route))
    with slow.page.expect_request("**/batches"):
        slow.answer(birds.truth)
    slow.see("text=Nothing is left to ask")
    slow.page.unroute("**/batches", nothing_left)
    held[0].continue_()
    slow.until("!document.querySelector(`#chip-${given}`)", batch[0])
    slow.seeing().saved()


def nothing_left(route: Route) -> None:
    route.fulfill(json={"chips": [], "why": "nothing is left to ask", "left": None})


def test_until_the_page_knows_what_is_open_it_asks_for_no_batch(person: Person, sought: str) -> None:
    told = writes(person)
    held: list[Route] = []
    person.page.route("**/batches", lambda route: route.fallback() if held else held.append(route))
    with person.page.expect_request("**/batches"):
        person.open("answer", sought)
    person.see(".state[data-state=live]")
    person.page.evaluate("window.dispatchEvent(new Event('online'))")  # the queue looks, and nothing waits
    person.page.wait_for_timeout(100)
    assert (held[0].request.method, told) == ("GET", [])
    held[0].continue_()
    person.seeing()
    assert told == ["batches"]


def test_an_undo_while_the_next_batch_is_on_its_way_opens_the_chip_again(
    quick: Person, room: Serving, birds: Birds, sought: str
) -> None:
    quick.answering(sought)
    batch = all_but_the_last(quick, birds)
    held: list[Route] = []
    quick.page.route("**/batches", lambda route: held.append(route))
    with quick.page.expect_request("**/batches"):
        quick.press("y")
    quick.press("z").saved()
    with quick.page.expect_response("**/batches"):
        held[0].continue_()
    quick.page.unroute("**/batches")
    assert (quick.items, quick.current, quick.chips[batch[-1]]) == (batch, batch[-1], "")
    quick.answer_batch(birds.truth)
    quick.saved()
    assert not set(batch) & set(quick.items)
    assert room.answers(sought) == {item: birds.truth.value(item) for item in batch}


def test_where_batches_come_slowly_nobody_waits_beside_a_single_question_about_an_end(
    slow: Person, room: Serving, birds: Birds, sought: str
) -> None:
    answer = {"item": max(birds.truth.yes), "value": 1, "round": None, "box": None}
    room.ask(f"api/concepts/{sought}/answers", {"answers": [answer]})
    slow.answering(sought)
    ends = slow.items
    assert len(ends) <= 2
    late = time.monotonic() + 10
    while len(made := batches(room, sought)) < 2:
        assert time.monotonic() < late
        slow.page.wait_for_timeout(20)
    assert len(made[1].ids) == 6
    assert slow.items == ends
