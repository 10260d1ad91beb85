"""The pages as the documentation shows them; written to docs/img where RARAVIS_SCREENSHOTS=1, looked at in any case."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from birds_making import Birds
from person_making import Person
from PIL import Image
from serving_making import Serving
from windows_making import Copied, Windows

pytestmark = [pytest.mark.browser, pytest.mark.slow]
IMG = Path(__file__).parents[2] / "docs" / "img"
CONCEPT, AT = "red bird", "red%20bird"
SIZE, BYTES = (1280, 720), 200_000
SMALL = '.chip .well > img:first-child[src*="w=160"]'  # a chip whose sharper picture is still to come
Shoot = Callable[[Person, str], None]
Visitor = Callable[..., Person]


@pytest.fixture(scope="module")
def shown(birds: Birds, copied: Copied) -> Iterator[Serving]:
    """A room with one search in it, a few batches old."""
    served = Serving(copied("shown"), root=birds.films)
    served.seek(CONCEPT, birds.example)
    at = f"api/concepts/{AT}"
    for _ in range(8):
        chips = served.ask(f"{at}/batches", {})["chips"]
        for chip in chips:
            value = birds.truth.value(chip["item"])
            answer = {"item": chip["item"], "round": chip["round"], "value": value, "box": None}
            served.ask(f"{at}/answers", {"answers": [answer]})
    yield served
    served.stop()


@pytest.fixture(scope="module")
def begun(birds: Birds, copied: Copied) -> Iterator[Serving]:
    """A room with the same search in it before the first answer: much is still to be found."""
    served = Serving(copied("begun"), root=birds.films)
    served.seek(CONCEPT, birds.example)
    yield served
    served.stop()


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    """shoot(someone, "name"): what they see, still and small enough to be shown around."""
    folder = IMG if os.environ.get("RARAVIS_SCREENSHOTS") == "1" else tmp_path

    def shoot(someone: Person, name: str) -> None:
        someone.until("[...document.images].every((img) => img.complete)")
        someone.until(f"!document.querySelector('{SMALL}')")
        picture = Image.open(io.BytesIO(someone.page.screenshot(animations="disabled", caret="hide")))
        path = folder / f"answering-{name}.png"
        for colours in (256, 160, 100):
            picture.convert("RGB").quantize(colours, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)
            if path.stat().st_size < BYTES:
                break
        assert (picture.size, path.stat().st_size < BYTES) == (SIZE, True)

    return shoot


@pytest.fixture
def visitor(windows: Windows) -> Visitor:
    """visitor(room, color_scheme="dark"): somebody before a page that does not move of itself."""
    return lambda room, **how: Person(windows.open(room.address, reduced_motion="reduce", **how), room.address)


def test_the_collection(visitor: Visitor, shown: Serving, shoot: Shoot) -> None:
    someone = visitor(shown).open()
    someone.see(".concepts .card")
    shoot(someone, "collection")


def test_the_start_of_a_search(visitor: Visitor, begun: Serving, shoot: Shoot) -> None:
    someone = visitor(begun).open("start", AT)
    someone.see(".match .well img")
    shoot(someone, "start")


@pytest.mark.parametrize(("scheme", "name"), [("light", "grid"), ("dark", "dark")])
def test_answering(visitor: Visitor, begun: Serving, shoot: Shoot, birds: Birds, scheme: str, name: str) -> None:
    someone = visitor(begun, color_scheme=scheme).answering(AT)
    for _ in range(4):
        someone.answer(birds.truth)
    someone.saved()
    someone.see(".loupe .neighbour img")
    shoot(someone, name)
    someone.press("z", "z", "z", "z").saved()


def test_a_whole_event(visitor: Visitor, begun: Serving, shoot: Shoot, birds: Birds) -> None:
    someone = visitor(begun).answering(AT)
    asked = next(item for item in someone.items if item in birds.truth.yes)
    someone.press(*["ArrowRight"] * someone.items.index(asked), "Shift+Y")
    someone.see("dialog.event .cell.inside")
    shoot(someone, "event")


def test_the_keys(visitor: Visitor, begun: Serving, shoot: Shoot) -> None:
    someone = visitor(begun).answering(AT).press("?")
    someone.see("dialog.help")
    shoot(someone, "keys")


def test_where_it_stands(visitor: Visitor, shown: Serving, shoot: Shoot) -> None:
    someone = visitor(shown).open("standing", AT)
    someone.see(".heat-strip .span")
    someone.see(".numbers dd")
    shoot(someone, "standing")


def test_the_player(visitor: Visitor, shown: Serving, shoot: Shoot) -> None:
    someone = visitor(shown).open("standing", AT)
    someone.see(".numbers dd")
    someone.see(".heat-strip .span").click()
    someone.see("dialog.player .screen img:not([hidden])")
    someone.until("document.querySelector('dialog.player .screen img').naturalWidth > 0")
    shoot(someone, "player")


def test_the_events(visitor: Visitor, shown: Serving, shoot: Shoot) -> None:
    someone = visitor(shown).open("events", AT)
    someone.see(".events tbody tr")
    shoot(someone, "events")


def test_all_items(visitor: Visitor, shown: Serving, shoot: Shoot) -> None:
    someone = visitor(shown).open("browse", AT)
    someone.see(".tile img")
    shoot(someone, "browse")


def test_the_people(windows: Windows, tokens: tuple[Serving, dict[str, str]], shoot: Shoot) -> None:
    room, given = tokens
    someone = Person(windows.open(room.address, reduced_motion="reduce"), room.address)
    someone.page.goto(f"{room.address}#token={given['ada']}")
    someone.open("people")
    someone.see("table td:has-text('vic')")
    shoot(someone, "people")
