"""A box drawn on a frame, a moment that plays, and the moments around a chip."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from birds_making import SECONDS, Birds
from person_making import Person
from serving_making import Serving

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.browser
FRAME = 0.1  # seconds


@pytest.fixture
def at_it(person: Person, sought: str) -> Person:
    return person.answering(sought)


def test_a_box_drawn_with_the_mouse_is_stored_where_it_was_drawn(at_it: Person, room: Serving, sought: str) -> None:
    item = at_it.current
    at_it.press("b")
    surface = at_it.see("dialog.boxing .surface")
    at_it.until("document.querySelector('.surface img').naturalWidth > 0")
    frame = surface.bounding_box()
    assert frame is not None
    x, y, width, height = frame["x"], frame["y"], frame["width"], frame["height"]
    mouse = at_it.page.mouse
    mouse.move(x + 0.25 * width, y + 0.2 * height)
    mouse.down()
    mouse.move(x + 0.5 * width, y + 0.4 * height, steps=3)
    mouse.move(x + 0.75 * width, y + 0.6 * height, steps=3)
    mouse.up()
    at_it.press("Enter")
    at_it.until("document.querySelector(`#chip-${given}`).dataset.said === 'yes'", item)
    at_it.saved()
    (entry,) = room.log_of(sought)
    assert (entry.item_id, entry.value) == (item, 1)
    assert entry.box == pytest.approx((0.25, 0.2, 0.75, 0.6), abs=1.5 / width)
    assert at_it.chips[item] == "yes"


def test_a_box_can_be_drawn_by_keys_alone_and_kept_as_an_example(
    at_it: Person, room: Serving, birds: Birds, sought: str
) -> None:
    at_it.press("b")
    at_it.see("dialog.boxing .surface")
    at_it.press("ArrowRight", "ArrowRight", "Shift+ArrowDown", "m")  # one begins in the middle
    at_it.gone("dialog.boxing")
    at_it.see(".toast:has-text('Kept as an example')")
    examples = room.ask(f"api/concepts/{sought}/examples")["examples"]
    assert [example["sign"] for example in examples] == [1, 1]
    assert room.log_of(sought) == []  # an example is no answer


def test_a_moment_plays_from_where_it_was_asked_and_stops_at_a_frame(at_it: Person) -> None:
    at_it.press("p")
    at_it.see("dialog.player[open]")
    moment = _time(at_it)
    at_it.until("document.querySelector('dialog.player video').currentTime > 0")
    shown = at_it.page.evaluate("document.querySelector('dialog.player video').currentTime")
    assert moment - FRAME <= shown <= SECONDS
    at_it.press(" ")
    at_it.see("dialog.player .screen img:not([hidden])")
    at_it.until("document.querySelector('dialog.player .screen img').naturalWidth > 0")
    here = _time(at_it)
    for key, step in ((".", FRAME), (",", 0), (",", -FRAME)):
        at_it.press(key)
        at_it.until(f"Math.abs({TIME} - given) < 0.001", max(0.0, round(here + step, 3)))
    at_it.press("Escape")
    at_it.gone("dialog.player")


TIME = (
    "(([minutes, seconds]) => 60 * minutes + 1 * seconds)"
    "(document.querySelector('dialog.player output').textContent.split(' ')[0].split(':'))"
)


def _time(someone: Person) -> float:
    """Seconds that the player says."""
    someone.until("document.querySelector('dialog.player output')?.textContent")
    return float(someone.page.evaluate(TIME))


def test_the_player_takes_an_answer(at_it: Person, room: Serving, sought: str) -> None:
    item = at_it.current
    at_it.press("p")
    at_it.see("dialog.player .say.yes")
    at_it.press("y")
    at_it.see("dialog.player .say.yes[aria-pressed=true]")
    at_it.press("Escape")
    at_it.gone("dialog.player")
    at_it.saved()
    assert room.answers(sought) == {item: 1}


def test_an_event_on_a_timeline_plays_when_it_is_clicked(
    person: Person, room: Serving, birds: Birds, sought: str
) -> None:
    item = min(birds.truth.yes)
    answer = {"item": item, "value": 1, "round": None, "box": None}
    room.ask(f"api/concepts/{sought}/answers", {"answers": [answer]})
    person.open("standing", sought)
    person.see(".heat-strip .span").click()
    person.see("dialog.player video")
    chip = room.ask(f"api/items/{item}/strip?concept={sought}&n=5")
    begins = chip["chips"][chip["at"]]["seconds"]
    assert _time(person) == pytest.approx(begins, abs=1)


def test_a_sharper_picture_that_comes_while_the_mouse_shows_another_moment_is_there_when_it_leaves(
    person: Person, room: Serving, sought: str
) -> None:
    held: list[Route] = []
    person.page.route("**/thumb.jpg?w=320*", lambda route: held.append(route))
    item = person.answering(sought).current
    _shows_another_moment(person, room, sought, item)
    own = f"/media/items/{item}/thumb.jpg?w=320"
    with person.page.expect_response(lambda reply: own in reply.url):
        for route in held:
            route.continue_()
    person.page.wait_for_timeout(100)
    person.page.mouse.move(0, 0)
    person.until(f"document.querySelector('#chip-{item} .well img').src.includes(given)", own)


def _shows_another_moment(someone: Person, room: Serving, concept: str, item: int) -> None:
    """Moves the mouse to that side of a chip where something lies, and about there until it shows."""
    at = room.ask(f"api/items/{item}/strip?concept={concept}&n=11")["at"]
    well = someone.see(f"#chip-{item} .well").bounding_box()
    assert well is not None
    x, y = well["x"] + well["width"] * (0.05 if at else 0.95), well["y"] + well["height"] / 2
    late = time.monotonic() + 10
    while someone.page.locator(f"#chip-{item} .when").is_hidden():
        assert time.monotonic() < late
        for to in (x, x + 1):
            someone.page.mouse.move(to, y)
        someone.page.wait_for_timeout(20)
