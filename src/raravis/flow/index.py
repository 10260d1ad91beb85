"""index: vectors → what searches scan. Derived: it can be deleted and built again at will."""

from __future__ import annotations

from raravis.flow.collection import load
from raravis.store.project import Project


def index(project: Project, *, encoder: str | None = None) -> int:
    """How many vectors the index holds now; one that fits the vectors already is left as it is.

    Raises InputError when nothing is embedded.
    """
    return len(load(project, encoder))
