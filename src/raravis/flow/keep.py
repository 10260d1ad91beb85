"""relocate and forget: what happens to a project when files move, or must go."""

from __future__ import annotations

import contextlib
from pathlib import Path

from raravis.errors import InputError
from raravis.flow.indexing.opening import prune
from raravis.flow.viewing.playing import forget_clips
from raravis.flow.viewing.thumbs import forget_thumbs
from raravis.media.lists import absolute
from raravis.store import encoders, shards, sources
from raravis.store.project import Project
from raravis.types import Ints


def relocate(project: Project, old: str | Path, new: str | Path) -> int:
    """How many places now lie under `new` instead of `old`. Names and answers stay. Raises InputError when none did."""
    with project.begin() as c:
        return sources.relocate(c, absolute(old), absolute(new))


def forget(project: Project, source: str) -> int:
    """How many items went, with their vectors, thumbnails and answers; the log keeps that it happened.

    `source` is a name as `status` and the events show it, or a path. Raises InputError when it is unknown or
    means several sources.
    """
    with project.lock("raravis forget"):
        return _forget(project, source)


def _forget(project: Project, source: str) -> int:
    with project.begin() as c:
        found = sources.by_name(c, source) or sources.by_path(c, absolute(source))
        if len(found) != 1:
            raise InputError(f"{source!r} names {len(found)} sources; wanted one, by name or path: see raravis status")
        gone = sources.forget(c, found[0])
        for encoder in encoders.all(c):
            shards.drop_items(c, project.vectors, encoder.id, gone)
        prune(c, project)
        _remove_pictures(
            project, found[0], gone
        )  # before the commit: killed in between, the source is still there to forget
    with project.begin() as c:
        shards.sweep(c, project.vectors)
    return len(gone)


def _remove_pictures(project: Project, source_id: int, gone: Ints) -> None:
    """Pictures of the items, clips, and what shows or holds those of others beside them: sheets and scan caches."""
    forget_thumbs(project, gone.tolist())
    forget_clips(project, source_id)
    for file in [*project.rounds.glob("*.jpg"), *project.scan.glob("*/*.i8")]:
        with contextlib.suppress(PermissionError):  # open in a viewer on Windows
            file.unlink()
