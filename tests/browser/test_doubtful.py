"""From an address to the answers that are likely wrong, and by a key to right ones."""

from __future__ import annotations

import pytest
from birds_making import Birds
from person_making import Person
from serving_making import Serving

pytestmark = pytest.mark.browser


@pytest.fixture
def answered(room: Serving, birds: Birds, sought: str) -> dict[int, int]:
    """Each passage once, and frames of the film in which no bird comes, one of them said to be one."""
    pages = (room.ask(f"api/concepts/{sought}/items?order=time&limit=500&offset={at}") for at in (0, 500))
    shown = [one for page in pages for one in page["items"]]
    value = {min(item for item, of in birds.truth.passages.items() if number in of): 1 for number in range(3)}
    orchard = {one["seconds"]: one["item"] for one in shown if one["source"].endswith("orchard.mp4")}
    value |= {orchard[second]: -1 for second in (0.0, 7.0, 21.0)} | {orchard[14.0]: 1}
    body = {"answers": [{"item": item, "value": said, "round": None, "box": None} for item, said in value.items()]}
    room.ask(f"api/concepts/{sought}/answers", body)
    return value


def test_the_address_opens_the_doubtful_answers_and_a_key_changes_one(
    person: Person, room: Serving, sought: str, answered: dict[int, int]
) -> None:
    first = room.ask(f"api/concepts/{sought}/items?order=doubt")["items"][0]
    person.open("browse", f"{sought}?order=doubt")
    person.until("document.querySelector('.browse [role=status]')?.textContent === given", f"{len(answered)} answers")
    assert person.page.evaluate("document.querySelector('.browse select').value") == "doubt"
    said = "document.querySelector('#tile-0')?.dataset.said"
    person.until(f"{said} === given", "yes" if first["value"] == 1 else "no")
    person.see(".endless").focus()
    person.press("n" if first["value"] == 1 else "y").saved()
    assert room.answers(sought)[first["item"]] == -first["value"]
    person.until(f"{said} === given", "no" if first["value"] == 1 else "yes")
    assert {item: said for item, said in room.answers(sought).items() if item != first["item"]} == {
        item: said for item, said in answered.items() if item != first["item"]
    }


def test_while_nothing_can_be_doubted_the_page_says_what_it_takes(person: Person, sought: str) -> None:
    person.open("browse", f"{sought}?order=doubt")
    person.see("text=Nothing to doubt yet")
    person.page.locator(".browse select").select_option("score")
    person.see(".tile img")


def test_an_order_that_there_is_not_is_the_usual_one(person: Person, sought: str) -> None:
    person.open("browse", f"{sought}?order=beauty")
    person.see(".tile img")
    assert person.page.evaluate("document.querySelector('.browse select').value") == "score"
