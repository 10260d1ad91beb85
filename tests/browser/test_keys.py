"""Every key of the answering page, and what it leaves in the store."""

from __future__ import annotations

import pytest
from birds_making import Birds
from person_making import Person
from serving_making import Serving

pytestmark = pytest.mark.browser


@pytest.fixture
def at_it(person: Person, sought: str) -> Person:
    """Somebody with their first batch."""
    return person.answering(sought)


def test_y_n_and_u_answer_the_chip_one_is_at_and_go_on_to_the_next(at_it: Person, room: Serving, sought: str) -> None:
    first, second, third, fourth = at_it.items[:4]
    at_it.press("y", "n", "u")
    assert [at_it.chips[item] for item in (first, second, third, fourth)] == ["yes", "no", "unsure", ""]
    assert at_it.current == fourth
    at_it.saved()
    assert room.answers(sought) == {first: 1, second: -1, third: 0}


def test_after_a_batch_the_next_one_is_there_and_shows_nothing_twice(
    at_it: Person, room: Serving, birds: Birds, sought: str
) -> None:
    first = at_it.answer_batch(birds.truth)
    assert not set(first) & set(at_it.items)
    assert set(at_it.chips.values()) == {""}
    at_it.saved()
    assert room.answers(sought) == {item: birds.truth.value(item) for item in first}


def test_l_lays_a_chip_aside_without_an_answer(at_it: Person, room: Serving, birds: Birds, sought: str) -> None:
    aside, *rest = at_it.items
    at_it.press("l")
    assert at_it.chips[aside] == "later"
    at_it.answer_batch(birds.truth)
    at_it.saved()
    assert set(room.answers(sought)) == set(rest)


def test_arrows_go_from_chip_to_chip(at_it: Person) -> None:
    items = at_it.items
    across = int(at_it.page.evaluate("document.querySelector('.line').children.length"))
    for key, place in (("ArrowRight", 1), ("ArrowDown", 1 + across), ("ArrowLeft", across), ("ArrowUp", 0)):
        at_it.press(key)
        assert at_it.current == items[place]
    at_it.press("ArrowUp", "ArrowLeft")  # nothing lies there
    assert at_it.current == items[0]


def test_shift_and_arrows_choose_a_block_that_one_key_answers_and_one_undo_takes_back(
    at_it: Person, room: Serving, sought: str
) -> None:
    items = at_it.items
    across = int(at_it.page.evaluate("document.querySelector('.line').children.length"))
    block = [items[0], items[1], items[across], items[across + 1]]
    at_it.press("Shift+ArrowRight", "Shift+ArrowDown")
    assert at_it.chosen == block
    at_it.press("n").saved()
    assert room.answers(sought) == dict.fromkeys(block, -1)
    assert [item for item, said in at_it.chips.items() if said] == block
    at_it.press("z").saved()
    assert room.answers(sought) == {}
    assert set(at_it.chips.values()) == {""}


def test_enter_says_no_to_all_the_rest_and_leaves_what_was_said(at_it: Person, room: Serving, sought: str) -> None:
    yes, unsure, *rest = at_it.items
    at_it.press("y", "u")
    at_it.page.wait_for_timeout(400)  # the page wants pictures to have been seen for a moment
    at_it.press("Enter").saved()
    assert room.answers(sought) == {yes: 1, unsure: 0} | dict.fromkeys(rest, -1)


def test_z_takes_back_three_acts_newest_first(at_it: Person, room: Serving, sought: str) -> None:
    first, second, third = at_it.items[:3]
    at_it.press("y", "n", "u").saved()
    left = [{first: 1, second: -1}, {first: 1}, {}]
    for item, stands in zip((third, second, first), left, strict=True):
        at_it.press("z").saved()
        assert room.answers(sought) == stands
        assert at_it.current == item
    assert set(at_it.chips.values()) == {""}
    at_it.press("z").saved()
    assert "nothing of yours to take back" in at_it.see(".toast").inner_text()


def test_z_reaches_behind_a_reload(at_it: Person, room: Serving, sought: str) -> None:
    first, second = at_it.items[:2]
    at_it.press("y", "n").saved()
    at_it.page.reload()
    at_it.seeing().press("z").saved()
    at_it.until("document.querySelector('.chip.current').dataset.item === given", str(second))
    assert at_it.chips[second] == ""
    assert room.answers(sought) == {first: 1}


