"""From the spec of an encoder to the encoder, in a project: with what it learnt there, under the id known there."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from raravis import plugins
from raravis.embed import Encoder
from raravis.errors import InputError, MediaError, ModelError
from raravis.flow.clips import crops
from raravis.flow.media import within_reach, works
from raravis.flow.tell import typed
from raravis.store import encoders, items
from raravis.store.project import Project
from raravis.types import Pixels

FIT_PICTURES = 512  # a whitening of 256 dimensions wants a few hundred
GIVEN = "given"  # a space whose vectors came in files: no encoder here makes them
FORMERLY = {"descriptor": "builtin"}  # the hand-made encoder's name before there was a trained one


def ready(project: Project, spec: str) -> tuple[str, Encoder]:
    """The spec that makes the encoder again in any process, and the encoder.

    One that learns from the collection learns first, once. Raises ModelError for one that cannot be used.
    """
    made: Any = loaded(spec_here(project, spec))
    if getattr(made, "needs_fit", False):
        made.fit(_sample_pictures(project, made.short_side), project.encoders / f"{spec}.npz")
        made = loaded(spec_here(project, spec))
    if (known_as := _id_here(project, made.id)) != made.id:
        made.id = known_as
    return spec_here(project, spec), made


def known(project: Project, encoder_id: str) -> Encoder:
    """The encoder whose vectors the project holds. Raises ModelError when its spec makes another or none by now."""
    with project.read() as c:
        spec = encoders.require(c, encoder_id).spec
    if spec == GIVEN:
        raise ModelError(
            f"{encoder_id}: its vectors came in files, so nothing else can be encoded in their space; "
            f"search by --like item:ID, or by vectors of the same origin"
        )
    try:
        made = ready(project, spec)[1]
    except ModelError as error:
        raise ModelError(f"{error}; {_way_on(project, encoder_id)}") from None
    if made.id != encoder_id:
        raise ModelError(f"{spec}: makes {made.id} now, wanted {encoder_id}; put its files back, or embed anew")
    return made


def _way_on(project: Project, encoder_id: str) -> str:
    """Which space wants a model that is not there any more, and what can be done without it."""
    with project.read() as c:
        in_use = encoders.current(c) == encoder_id
        others = " or ".join(each.id for each in encoders.all(c) if each.id != encoder_id)
    if not in_use:
        return f"the space {encoder_id} was made by it"
    use = f"turn to another: {typed(project, 'encoders', 'use', 'OTHER')} (OTHER is {others})"
    other = use if others else f"embed by another: {typed(project, 'embed', '--encoder', 'OTHER')}"
    return f"the space in use, {encoder_id}, was made by it: put it back, or {other}"


def space_named(c: Any, project: Project, name: str) -> str:
    """The id of the space that an id, a spec (with paths as they mean here) or a bare name stands for.

    Raises InputError naming the known ones, and for a known encoder what embeds by it.
    """
    spec = absolute(name)
    try:
        return encoders.named(c, spec)
    except InputError:
        if spec.partition(":")[0] not in plugins.names("embed"):
            raise
        made = ", ".join(each.id for each in encoders.all(c)) or "none"
        run = typed(project, "embed", "--encoder", spec)
        raise InputError(f"nothing is embedded by {name} yet (spaces there are: {made}); run: {run}") from None


def loaded(spec: str) -> Encoder:
    """The encoder of a spec that says all; a model is read once a process."""
    return _loaded(spec, plugins.load("embed", spec.partition(":")[0]))


@functools.lru_cache(maxsize=3)  # of two tiers and an example's
def _loaded(spec: str, _plugin: Any) -> Encoder:
    return plugins.make("embed", spec)  # type: ignore[no-any-return]


def spec_here(project: Project, spec: str) -> str:
    """The spec with the path of what the encoder learnt of this collection, wherever the project lies now."""
    learnt = learnt_file(project, spec)
    return f"{spec}:{learnt}" if learnt else spec


def learnt_file(project: Project, spec: str) -> Path | None:
    """What an encoder asked for by its bare name has learnt of this collection; None where it has nothing to learn."""
    files = [project.encoders / f"{name}.npz" for name in (spec, FORMERLY.get(spec)) if name and ":" not in name]
    found = next((file for file in files if file.exists()), None)
    return found if found and hasattr(plugins.load("embed", spec), "fit") else None


def absolute(spec: str) -> str:
    """The spec with paths that mean the same from every folder, in settings and in specs inside it too."""
    name, _, argument = spec.partition(":")
    if not argument:
        return spec
    if Path(argument).exists():
        return f"{name}:{_from_anywhere(argument)}"
    return f"{name}:{','.join(map(_absolute_setting, argument.split(',')))}"


def _absolute_setting(text: str) -> str:
    setting, equals, value = text.partition("=")
    a_path = any(sign in value for sign in "/\\.") and Path(value).exists()
    return f"{setting}{equals}{_from_anywhere(value) if a_path else absolute(value)}"


def _from_anywhere(path: str) -> str:
    """Absolute and without `..`, but by the names that were given: what a link points to has other files beside it."""
    return os.path.normpath(Path(path).absolute())


def _id_here(project: Project, encoder_id: str) -> str:
    """The id that the encoder's vectors lie under: one renamed since keeps the id that it had."""
    with project.read() as c:
        ids = {each.id for each in encoders.all(c)}
    formerly = (f"{old}-{encoder_id.removeprefix(f'{new}-')}" for new, old in FORMERLY.items())
    return encoder_id if encoder_id in ids else next((old for old in formerly if old in ids), encoder_id)


def _sample_pictures(project: Project, short_side: int) -> Iterator[Pixels]:
    with project.read() as c:
        table = items.arrays(c)
        table = table.take(within_reach(c, table))
        rows = np.random.default_rng(0).permutation(len(table.ids))[:FIT_PICTURES]
        picked = works(c, table.take(np.sort(rows)))
    if not picked:
        raise ModelError("nothing to learn the encoder from: no items yet; run ingest, sample and detect first")
    for work in picked:
        try:
            yield from (picture for _, (picture,) in crops(work, 1, short_side=short_side))
        except MediaError:
            continue  # the embedding pass will meet and record it
