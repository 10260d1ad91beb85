"""relocate and forget: what happens to a project when files move, or must go."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from raravis.errors import InputError
from raravis.flow.embed import thumb_path
from raravis.store import encoders, shards, sources
from raravis.store.project import Project


def relocate(project: Project, old: str | Path, new: str | Path) -> int:
    """How many places now lie under `new` instead of `old`. Names and answers stay. Raises InputError when none did."""
    with project.begin() as c:
        return sources.relocate(c, str(Path(old).absolute()), str(Path(new).absolute()))


def forget(project: Project, source: str) -> int:
    """How many items went, with their vectors, thumbnails and answers; the log keeps that it happened.

    `source` is a name as `status` and the events show it, or a path. Raises InputError when it is unknown or
    means several sources.
    """
    with project.begin() as c:
        found = sources.by_name(c, source) or sources.by_path(c, Path(source))
        if len(found) != 1:
            raise InputError(f"{source!r} names {len(found)} sources; wanted one, by name or path: see raravis status")
        gone = sources.forget(c, found[0])
        for encoder in encoders.all(c):
            shards.drop_items(c, project.vectors, encoder.id, gone)
    with project.begin() as c:
        shards.sweep(c, project.vectors)
    for item in np.asarray(gone).tolist():
        thumb_path(project.thumbs, item).unlink(missing_ok=True)
    return len(gone)
