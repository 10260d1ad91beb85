"""How it looks and feels: light and dark, contrast, the keyboard, small windows, a million items."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from birds_making import Birds
from person_making import Person
from serving_making import Serving
from windows_making import Windows

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.browser

PAGES = {  # page → what is there once it is
    "": ".concepts .card",
    "start": ".match .well img",
    "answer": ".chip.current",
    "standing": ".heat-strip",
    "events": ".events h2",
    "browse": ".tile img",
    "people": "#user",
}
DARK, LIGHT = "rgb(22, 22, 22)", "rgb(247, 247, 246)"
MILLION = 1_000_000
AA, AA_LARGE = 4.5, 3.0
WORDS = ("ink", "soft", "yes", "no", "unsure", "accent")
GROUNDS = ("paper", "raised", "sunk")
WASHED = (
    ("yes", "yes-wash"),
    ("no", "no-wash"),
    ("unsure", "unsure-wash"),
    ("accent", "accent-wash"),
    ("ink", "no-wash"),
)


def goes_to(someone: Person, name: str, concept: str) -> None:
    someone.open(name, concept if name not in ("", "people") else "")
    someone.see(PAGES[name])


def ground(someone: Person) -> str:
    return str(someone.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_dark_where_the_system_is_dark_and_the_button_turns_it_and_it_stays_so(
    windows: Windows, room: Serving, sought: str
) -> None:
    someone = Person(windows.open(room.address, color_scheme="dark"), room.address)
    goes_to(someone, "", sought)
    assert ground(someone) == DARK
    someone.see("button[aria-label='Theme: system']").click()
    assert ground(someone) == LIGHT
    someone.page.reload()
    someone.see("button[aria-label='Theme: light']").click()
    assert ground(someone) == DARK


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground_as_wcag_aa_wants(
    windows: Windows, room: Serving, sought: str, scheme: str
) -> None:
    someone = Person(windows.open(room.address, color_scheme=scheme), room.address)
    goes_to(someone, "", sought)
    colour = _colours(someone)
    words = [(word, on) for word in WORDS for on in GROUNDS] + [*WASHED, ("on-accent", "accent")]
    weak = {pair: round(_contrast(*map(colour, pair)), 2) for pair in words}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < AA} == {}
    signs = {(sign, on): _contrast(colour(sign), colour(on)) for sign in ("focus", "edge") for on in GROUNDS}
    assert {pair: round(ratio, 2) for pair, ratio in signs.items() if ratio < AA_LARGE} == {}


def _colours(someone: Person) -> Callable[[str], list[int]]:
    """red, green and blue of a token, as the page has it just now."""
    code = """(name) => {
        const probe = document.createElement("i");
        probe.style.color = `var(--${name})`;
        document.body.append(probe);
        const found = getComputedStyle(probe).color.match(/[0-9.]+/g).map(Number);
        probe.remove();
        return found;
    }"""
    return lambda name: someone.page.evaluate(code, name)[:3]


def _contrast(one: list[int], other: list[int]) -> float:
    """WCAG 2.2's contrast ratio, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: list[int]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (c / 255 for c in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_contrast_of_black_on_white_is_21_and_of_a_colour_on_itself_1() -> None:
    assert _contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert _contrast([26, 95, 180], [26, 95, 180]) == 1


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768)])
def test_no_page_scrolls_sideways(windows: Windows, room: Serving, sought: str, width: int, height: int) -> None:
    tablet = width == 1024
    page = windows.open(room.address, width=width, height=height, has_touch=tablet, is_mobile=tablet)
    someone = Person(page, room.address)
    for name in PAGES:
        goes_to(someone, name, sought)
        wide = "Math.max(document.documentElement.scrollWidth, document.getElementById('main').scrollWidth)"
        assert page.evaluate(wide) <= width, name


def test_the_whole_grid_and_all_its_buttons_are_in_sight_at_1280_by_720(person: Person, sought: str) -> None:
    person.answering(sought)
    lowest = (
        "Math.max(...[...document.querySelectorAll('.chip, .act')].map((each) => each.getBoundingClientRect().bottom))"
    )
    assert person.page.evaluate(lowest) <= 720


