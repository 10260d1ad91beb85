"""A space of vectors goes, with what lies over it; unless something goes on in it."""

from __future__ import annotations

from typing import Any, NamedTuple

from raravis.errors import InputError
from raravis.flow.audits.begun import again, live
from raravis.flow.audits.file import is_settled
from raravis.flow.encoder import absolute
from raravis.flow.spaces import space_of, sweep
from raravis.flow.tell import typed
from raravis.store import concepts, encoders, rounds
from raravis.store.project import Project


class Removed(NamedTuple):
    """What went with a space; the rounds made over it stay, but cannot be made again."""

    vectors: int
    megabytes: float
    heads: int
    examples: int
    rounds: int  # those that `replay` could make again


def remove(project: Project, encoder_id: str) -> Removed:
    """What went with the space of exactly this id: vectors, heads, vectors of examples. Answers and rounds stay.

    A file that another process has mapped on Windows goes with the next `embed`. Raises InputError where the id is
    unknown, the space is in use, or an audit goes on in it.
    """
    with project.lock("raravis encoders remove"):
        with project.read() as c:
            _refuse(c, project, encoder_id)
            leans = encoders.leans_on(c, encoder_id)
        space = space_of(project, encoder_id)
        with project.begin() as c:
            encoders.remove(c, encoder_id)
        with project.begin() as c:
            sweep(c, project)
    return Removed(space.vectors, space.megabytes, *leans)


def _refuse(c: Any, project: Project, encoder_id: str) -> None:
    _refuse_no_id(c, encoder_id)
    if encoders.current(c) == encoder_id:
        use = typed(project, "encoders", "use", "NAME")
        raise InputError(f"{encoder_id}: is in use; first turn to another: {use}")
    for concept in concepts.all(c):
        for first in live(rounds.all(c, concept)):
            if first.encoder == encoder_id and not is_settled(project.exports, first):
                finish, anew = again(project, first), again(project, first, anew=True)
                raise InputError(
                    f"{encoder_id}: an audit of {concept!r} goes on in this space; first finish it: {finish}, or begin "
                    f"it again in the space in use: {anew}"
                )


def _refuse_no_id(c: Any, name: str) -> None:
    known = encoders.all(c)
    meant = [
        each.id for each in known if name in (each.spec, each.spec.partition(":")[0]) or absolute(name) == each.spec
    ]
    if meant and name not in [each.id for each in known]:
        raise InputError(
            f"{name}: is no id of a space, and only an exact one is removed; it may mean: {', '.join(meant)}"
        )
    encoders.require(c, name)
