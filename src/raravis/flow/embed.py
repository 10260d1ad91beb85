"""embed: items → unit vectors in the space of one encoder, which the project turns to once it is complete."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raravis.errors import InputError
from raravis.flow.embedding import embed_batch, jobs, record
from raravis.flow.encoder import absolute, known, ready, spec_here
from raravis.flow.room import check_room, estimate
from raravis.flow.spaces import missing, settle, sweep
from raravis.flow.tell import Map, Say, Tell, quiet, silent, typed
from raravis.scale.processes import in_process
from raravis.store import encoders, items, progress, shards
from raravis.store.project import Project

BUILTIN = "builtin"


def embed(
    project: Project,
    *,
    encoder: str | None = None,
    switch: bool = True,
    retry_failed: bool = False,
    map: Map = in_process,
    tell: Tell = silent,
    say: Say = quiet,
) -> str:
    """The id of the encoder under which every item now has a vector; what has one already is left alone.

    By default that is the encoder in use, `builtin` where there is none. Another one's vectors lie in a space beside,
    and everything else goes on with the space in use until the new one is complete and whole; then it is the one in
    use, unless `switch` is off. Before it starts, `say` hears how much there is to do. Items that cannot be decoded or
    encoded are recorded as failed, with the reason, and tried again only with `retry_failed`.
    Raises ModelError for an encoder that cannot be used, InputError while there are no items, StoreError when the disk
    will not hold the result or a shard is damaged; every batch finished before is kept.
    """
    with project.lock("raravis embed"):  # sweeping would take what another process has written and not recorded yet
        _refuse_no_items(project)
        made = begin_space(project, encoder) if encoder else _in_use(project)
        _embed(project, made, retry_failed, map, tell, say)
        settle(project, made, switch=switch, say=say)
    return made


def begin_space(project: Project, encoder: str) -> str:
    """The id of an encoder by its spec, known to the project afterwards; nothing is embedded, and nothing switched.

    Raises ModelError for an encoder that cannot be used.
    """
    spec = absolute(encoder)
    _, made = ready(project, spec)
    with project.begin() as c:
        encoders.add(c, made.id, spec=spec, dim=made.dim)
    return made.id


def embed_these(project: Project, encoder_id: str, ids: Sequence[int], *, map: Map = in_process) -> None:
    """These items have vectors and small pictures afterwards, or are recorded as failed; others are left alone.

    For the few frames that a question is about: a pass a file. The next `embed` joins their shards.
    """
    made = known(project, encoder_id)
    with project.read() as c:
        have = shards.embedded_ids(c, project.vectors, encoder_id)
        spec, table = encoders.require(c, encoder_id).spec, items.some(c, np.setdiff1d(ids, have))
    with project.lock("raravis embed"):
        for result in map(embed_batch, jobs(project, spec_here(project, spec), made, table)):
            with project.begin() as c:
                record(c, made.id, result)


def _refuse_no_items(project: Project) -> None:
    with project.read() as c:
        if items.count(c):
            return
        looked = any(row.stage == "detect" for row in progress.counts(c))
    if looked:
        raise InputError(f"{project.folder}: no item came of the sources; why is told by: {typed(project, 'status')}")
    steps = f"{typed(project, 'sample')}, then {typed(project, 'detect')}"
    raise InputError(f"{project.folder}: no items yet; run: {steps}")


def _in_use(project: Project) -> str:
    with project.read() as c:
        current = encoders.current(c)
    return current or begin_space(project, BUILTIN)


def _embed(project: Project, encoder_id: str, retry_failed: bool, map: Map, tell: Tell, say: Say) -> None:
    made = known(project, encoder_id)
    with project.begin() as c:
        sweep(c, project)
        if retry_failed:
            progress.clear(c, "embed", encoder_id)
        spec, todo = encoders.require(c, encoder_id).spec, missing(c, project, encoder_id)
        if len(todo):
            say(str(estimate(c, todo, made)))
        table = items.some(c, todo)
    check_room(project, len(todo), made.dim)
    done = 0
    for result in map(embed_batch, jobs(project, spec_here(project, spec), made, table)):
        with project.begin() as c:
            record(c, encoder_id, result)
        done += result.tried
        tell("embed", done, len(todo))
