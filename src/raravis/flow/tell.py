"""How a verb says how far it is: `tell(stage, done, total)`; the command line draws a bar of it. And what to type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from raravis.store.project import Project

Tell = Callable[[str, int, int], None]
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""map(function, batches) -> results as they come; `scale` has one for processes."""


Say = Callable[[str], None]
"""Where a line for people goes."""

DEFAULT_FOLDER = "raravis-project"


def quiet(line: str) -> None:
    """Says nothing."""


def typed(project: Project, *words: str) -> str:
    """`raravis …` as it can be copied into a terminal here: with the project's folder, where it is not the default."""
    here = () if project.folder == Path(DEFAULT_FOLDER).absolute() else ("--project", str(project.folder))
    return " ".join(f'"{word}"' if " " in word else word for word in ("raravis", *words, *here))


def silent(stage: str, done: int, total: int) -> None:
    """Says nothing."""
