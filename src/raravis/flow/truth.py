"""An oracle file, checked against the project: whom it names must be known."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from raravis.formats import oracle as oracles
from raravis.formats.oracle import Oracle
from raravis.store import progress, sources
from raravis.store.project import Project


def read_oracle(project: Project, path: str | Path, concept: str) -> Oracle:
    """The oracle in a CSV file. Raises InputError when it names unknown or ambiguous sources, or not the concept.

    Files that could not be read count as known: what happens in them is missed, not misspelt.
    """
    oracle = oracles.read(Path(path))
    with project.read() as c:
        names = [name for source in sources.all(c) for name in {place.name for place in source.places}]
        named = {row.source for row in oracle.rows} - set(names)
        oracle.check(concept, [*names, *(named & _unread(c))])
    return oracle


def _unread(c: Any) -> set[str]:
    """Every name that a file which failed may go by: the tails of its path."""
    failed = [subject for subject, (state, _) in progress.states(c, "ingest", "").items() if state != "done"]
    parts = [PurePath(path).parts for path in failed]
    return {"/".join(path[start:]) for path in parts for start in range(1, len(path))}
