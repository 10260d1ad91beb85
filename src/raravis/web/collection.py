"""The collection at a glance, the concepts that are sought in it, and the first matches."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from raravis import flow
from raravis.embed import NamedEncoder, TextEncoder
from raravis.errors import InputError, RaravisError
from raravis.flow.encoder import known
from raravis.flow.examples import add_examples
from raravis.flow.results import found_events
from raravis.flow.status import answers_about
from raravis.store import concepts, encoders, examples, labels
from raravis.store.project import Project
from raravis.web.chips import Chip, chips
from raravis.web.folders import names_of
from raravis.web.fresh import Fresh, fresh
from raravis.web.guard import Admin, Labeller, Viewer
from raravis.web.jobs import Job
from raravis.web.room import InRoom, Known, Room

Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
InFresh = Annotated[Fresh, Depends(fresh)]
Texts = Annotated[list[Text], Field(max_length=20)]

router = APIRouter(tags=["collection"])


class EncoderSeen(BaseModel):
    """Whose vectors searches go by, and what words it reads."""

    id: str
    spec: str
    reads: Literal["texts", "names", "nothing"]


class Glance(BaseModel):
    """What `raravis status` tells, and what goes on now."""

    project: str
    collection: dict[str, Any]
    stages: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    coverage: list[dict[str, Any]]
    concepts: list[dict[str, Any]]
    sources_failed: int
    job: Job | None
    roots: list[str]
    encoder: EncoderSeen | None
    double: float
    finding: str | None  # the concept that `raravis find` waits for; POST /api/done when there is enough


class ConceptSeen(BaseModel):
    """A concept and what was said of it."""

    name: str
    answers: int
    yes: int
    no: int
    cant_tell: int
    events: int
    examples: int


class Concepts(BaseModel):
    """All that is sought, oldest first."""

    concepts: list[ConceptSeen]


class NewConcept(BaseModel):
    """What to seek, in a word or two."""

    name: Annotated[str, StringConstraints(max_length=200)]


class Query(BaseModel):
    """Words to search by, beside the concept's examples; they count this once."""

    k: Annotated[int, Field(ge=1, le=500)] = 48
    text: Texts = []
    text_not: Texts = []


class Matches(BaseModel):
    """The items most like it, best first."""

    round: int
    chips: list[Chip]
    notes: list[str]


class Done(BaseModel):
    """Whether somebody waited for it."""

    done: bool


@router.get("/api/collection")
def collection(here: InRoom, held: InFresh, _: Viewer) -> Glance:
    """The collection at a glance: what is in it, how far each stage got, what failed and why."""
    told = dict(held.get("status", (object(),), lambda: flow.status(here.project)))
    failures = [_shown(failure, here.roots) for failure in told["failures"]]
    failed = sum(stage["failed"] for stage in told["stages"] if stage["stage"] == "ingest")
    told |= {"project": here.project.folder.name, "failures": failures, "sources_failed": failed}
    return Glance(
        **told,
        job=here.jobs.seen(),
        roots=names_of(here.roots),
        encoder=_encoder(here.project),
        double=here.double,
        finding=here.finding,
    )


@router.get("/api/concepts")
def list_concepts(here: InRoom, held: InFresh, _: Viewer) -> Concepts:
    """All that is sought, and what was said of each."""
    return Concepts(concepts=[_concept(here.project, held, name) for name in _names(here.project)])


@router.post("/api/concepts", status_code=201)
def new_concept(given: NewConcept, here: InRoom, held: InFresh, who: Labeller) -> ConceptSeen:
    """Something else to seek; a name that is there already stays as it is."""
    name = " ".join(given.name.split())
    if name in (".", ".."):
        raise InputError(f"{name!r} cannot name what is sought: no address can hold it")
    add_examples(here.project, name)
    tell_of(here, name, by=who.name)
    return _concept(here.project, held, name)


@router.post("/api/concepts/{name:concept}/search")
def search(given: Query, here: InRoom, name: Known, who: Labeller) -> Matches:
    """What is most like the concept's examples and these words."""
    notes: list[str] = []
    words: dict[str, Any] = {"text": given.text, "text_not": given.text_not}
    words["collection"] = here.desks.of(name).campaign.collection
    found = flow.search(here.project, concept=name, **words, k=given.k, keep=False, say=notes.append)
    return Matches(round=found.id, chips=chips(here, found, name, who.name), notes=notes)


@router.post("/api/done")
def done(here: InRoom, _: Admin) -> Done:
    """Ends the asking of `raravis find`, which writes down what was found; of `serve` it ends nothing."""
    if here.finding is not None:
        here.done()
    return Done(done=here.finding is not None)


def tell_of(here: Room, name: str, *, by: str) -> None:
    """Every open page hears that something about the concept changed, and how much was said of it by now."""
    with here.project.read() as c:
        counted = answers_about(c, name)
    here.live.tell("concept", {"name": name, "answers": counted["answers"], "yes": counted["yes"], "by": by})


def _names(project: Project) -> list[str]:
    with project.read() as c:
        return [name for name in concepts.all(c) if name]


def _concept(project: Project, held: Fresh, name: str) -> ConceptSeen:
    with project.read() as c:
        counted, read_up_to = answers_about(c, name), labels.last_id(c)
        given = len(examples.all(c, name))
    events = held.get(("events of", name), (read_up_to,), lambda: len(found_events(project, name)))
    counts = {key: counted[key] for key in ("answers", "yes", "no", "cant_tell")}
    return ConceptSeen(name=name, **counts, events=events if counted["yes"] else 0, examples=given)


def _encoder(project: Project) -> EncoderSeen | None:
    with project.read() as c:
        current = encoders.current(c)
        spec = encoders.require(c, current).spec if current else ""
    if current is None:
        return None
    name, colon, argument = spec.partition(":")
    told = name + colon + argument.replace(os.sep, "/").rpartition("/")[2]  # of a model's path its file name
    return EncoderSeen(id=current, spec=told, reads=_reads(project, current))


def _reads(project: Project, encoder_id: str) -> Literal["texts", "names", "nothing"]:
    try:
        encoder = known(project, encoder_id)
    except RaravisError:  # its model is gone: searches by pictures that have vectors go on without it
        return "nothing"
    if isinstance(encoder, TextEncoder):
        return "texts"
    return "names" if isinstance(encoder, NamedEncoder) else "nothing"


def _shown(failure: dict[str, Any], roots: tuple[Path, ...]) -> dict[str, Any]:
    """A failure, with the paths in it from the root on: where that lies is nobody's business."""
    told = {key: functools.reduce(_without, roots, str(text)) for key, text in failure.items()}
    path = Path(told["subject"])
    return told | {"subject": path.name if path.is_absolute() else path.as_posix()}


def _without(text: str, root: Path) -> str:
    return text.replace(f"{root}{os.sep}", "")
