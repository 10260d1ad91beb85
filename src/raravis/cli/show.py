"""What a person sees: bars on stderr while work goes on, tables on stdout when it is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Tell = Callable[[str, int, int], None]
NAMES = {
    "ingest": "reading files",
    "sample": "choosing moments",
    "detect": "finding boxes",
    "embed": "embedding",
    "dedup": "comparing",
    "infer": "classifying",
}


class Bars:
    """A `tell` that draws one bar a stage on stderr, gone from the live display once full: questions come after it.

    Nothing is drawn where stderr is no terminal.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._stage = ""
        self._bar: Progress | None = None

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """The stage's bar, so far."""
        if not self._console.is_terminal:
            return
        if stage != self._stage or self._bar is None:
            self._begin(stage)
        assert self._bar is not None
        self._bar.update(self._bar.task_ids[0], completed=done, total=total)
        if done >= total:
            self._end()

    def _begin(self, stage: str) -> None:
        self._end()
        columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._stage, self._bar = stage, Progress(*columns, console=self._console)
        self._bar.add_task(NAMES.get(stage, stage), total=None)
        self._bar.start()

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = None


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table below its title on stdout; numbers to the right. Where it is no terminal, a row is one line."""
    console = Console(markup=False, emoji=False, highlight=False)  # a name like [1] or :x: is no markup
    if not console.is_terminal:
        console.width = 10_000
    made = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        number = any(isinstance(row[index], int | float) for row in rows)
        made.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        made.add_row(*(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row))
    console.print(title, style="italic")
    console.print(made)


def line(text: str) -> None:
    """One line on stdout."""
    click.echo(text)


def note(text: str) -> None:
    """One line on stderr."""
    click.echo(text, err=True)


def as_json(value: Any) -> None:
    """One line of JSON on stdout."""
    click.echo(json.dumps(value))  # ASCII: a pipe on Windows speaks another encoding than the program that reads it


def clock(seconds: float) -> str:
    """1:02:03.4 or 2:03.4."""
    minutes, tenths = divmod(round(10 * max(seconds, 0.0)), 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{tenths / 10:04.1f}" if hours else f"{minutes}:{tenths / 10:04.1f}"
