"""A person at the terminal, beside a contact sheet: y yes, n no, u can't tell, z undo, Enter the rest no, q stop."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image

from raravis.cli.show import clock, note
from raravis.errors import InputError
from raravis.flow.answers import Chip
from raravis.formats.sheet import CHIPS, sheet
from raravis.types import CANT_TELL, NO, YES

KEYS = {"y": YES, "n": NO, "u": CANT_TELL}
WORDS = {YES: "yes", NO: "no", CANT_TELL: "can't tell"}
END = ""  # of a pipe
NOBODY = "nobody answered: the input ended before the first key; run this in a terminal, or give --oracle FILE"
HELP = "y yes · n no · u can't tell · z undo · Enter: all the rest no · q stop"


@dataclass
class Person:
    """Answers with single keys; a pipe of the same letters works too."""

    concept: str
    by: str
    sheets: Path
    source: str = "human"
    stopped: bool = False
    looks: int = field(default=0)
    given: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if sys.stdin is None:  # closed by whoever started this
            raise InputError("nobody can answer here; give known answers with --oracle")

    def __call__(self, chips: Sequence[Chip]) -> Iterator[tuple[int, int | None]]:
        """Answers as the keys come, sheet by sheet; undo gives a None for the answer taken back."""
        for start in range(0, len(chips), CHIPS):
            for at, value in self._sheet(chips[start : start + CHIPS]):
                self.given.pop() if value is None else self.given.append(value)
                yield start + at, value

    def _sheet(self, chips: Sequence[Chip]) -> Iterator[tuple[int, int | None]]:
        if self.stopped:
            return
        self.looks += 1
        self._show(chips)
        at = 0
        while not self.stopped:
            key = _key(self._question(chips, at))
            if key == "z" and at:
                at -= 1
                yield at, None
            elif key in ("q", END):
                self._stop(key)
            elif key == "\n":
                yield from ((position, NO) for position in range(at, len(chips)))
                return
            elif key in KEYS and at < len(chips):
                yield at, KEYS[key]
                at += 1
            elif key not in KEYS and key != "z":
                note(HELP)

    def _stop(self, key: str) -> None:
        self.stopped = True
        if key == END and not self.given:
            note(NOBODY)

    def _show(self, chips: Sequence[Chip]) -> None:
        path = self.sheets / f"look-{self.looks:04d}.jpg"
        captions = [f"{chip.name} {clock(chip.seconds)}  {chip.score:.2f}" for chip in chips]
        sheet([picture(chip) for chip in chips], captions, path)
        note(f"\nIs it {self.concept}? {self._so_far()}Look at {path.absolute()}\n{HELP}")

    def _so_far(self) -> str:
        return f"{len(self.given)} answered, {self.given.count(YES)} yes. " if self.given else ""

    def _question(self, chips: Sequence[Chip], at: int) -> str:
        if at == len(chips):
            return "Enter to finish this look, z to undo, q to stop: "
        return f"{at + 1:>3}/{len(chips)}  {chips[at].name} at {clock(chips[at].seconds)}: "


def picture(chip: Chip) -> Any:
    """A chip's pixels; dark where there are none."""
    if not chip.thumb.exists():
        return np.full((168, 224, 3), 40, np.uint8)
    return np.asarray(Image.open(chip.thumb).convert("RGB"))


def _key(question: str) -> str:
    """One key, lower case, Enter as a newline; END at the end of a pipe."""
    click.echo(question, nl=False, err=True)
    try:
        key = click.getchar() if sys.stdin.isatty() else sys.stdin.read(1)
    except UnicodeDecodeError:
        raise InputError("the answers that come in are not text; wanted the keys y n u z Enter q") from None
    key = {"\r": "\n", "\x03": "q", "\x04": "q", "\x1b": "q"}.get(key, key.lower())
    click.echo(WORDS.get(KEYS.get(key, 9), "undo" if key == "z" else ""), err=True)
    return key
