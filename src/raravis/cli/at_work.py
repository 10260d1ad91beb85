"""A project opened for a command: locked, with processes to spread over and bars to look at."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from raravis.cli import show
from raravis.cli.show import Bars, Tell
from raravis.flow.spaces import lacking
from raravis.scale.processes import Processes
from raravis.store.project import Project


class Work(NamedTuple):
    """What a command that changes a project works with."""

    project: Project
    map: Any
    tell: Tell


@contextmanager
def at_work(
    folder: str, *, create: bool = False, database: str | None = None, workers: int | None = None
) -> Iterator[Work]:
    """The project, locked, until the command ends. Raises StoreError naming who else works on it."""
    with ExitStack() as stack:
        project = stack.enter_context(Project.open(folder, database=database, create=create))
        stack.enter_context(project.lock(_command_line()))
        processes = stack.enter_context(Processes(workers))
        yield Work(project, processes, stack.enter_context(Bars()))


def note_lacking(work: Work, encoder: str | None) -> None:
    """Says how many items a search by this encoder's vectors, by default those in use, cannot see."""
    if line := lacking(work.project, encoder):
        show.note(line)


def _command_line() -> str:
    """What was typed, for who finds the project held; without the password of a database."""
    return re.sub(r"(://[^/:@\s]*):[^@\s]*@", r"\1:***@", " ".join(["raravis", *sys.argv[1:]]))
