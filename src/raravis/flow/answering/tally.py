"""How many answers there are, by the log: read once, then only what is new of it."""

from __future__ import annotations

import threading

from raravis.store import labels
from raravis.store.project import Project
from raravis.types import YES


class Tally:
    """What counts of each item of a concept; may be read from any thread."""

    def __init__(self, project: Project, concept: str) -> None:
        self.project, self.concept = project, concept
        self._read_up_to = 0
        self._value: dict[int, int] = {}
        self._yes = 0
        self._lock = threading.Lock()

    def read(self) -> tuple[int, int]:
        """How many items somebody answered, and how many of them count as yes now."""
        with self._lock:
            with self.project.read() as c:
                last = labels.last_id(c)
                fresh = labels.entries(c, self.concept, after=self._read_up_to, up_to=last)
            for entry in fresh:
                self._yes -= self._value.pop(entry.item_id, None) == YES
                if entry.value is not None:
                    self._value[entry.item_id] = entry.value
                    self._yes += entry.value == YES
            self._read_up_to = last
            return len(self._value), self._yes