@pytest.mark.parametrize("name", [name for name in PAGES if name != "answer"])
def test_tab_goes_through_a_page_and_one_sees_where_one_is(person: Person, sought: str, name: str) -> None:
    goes_to(person, name, sought)
    stops = set()
    for _ in range(14):
        person.press("Tab")
        assert person.page.evaluate(WITHOUT_RING) is None
        stops.add(person.page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
    assert len(stops) > 4


WITHOUT_RING = """() => {
    const at = document.activeElement, within = document.getElementById(at.getAttribute("aria-activedescendant"));
    const {outlineStyle, outlineWidth} = getComputedStyle(within ?? at);
    const drawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    return drawn || at === document.body ? null : at.outerHTML.slice(0, 100);
}"""


def test_the_chip_one_is_at_has_the_focus_and_a_ring_around_it(person: Person, sought: str) -> None:
    person.answering(sought).press("ArrowRight")
    at = person.page.evaluate("document.activeElement.dataset.item")
    ring = person.page.evaluate("getComputedStyle(document.activeElement).outline")
    assert int(at) == person.current
    assert "solid 3px" in ring


def test_everything_that_can_be_reached_has_a_name_for_a_screen_reader(person: Person, sought: str) -> None:
    for name in PAGES:
        goes_to(person, name, sought)
        assert person.page.evaluate(UNNAMED) == [], name


UNNAMED = """() => {
    const all = [...document.querySelectorAll("button, a, input, select, [role=gridcell], [role=slider]")];
    const reached = (each) => each.checkVisibility() && each.tabIndex >= 0 && !each.closest("[aria-hidden=true]");
    const named = (each) => each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length;
    return all.filter((each) => reached(each) && !named(each)).map((each) => each.outerHTML.slice(0, 120));
}"""


def test_a_million_items_are_scrolled_with_a_few_elements(person: Person, sought: str) -> None:
    asked: list[int] = []
    person.page.route(f"**/api/concepts/{sought}/items?*", lambda route: route.fulfill(body=_million(route, asked)))
    person.page.route("**/media/items/**", lambda route: route.fulfill(body=PIXEL, content_type="image/gif"))
    person.open("browse", sought)
    person.until("document.querySelector('.browse [role=status]')?.textContent === '1,000,000 items'")
    most = 0
    for share in (0.1, 0.5, 0.9, 1, 0.3, 0):
        person.page.evaluate(
            "(share) => { const at = document.querySelector('.endless'); at.scrollTop = share * at.scrollHeight; }",
            share,
        )
        person.until(f"Math.abs({FIRST} - given) < 10000", share * MILLION)
        person.until("![...document.querySelectorAll('.tile')].some((tile) => tile.dataset.waits)")
        most = max(most, int(person.page.evaluate("document.getElementsByTagName('*').length")))
    assert most < 2000
    assert len(asked) < 40  # pages fetched, of 5,000


FIRST = "Math.min(...[...document.querySelectorAll('.tile')].map((tile) => tile.dataset.i))"
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _million(route: Route, asked: list[int]) -> str:
    """A page of a list of a million items."""
    query = parse_qs(urlsplit(route.request.url).query)
    offset, limit = int(query["offset"][0]), int(query["limit"][0])
    asked.append(offset)
    numbers = range(offset, min(offset + limit, MILLION))
    items = [
        {"item": i, "score": 1 - i / MILLION, "value": None, "source": "film.mp4", "seconds": i / 10} for i in numbers
    ]
    return json.dumps({"total": MILLION, "version": 1, "items": items})


def test_pages_follow_what_others_answer_without_a_reload(
    person: Person, room: Serving, birds: Birds, sought: str
) -> None:
    person.open("events", sought)
    person.see("text=No events yet")
    answer = {"item": min(birds.truth.yes), "value": 1, "round": None, "box": None}
    room.ask(f"api/concepts/{sought}/answers", {"answers": [answer]})
    person.see(".events tbody tr")
