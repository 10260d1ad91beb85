"""How a verb says how far it is: `tell(stage, done, total)`; the command line draws a bar of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Tell = Callable[[str, int, int], None]
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""map(function, batches) -> results as they come; `scale` has one for processes."""


Say = Callable[[str], None]
"""Where a line for people goes."""


def quiet(line: str) -> None:
    """Says nothing."""


def silent(stage: str, done: int, total: int) -> None:
    """Says nothing."""
