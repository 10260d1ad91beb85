"""An oracle file, checked against the project: whom it names must be known."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from raravis.errors import InputError
from raravis.formats import ezmode
from raravis.formats import oracle as oracles
from raravis.formats.oracle import Oracle
from raravis.media.folders import frame_files
from raravis.store import progress, sources
from raravis.store.project import Project


def read_oracle(project: Project, path: str | Path, concept: str, *, ezmode_labels: str | Path | None = None) -> Oracle:
    """The oracle in a CSV file; with `ezmode_labels`, in EZMode's annotations and labels files.

    Files that could not be read count as known: what happens in them is missed, not misspelt. Raises InputError
    when it names unknown or ambiguous sources, or not the concept.
    """
    if ezmode_labels is None:
        oracle = oracles.read(Path(path))
    else:
        root = _frames_root(project)
        oracle = ezmode.read(Path(path), Path(ezmode_labels), root, frame_files=frame_files)
    with project.read() as c:
        names = [name for source in sources.all(c) for name in {place.name for place in source.places}]
        named = {row.source for row in oracle.rows} - set(names)
        oracle.check(concept, [*names, *(named & _unread(c))])
    return oracle


def _frames_root(project: Project) -> Path:
    """The folder that was ingested, of the project's folders of frames."""
    with project.read() as c:
        places = [place for source in sources.all(c) if source.kind == "frames" for place in source.places]
    if not places:
        raise InputError("EZMode's annotations are about folders of frames (root/VIDEO/0001.jpg …); none is ingested")
    return Path(places[0].path).parents[len(PurePath(places[0].name).parts) - 1]


def _unread(c: Any) -> set[str]:
    """Every name that a file which failed may go by: the tails of its path."""
    failed = [subject for subject, (state, _) in progress.states(c, "ingest", "").items() if state != "done"]
    parts = [PurePath(path).parts for path in failed]
    return {"/".join(path[start:]) for path in parts for start in range(1, len(path))}
