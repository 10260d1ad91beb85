"""Examples of a concept: pictures, parts of frames, and words; given, seen and taken back in the page."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, HTTPException, Query
from pydantic import BaseModel, Field

from raravis.errors import InputError
from raravis.flow import words
from raravis.flow.encoder import known
from raravis.flow.examples import add_crop, add_examples, add_picture, remove_example
from raravis.store import encoders, examples
from raravis.store.examples import Kind
from raravis.store.project import Project
from raravis.web.collection import Text, tell_of
from raravis.web.guard import PICTURE_BYTES, Labeller, Viewer
from raravis.web.media import InStudio
from raravis.web.room import InRoom, Known, Room, known_item
from raravis.web.wanted import BoxGiven

Id = Annotated[int, Field(ge=0, le=2**53)]
Sign = Literal[1, -1]

router = APIRouter(tags=["examples"])


class NewExample(BaseModel):
    """Words, an item, or a box of the frame in which an item is seen (xyxy in 0..1 of that frame)."""

    text: Text | None = None
    item: Id | None = None
    box: BoxGiven | None = None
    sign: Sign = 1


class ExampleSeen(BaseModel):
    """One example; `sign`: 1 it looks like this, -1 it does not. `picture` is where it can be seen."""

    id: int
    name: str
    kind: Kind
    sign: int
    picture: str | None


class Examples(BaseModel):
    """The concept's examples, in the order given."""

    examples: list[ExampleSeen]


@router.get("/api/concepts/{name:concept}/examples")
def list_examples(here: InRoom, name: Known, _: Viewer) -> Examples:
    """What was given of the concept."""
    return _all(here.project, name)


@router.post("/api/concepts/{name:concept}/examples", status_code=201)
async def add_example(given: NewExample, here: InStudio, name: Known, who: Labeller) -> Examples:
    """Adds words, an item or a part of a frame; what is known already stays as it is."""
    room = here.room
    if (given.text is None) == (given.item is None):
        raise InputError('an example is either {"text": …} or {"item": …}')

    def keep() -> Examples:
        if given.text is not None:
            _add_text(room.project, name, given.text, given.sign)
        elif given.item is not None:
            add_crop(room.project, name, known_item(room, given.item), box=given.box, sign=given.sign)
        return _changed(room, name, who.name)

    return await to_thread.run_sync(keep, limiter=here.reading)


@router.post("/api/concepts/{name:concept}/examples/picture", status_code=201)
async def upload(
    here: InStudio,
    name: Known,
    who: Labeller,
    data: Annotated[bytes, Body(media_type="image/*", description=f"at most {PICTURE_BYTES // 1_000_000} MB")],
    sign: Literal["1", "-1"] = "1",
    file: Annotated[str, Query(alias="name", max_length=200)] = "picture",
) -> Examples:
    """Adds a picture: the content of a JPEG, PNG, WebP, TIFF, GIF or BMP file."""
    shown = "".join(letter for letter in file if letter.isprintable()).replace("\\", "/").rpartition("/")[2]

    def keep() -> Examples:
        add_picture(here.room.project, name, data, name=shown or "picture", sign=int(sign))
        return _changed(here.room, name, who.name)

    return await to_thread.run_sync(keep, limiter=here.reading)


@router.delete("/api/concepts/{name:concept}/examples/{id}")
def remove(id: Id, here: InRoom, name: Known, who: Labeller) -> Examples:
    """Takes an example back; rounds from now on go without it."""
    if id not in {one.id for one in _all(here.project, name).examples}:
        raise HTTPException(404, f"{name!r} has no example {id}")
    remove_example(here.project, name, id)
    return _changed(here, name, who.name)


def _add_text(project: Project, name: str, text: str, sign: int) -> None:
    """Keeps the words. Raises InputError where the encoder in use cannot read them."""
    with project.read() as c:
        current = encoders.current(c)
    if current is not None:
        words.read(known(project, current), [text])
    add_examples(project, name, **{"text" if sign > 0 else "text_not": [text]})


def _all(project: Project, name: str) -> Examples:
    with project.read() as c:
        every = examples.all(c, name)
    return Examples(
        examples=[
            ExampleSeen(
                id=one.id,
                name=one.name,
                kind=one.kind,
                sign=one.sign,
                picture=f"/media/examples/{one.id}.jpg" if one.picture else None,
            )
            for one in every
        ]
    )


def _changed(here: Room, name: str, by: str) -> Examples:
    """The examples now; whoever answers is asked by them from the next batch on."""
    here.desks.forget(name)
    tell_of(here, name, by=by)
    return _all(here.project, name)
