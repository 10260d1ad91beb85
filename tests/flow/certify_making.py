"""Short ways to an audit, for tests of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from raravis import flow
from raravis.flow.answers import Chip
from raravis.flow.certify import Certified
from raravis.store import Project


class ByTime:
    """Answers by the second that is shown; remembers which were asked, with the reason."""

    by, stopped = "truth", False

    def __init__(self, answer: Callable[[float], int], *, source: str = "oracle") -> None:
        self.answer, self.source = answer, source
        self.asked: list[tuple[float, str]] = []

    def __call__(self, chips: Sequence[Chip]) -> Any:
        """Answers to all of them."""
        self.asked += [(chip.seconds, chip.reason) for chip in chips]
        return [(position, self.answer(chip.seconds)) for position, chip in enumerate(chips)]


def certify(project: Project, who: Any, **settings: Any) -> Certified:
    """Of red, events from 2 s, twelve frames a look, no known ones."""
    return flow.certify(project, "red", who, **{"min_seconds": 2.0, "look": 12, **settings})
