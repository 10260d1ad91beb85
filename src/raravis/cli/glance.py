"""A person who glances over a sheet of many frames: one key says that none of them shows it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from raravis.cli.person import picture
from raravis.cli.show import clock, note
from raravis.errors import InputError
from raravis.flow.answers import Chip
from raravis.formats.sheet import MOST, sheet
from raravis.types import CANT_TELL, NO, YES

HELP = "Enter: none of them · 3 17: these show it · 5?: can't tell · 4-9: a run of them · q: stop"
NOBODY = "nobody answered: the input ended before the first line; run this in a terminal, or give --oracle FILE"


class Glance:
    """Answers a sheet at once; a pipe of the same lines works too. What it yields, it yields for a whole sheet."""

    def __init__(self, concept: str, by: str, sheets: Path) -> None:
        if sys.stdin is None:  # closed by whoever started this
            raise InputError("nobody can answer here; give known answers with --oracle")
        self.concept, self.by, self.sheets = concept, by, sheets
        self.source, self.stopped, self.looks = "human", False, 0

    def __call__(self, chips: Sequence[Chip]) -> Iterator[tuple[int, int | None]]:
        """Answers by position, sheet by sheet; none for a sheet at which the person stopped."""
        for start in range(0, len(chips), MOST):
            told = None if self.stopped else self._sheet(chips[start : start + MOST])
            if told is None:
                return
            yield from ((start + at, value) for at, value in enumerate(told))

    def _sheet(self, chips: Sequence[Chip]) -> list[int] | None:
        self.looks += 1
        path = self.sheets / f"audit-{self.looks:04d}.jpg"
        sheet([picture(chip) for chip in chips], [f"{chip.name} {clock(chip.seconds)}" for chip in chips], path)
        note(f"\nWhich show {self.concept}? Look at {path.absolute()}\n{HELP}")
        return self._answers(len(chips))

    def _answers(self, count: int) -> list[int] | None:
        """What the lines amount to: an empty one keeps what was said, and says none at first; None: stopped."""
        told: list[int] | None = None
        while True:
            line = self._line("Enter to keep it, or type it anew: " if told else f"none of {count}, or which? ")
            if line is None:
                return None
            if not line.strip():
                return told or [NO] * count
            told = read(line, count) or told
            note(said(told) if told else HELP)

    def _line(self, question: str) -> str | None:
        print(question, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if line and line.strip().lower() != "q":
            return line
        self.stopped = True
        if not line and self.looks == 1:
            note(NOBODY)
        return None


def read(line: str, count: int) -> list[int] | None:
    """(count,) values from `3 17 5? 7-9`; None where it cannot be read as numbers up to count."""
    told = [NO] * count
    for word in line.replace(",", " ").split():
        match = re.fullmatch(r"(\d+)(?:-(\d+))?(\??)", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not match or not 1 <= first <= last <= count:
            note(f"cannot read {word!r}; wanted numbers from 1 to {count}")
            return None
        told[first - 1 : last] = [CANT_TELL if match[3] else YES] * (last - first + 1)
    return told


def said(told: Sequence[int]) -> str:
    """What was understood, to be kept or typed anew."""
    parts = [
        f"{name} {' '.join(str(at) for at, value in enumerate(told, 1) if value == wanted)}"
        for wanted, name in ((YES, "yes:"), (CANT_TELL, "can't tell:"))
        if wanted in told
    ]
    return f"{'; '.join(parts)}; no: the other {told.count(NO)}"