def test_shift_y_confirms_a_whole_event_by_its_two_ends(
    at_it: Person, room: Serving, birds: Birds, sought: str
) -> None:
    asked = next(item for item in at_it.items if item in birds.truth.yes)
    at_it.press(*["ArrowRight"] * at_it.items.index(asked))
    at_it.press("Shift+Y")
    at_it.see("dialog.event .cell.inside")
    looks = at_it.page.evaluate("document.querySelectorAll('dialog.event .cell').length")
    assert looks > 3
    ends = [_end(at_it, 0), _end(at_it, 1)]
    at_it.press("ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight")  # the first end earlier, the last one later
    assert [_end(at_it, 0), _end(at_it, 1)] == [ends[0] - 1, ends[1] + 1]
    at_it.press("[")
    at_it.until("document.querySelectorAll('dialog.event .cell').length > given", looks)
    at_it.press("Enter")
    at_it.gone("dialog.event")
    at_it.until("document.querySelector(`#chip-${given}`).dataset.said === 'yes'", asked)  # a moment after it is gone
    at_it.saved()
    said = room.answers(sought)
    inside = ends[1] - ends[0] + 3
    assert said[asked] == 1
    assert 2 <= list(said.values()).count(1) <= inside
    assert list(said.values()).count(-1) == 2  # just before, and just after
    assert at_it.chips[asked] == "yes"
    at_it.press("z").saved()
    assert room.answers(sought) == {}


def _end(someone: Person, end: int) -> int:
    """Where a handle stands in the strip."""
    return int(someone.see(f"dialog.event .handle[data-end='{end}']").get_attribute("aria-valuenow") or -1)


def test_space_shows_what_lies_before_and_after_and_hides_it(at_it: Person) -> None:
    at_it.see(".loupe .neighbour")
    at_it.press(" ")
    at_it.gone(".loupe .strip")
    at_it.press(" ")
    here = at_it.see(".loupe .neighbour[aria-current]")
    assert here.inner_text() == "here"


def test_brackets_show_more_of_the_picture_and_less_of_it(at_it: Person) -> None:
    at_it.press("]", "]", "]")  # the item alone
    near = _magnified(at_it)
    at_it.press("[")
    wider = _magnified(at_it)
    at_it.press("[", "[", "[")
    assert near >= wider >= _magnified(at_it) == 1
    assert near > 1 or at_it.page.locator(".loupe .item-box").is_hidden()  # of a whole frame there is no more


def _magnified(someone: Person) -> float:
    return float(
        someone.page.evaluate("new DOMMatrix(getComputedStyle(document.querySelector('.stage img')).transform).a")
    )


def test_slash_searches_by_words_and_escape_goes_back_to_what_is_asked(at_it: Person) -> None:
    asked = at_it.items
    at_it.press("/")
    at_it.see("#find-words").fill("robin")
    at_it.press("Enter")
    at_it.gone("dialog.finding")
    assert "robin" in at_it.see(".progress").inner_text()
    assert at_it.items != asked
    at_it.press("Escape")
    at_it.until("!document.querySelector('.progress').textContent.includes('robin')")
    assert at_it.items == asked


def test_the_question_mark_shows_every_key_and_escape_closes_it(at_it: Person) -> None:
    at_it.press("?")
    told = at_it.see("dialog.help").inner_text()
    assert all(key in told.split() for key in ("y", "n", "u", "l", "z", "b", "p", "/", "Y", "Enter", "Space"))
    at_it.press("Escape")
    at_it.gone("dialog.help")
    assert at_it.current == at_it.items[0]


def test_page_up_goes_back_to_the_batch_before_where_an_answer_can_be_changed(
    at_it: Person, room: Serving, birds: Birds, sought: str
) -> None:
    first = at_it.answer_batch(birds.truth)
    at_it.press("PageUp")
    at_it.seeing()
    assert at_it.items == first
    at_it.press("u").saved()
    assert room.answers(sought)[first[0]] == 0


def test_keys_do_nothing_to_chips_while_a_dialog_is_open(at_it: Person, room: Serving, sought: str) -> None:
    at_it.press("?")
    at_it.see("dialog.help")
    at_it.press("y", "n", "z").press("Escape")
    at_it.gone("dialog.help")
    assert set(at_it.chips.values()) == {""}
    assert room.log_of(sought) == []


def test_held_down_a_key_answers_once(at_it: Person) -> None:
    at_it.page.keyboard.down("n")
    at_it.page.keyboard.down("n")  # the keyboard's own repeat
    at_it.page.keyboard.up("n")
    assert list(at_it.chips.values()).count("no") == 1
