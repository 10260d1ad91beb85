"""Who may come in, and what they may do there."""

from __future__ import annotations

import pytest
from birds_making import Birds
from person_making import Person
from serving_making import Serving
from windows_making import Windows

pytestmark = pytest.mark.browser
Tokens = tuple[Serving, dict[str, str]]


@pytest.fixture
def stranger(windows: Windows, tokens: Tokens) -> Person:
    windows.expected = ["401", "403"]  # the browser itself says so of each reply
    room, _ = tokens
    return Person(windows.open(room.address), room.address)


def log_in(someone: Person, token: str) -> None:
    someone.see("#token").fill(token)
    someone.press("Enter")


def test_a_wrong_token_is_refused_and_the_right_one_lets_in_even_after_a_reload(
    stranger: Person, tokens: Tokens
) -> None:
    stranger.open()
    log_in(stranger, "rv_somebody-elses")
    stranger.until("document.querySelector('.wrong').textContent.includes('not known')")
    log_in(stranger, tokens[1]["bob"])
    assert stranger.see(".who").inner_text().startswith("bob")
    stranger.page.reload()
    assert stranger.see(".who").inner_text().startswith("bob")


def test_no_script_can_read_the_token_and_the_address_does_not_keep_it(stranger: Person, tokens: Tokens) -> None:
    stranger.page.goto(f"{stranger.address}#token={tokens[1]['bob']}")
    assert stranger.see(".who").inner_text().startswith("bob")
    assert stranger.page.evaluate("document.cookie") == ""
    assert tokens[1]["bob"] not in stranger.page.url
    (cookie,) = stranger.page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def test_whoever_logs_out_is_asked_for_a_token_again(stranger: Person, tokens: Tokens) -> None:
    stranger.open()
    log_in(stranger, tokens[1]["eve"])
    stranger.see("text=Log out").click()
    stranger.see("#token")


def test_a_viewer_looks_and_cannot_answer(stranger: Person, tokens: Tokens, birds: Birds) -> None:
    room, given = tokens
    concept = room.seek("looked at", birds.example)
    stranger.open()
    log_in(stranger, given["vic"])
    stranger.see("#shell nav")
    stranger.open("answer", concept)
    stranger.see("text=You may look, not answer")
    stranger.open("browse", concept)
    stranger.see(".tile img")
    stranger.page.locator(".endless").focus()
    stranger.press("y", "n")
    answers = {"answers": [{"item": 1, "value": 1, "round": None, "box": None}]}
    status = stranger.page.evaluate(
        """async ([path, body]) => (await fetch(path, {method: "POST", body: JSON.stringify(body),
            headers: {"X-Raravis": "1", "Content-Type": "application/json"}})).status""",
        ["/api/concepts/looked%20at/answers", answers],
    )
    assert status == 403
    assert room.log_of(concept) == []


def test_an_admin_lets_somebody_in_and_shuts_them_out_again(stranger: Person, tokens: Tokens, windows: Windows) -> None:
    stranger.open()
    log_in(stranger, tokens[1]["ada"])
    stranger.see("nav >> text=People").click()
    stranger.see("#user").fill("zoe")
    stranger.page.get_by_label("Role").select_option("labeller")
    stranger.see("main button.primary").click()
    token = stranger.see("code.token").inner_text()
    guest = Person(windows.open(stranger.address), stranger.address).open()
    log_in(guest, token)
    assert guest.see(".who").inner_text().startswith("zoe")
    revoke = stranger.page.locator("tr", has_text="zoe").locator("button")
    revoke.click()
    revoke.click()
    stranger.see("tr:has-text('zoe'):has-text('Revoked')")
    guest.page.reload()
    guest.see("#token")
