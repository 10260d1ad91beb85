"""Spaces of vectors, one an encoder, side by side: how complete each is, which one is in use, and what goes with one.

A space is complete when there are items, and each has a vector there or is recorded as failed. Everything that is not
told otherwise goes by the space in use; only `use`, and `embed` once a space is complete, change which that is.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from raravis.errors import InputError, StoreError
from raravis.flow.encoder import known, space_named
from raravis.flow.looks import ON_DEMAND
from raravis.flow.media import within_reach
from raravis.flow.tell import Say, quiet, typed
from raravis.index import generations
from raravis.store import encoders, items, progress, shards
from raravis.store.project import Project
from raravis.types import Ints


class Space(NamedTuple):
    """One encoder's vectors, as far as they go."""

    id: str
    spec: str
    dim: int
    vectors: int  # of the items
    failed: int
    items: int  # that should have one
    complete: bool
    in_use: bool
    megabytes: float
    begun_at: float | None  # seconds since 1970


def spaces(project: Project) -> list[Space]:
    """Every space of the project, by id."""
    with project.read() as c:
        return [_space(c, project, each) for each in encoders.all(c)]


def space_of(project: Project, encoder_id: str) -> Space:
    """The space of exactly this id. Raises InputError where it is unknown."""
    with project.read() as c:
        return _space(c, project, encoders.require(c, encoder_id))


def encoder_in_use(project: Project) -> str | None:
    """The spec of the encoder whose space is in use; None before anything was embedded.

    Raises ModelError where it cannot be used any more, naming the way on.
    """
    with project.read() as c:
        current = encoders.current(c)
        spec = encoders.require(c, current).spec if current else None
    if current:
        known(project, current)
    return spec


def missing(c: Any, project: Project, encoder_id: str) -> Ints:
    """Rising ids of the items within reach that have no vector there and have not failed."""
    have = shards.embedded_ids(c, project.vectors, encoder_id)
    return np.setdiff1d(_wanted(c), np.union1d(have, _failed(c, encoder_id)))


def lacking(project: Project, name: str | None = None) -> str:
    """One line on the items that nobody embedded in a space, so that searches there miss them; "" where there are none.

    The space is named as everywhere; by default it is the one in use. Frames on demand are no search's business.
    """
    with project.read() as c:
        id = space_named(c, project, name) if name else encoders.current(c)
        if id is None or items.count(c) <= len(shards.embedded_ids(c, project.vectors, id)):
            return ""
        count = len(np.setdiff1d(missing(c, project, id), items.unsampled(c, *ON_DEMAND)))
        embed = typed(project, "embed", "--encoder", encoders.require(c, id).spec)
    some = "1 item has" if count == 1 else f"{count} items have"
    return f"{id}: {some} no vector there, and cannot be found; run: {embed}" if count else ""


def use(project: Project, name: str) -> str:
    """The id of the encoder whose space is in use from now on.

    Raises InputError where it is unknown or not complete, StoreError where a shard is damaged; then nothing changed.
    """
    with project.lock("raravis encoders use"):
        with project.read() as c:
            encoder = encoders.require(c, space_named(c, project, name))
            unseen = len(missing(c, project, encoder.id))
        if unseen:
            embed = typed(project, "embed", "--encoder", encoder.spec)
            some = "1 item has" if unseen == 1 else f"{unseen} items have"
            raise InputError(
                f"{encoder.id}: {some} no vector there yet, so searches would not see them; "
                f"embed them, and it is in use: {embed}"
            )
        if not _switched(project, encoder.id):
            raise InputError(
                f"{encoder.id}: holds no vector to search by; see {typed(project, 'status')} for what failed"
            )
    return encoder.id


def settle(project: Project, encoder_id: str, *, switch: bool, say: Say = quiet) -> None:
    """Joins the shards of a space, and turns to it where it is complete and whole, unless `switch` is off.

    Raises StoreError where a shard is damaged; then the space is left as it is.
    """
    with project.read() as c:
        before = encoders.current(c) or ""
        complete = switch and before != encoder_id and not len(missing(c, project, encoder_id))
        several = len(shards.open_all(c, project.vectors, encoder_id)) > 1
    if complete:
        say(_turned(project, before, encoder_id))
    if several:
        _refuse_damaged(project, encoder_id)  # joined, the damage would have a checksum of its own
        with project.begin() as c:
            shards.compact(c, project.vectors, encoder_id)
        with project.begin() as c:
            sweep(c, project)


