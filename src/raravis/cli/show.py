"""What a person sees: bars on stderr while work goes on, tables on stdout when it is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Tell = Callable[[str, int, int], None]
NAMES = {"ingest": "reading files", "sample": "choosing moments", "detect": "finding boxes", "embed": "embedding"}


@contextmanager
def bars() -> Iterator[Tell]:
    """A `tell` that draws one bar a stage on stderr; plain silence where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(NAMES.get(stage, stage))
            progress.update(tasks[stage], completed=done, total=total)

        yield tell


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table on stdout; numbers to the right."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        number = bool(rows) and isinstance(rows[0][index], int | float)
        made.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        made.add_row(*(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(soft_wrap=False).print(made)


def line(text: str) -> None:
    """One line on stdout."""
    click.echo(text)


def note(text: str) -> None:
    """One line on stderr."""
    click.echo(text, err=True)


def as_json(value: Any) -> None:
    """One line of JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def clock(seconds: float) -> str:
    """1:02:03.4 or 2:03.4."""
    minutes, rest = divmod(max(seconds, 0.0), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"
