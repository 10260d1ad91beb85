"""The first two minutes: from a folder and a picture to an event."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from birds_making import Birds, truth_of
from person_making import Person
from serving_making import Serving
from windows_making import Windows

from raravis.store import Project

pytestmark = pytest.mark.browser


def test_whoever_comes_with_a_folder_and_a_picture_has_found_an_event_within_two_minutes(
    birds: Birds, windows: Windows, tmp_path: Path
) -> None:
    Project.open(tmp_path / "project", create=True).close()
    served = Serving(tmp_path / "project", root=birds.folder)
    try:
        someone = Person(windows.open(served.address), served.address).open()
        begun = time.monotonic()
        _add_folder(someone)
        _say_what(someone, birds.example)
        truth = truth_of(served.project, birds.folder / "oracle.csv")
        someone.see("text=Start answering").click()
        someone.seeing()
        while someone.answer(truth) not in truth.yes:
            assert someone.keys < 40
        someone.saved().open("standing", "red bird")
        assert someone.see(".numbers dd").inner_text() == "1"  # event found
        assert time.monotonic() - begun < 120
        assert list(served.answers("red bird").values()).count(1) == 1
    finally:
        served.stop()


def _add_folder(someone: Person) -> None:
    """By looking: the folder of films, looked at every second, in quarters too."""
    someone.see("text=Add a folder…").click()
    someone.see(".folders button:has-text('films')").click()
    someone.see(".chooser summary").click()
    for words, choice in (("How often to look", "every:1"), ("Where in the frame to look", "tiles:2")):
        someone.page.get_by_label(words).select_option(choice)
    someone.see(".chooser footer button.primary:enabled:has-text('3 files')").click()


def _say_what(someone: Person, example: Path) -> None:
    """A name, while the folder is read; then a picture, and the best matches come."""
    someone.see("#name").fill("red bird")
    someone.page.keyboard.press("Enter")
    someone.see(".drop")
    someone.page.set_input_files("input[type=file]", example)
    someone.see(".examples img")
    someone.gone(".job")
    someone.see(".match .well img")