def sweep(c: Any, project: Project) -> None:
    """Removes shards that no record names, and what is left of encoders that are gone; see `shards.sweep`.

    What another process has mapped on Windows stays until the next time.
    """
    shards.sweep(c, project.vectors)
    ids = [each.id for each in encoders.all(c)]
    for parent in (project.vectors, project.scan):
        known = {shards.folder_of(parent, id) for id in ids}
        for folder in (folder for folder in parent.iterdir() if folder.is_dir() and folder not in known):
            _remove_emptied(folder, "*.i8*")
    for folder in project.index.iterdir():
        if folder not in {shards.folder_of(project.index, id) for id in ids}:
            generations.sweep(folder, keep=False)
            _remove_emptied(folder, "*.part")


def _remove_emptied(folder: Path, pattern: str) -> None:
    with contextlib.suppress(OSError):
        for file in folder.glob(pattern):
            file.unlink()
        folder.rmdir()  # unless something is left in it


def _turned(project: Project, before: str, encoder_id: str) -> str:
    """Turns to the space where it can; what there is to say about it."""
    if not _switched(project, encoder_id):
        return f"{encoder_id}: holds no vector, so {before} stays in use; {typed(project, 'status')} says what failed"
    remove = typed(project, "encoders", "remove", before)
    kept = f"in use from now on: {encoder_id}; the space before is kept until: {remove}"
    lost = _lost(project, before, encoder_id)
    return (
        kept
        if not lost
        else f"{kept}\n{lost} items that had a vector there failed here: {typed(project, 'status')} says why"
    )


def _switched(project: Project, encoder_id: str) -> bool:
    """Whether the space is in use now: one without any vector is not turned to. Raises StoreError on damaged shards.

    Call it with the project locked: then nobody adds shards between the check and the switch.
    """
    _refuse_damaged(project, encoder_id)
    with project.begin() as c:
        space = _space(c, project, encoders.require(c, encoder_id))
        if space.complete and space.vectors:
            encoders.use(c, encoder_id)
    return space.complete and space.vectors > 0


def _refuse_damaged(project: Project, encoder_id: str) -> None:
    with project.read() as c:
        hurt = shards.damaged(c, project.vectors, encoder_id)
    if hurt:
        raise StoreError(
            f"{shards.folder_of(project.vectors, encoder_id)}: {len(hurt)} shards are not as they were written, first "
            f"{hurt[0]}; put back a copy, or turn to another encoder, and: "
            f"{typed(project, 'encoders', 'remove', encoder_id)}"
        )


def _space(c: Any, project: Project, encoder: encoders.Encoder) -> Space:
    wanted, have = _wanted(c), shards.embedded_ids(c, project.vectors, encoder.id)
    failed = np.setdiff1d(_failed(c, encoder.id), have)
    complete = bool(len(wanted) and np.isin(wanted, np.union1d(have, failed)).all())
    parents = (project.vectors, project.scan, project.index)
    files = [f for parent in parents for f in shards.folder_of(parent, encoder.id).rglob("*.*")]
    return Space(
        encoder.id,
        encoder.spec,
        encoder.dim,
        vectors=len(np.intersect1d(have, wanted)),
        failed=len(np.intersect1d(failed, wanted)),
        items=len(wanted),
        complete=complete,
        in_use=encoder.in_use,
        megabytes=round(sum(file.stat().st_size for file in files) / 1e6, 3),
        begun_at=encoder.begun_at,
    )


def _lost(project: Project, before: str, encoder_id: str) -> int:
    """How many items have a vector in the space before, and failed in this one."""
    with project.read() as c:
        had = shards.embedded_ids(c, project.vectors, before)
        return len(np.intersect1d(np.intersect1d(had, _failed(c, encoder_id)), _wanted(c)))


def _wanted(c: Any) -> Ints:
    table = items.arrays(c)
    return table.ids[within_reach(c, table)]


def _failed(c: Any, encoder_id: str) -> Ints:
    return np.array([int(item) for item in progress.states(c, "embed", encoder_id)], np.int64)
