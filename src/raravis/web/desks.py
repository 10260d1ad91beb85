"""The desks of a room: one a concept, all over one collection in memory."""

from __future__ import annotations

import threading
from typing import Any

from raravis.flow.answering.desk import Desk
from raravis.flow.collection import Collection, load
from raravis.store.project import Project


class Desks:
    """A concept's desk, made when it is first wanted. Everything here may be called from any thread.

    `settings` are those of a Desk: `double`, the share of items asked of a second person, `budget`, the most answers
    that a concept gets, how the next items are chosen.
    """

    def __init__(self, project: Project, **settings: Any) -> None:
        self.project, self._settings = project, settings
        self._desks: dict[str, Desk] = {}
        self._collection: Collection | None = None
        self._lock, self._loading = threading.Lock(), threading.Lock()

    def of(self, concept: str) -> Desk:
        """The concept's desk; that there is such a concept is not looked at before it is used."""
        with self._lock:
            if concept not in self._desks:
                self._desks[concept] = Desk(self.project, concept, collected=self._collected, **self._settings)
            return self._desks[concept]

    def forget(self, concept: str) -> None:
        """The concept's examples changed: what is asked next goes by those there are now."""
        self.of(concept).forget()

    def forget_all(self) -> None:
        """The collection changed: every desk goes by the new one."""
        with self._loading:
            self._collection = None
        with self._lock:
            desks = list(self._desks.values())
        for desk in desks:
            desk.forget()

    def _collected(self) -> Collection:
        with self._loading:
            if self._collection is None:
                self._collection = load(self.project)
            return self._collection
