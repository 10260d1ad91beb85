"""Searches for programs: many queries in one request, as vectors or as pictures, items and words."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json
from starlette.requests import ClientDisconnect

from raravis.scale.processes import cores
from raravis.web.found import results
from raravis.web.guard import Person, token_of, viewer
from raravis.web.room import InRoom, Room
from raravis.web.wanted import Results, Wanted

LARGE = 1_000_000  # bytes of a body from which on only a few are held at once
LARGE_AT_ONCE = 2
ARRIVING_SECONDS = 60.0  # for a body to arrive
SEEN_SECONDS = 1.0  # after which it is looked again whether somebody may come in
MOST_SEEN = 1000
WAITING = 128  # requests; who comes when so many wait is sent away
MISTAKES = 100  # in one request; to tell each of millions takes gigabytes

router = APIRouter(tags=["search"])


def described(schema: Any, parts: dict[str, Any]) -> Any:
    """A JSON schema in one piece: an OpenAPI description resolves no references into the middle of itself."""
    if isinstance(schema, list):
        return [described(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return described(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {key: described(value, parts) for key, value in schema.items() if key != "$defs"}


_SCHEMA = Wanted.model_json_schema()
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": described(_SCHEMA, _SCHEMA["$defs"])}},
    }
}


class Health(BaseModel):
    """What searches go by at the moment."""

    encoder: str
    items: int
    dimensions: int
    recall: Annotated[float, Field(description="share of the best that is found, as measured; 1: all, always")]


class Counter:
    """Where searches stand in line: so many at once, and of large bodies so many in memory."""

    def __init__(self) -> None:
        self.searching, self.large = CapacityLimiter(max(cores(), 2)), CapacityLimiter(LARGE_AT_ONCE)
        self.inside = 0
        self.seen: dict[str | None, tuple[Person, float]] = {}  # by token, and until when


async def seen(request: Request, here: InRoom) -> Person:
    """Whoever may come in, or might a second ago: to look at the users takes longer than to pass a search on."""
    counter, token, now = _counter(request), token_of(request, here), time.monotonic()
    who, until = counter.seen.get(token, (None, 0.0))
    if who is None or now > until:
        counter.seen.pop(token, None)
        if len(counter.seen) > MOST_SEEN:  # an open room takes any token
            counter.seen.clear()
        who = await to_thread.run_sync(viewer, request, here)
        counter.seen[token] = who, now + SEEN_SECONDS
    return who


Seen = Annotated[Person, Depends(seen)]


@router.post("/api/search", response_class=Response, responses={200: {"model": Results}}, openapi_extra=BODY)
async def search(request: Request, here: InRoom, _: Seen) -> Response:
    """What is most like each query, best first. Nothing is kept.

    Scores are cosines, of vectors of any length; docs/service.md tells the rest.
    """
    counter = _counter(request)
    async with _turn(counter), _room_for(request, counter):
        body = await _body(request)
        found = await to_thread.run_sync(functools.partial(answer, here, body), limiter=counter.searching)
    return Response(found, media_type="application/json")


@router.get("/api/health")
def health(here: InRoom, _: Seen) -> Health:
    """Whether searches are answered, and by what: ready where this is 200, and the collection is in memory then."""
    held = here.searchers.of()
    vectors = held.collection.vectors
    return Health(
        encoder=vectors.encoder, items=len(vectors), dimensions=vectors.data.shape[1], recall=held.index.recall
    )


def _counter(request: Request) -> Counter:
    made: Counter | None = getattr(request.app.state, "counter", None)
    if made is None:
        made = request.app.state.counter = Counter()
    return made


@asynccontextmanager
async def _turn(counter: Counter) -> AsyncIterator[None]:
    if counter.inside >= WAITING:
        raise HTTPException(503, "too many searches wait already; try again in a second", {"Retry-After": "1"})
    counter.inside += 1
    try:
        yield
    finally:
        counter.inside -= 1


@asynccontextmanager
async def _room_for(request: Request, counter: Counter) -> AsyncIterator[None]:
    """Not read before there is room: until then the client holds what it has to send."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:18]) <= LARGE:
        yield
        return
    async with counter.large:
        yield


async def _body(request: Request) -> bytes:
    try:
        async with asyncio.timeout(ARRIVING_SECONDS):
            return await request.body()
    except TimeoutError:
        raise HTTPException(408, f"the request did not arrive within {ARRIVING_SECONDS:g} s") from None
    except ClientDisconnect:
        raise HTTPException(400, "the connection ended before the request was there") from None


def _told_first(error: ValidationError) -> list[Any]:
    """What is wrong deep inside comes before: of what may be this or that, it was meant to be that."""
    return sorted(error.errors(include_url=False, include_input=False), key=lambda one: -len(one["loc"]))


def answer(here: Room, body: bytes) -> bytes:
    """The answer to a request, both as JSON."""
    try:
        wanted = Wanted.model_validate_json(body)
    except ValidationError as error:
        if (many := error.error_count()) > MISTAKES:
            raise HTTPException(422, f"got {many:,} mistakes; see docs/service.md for what may be asked") from None
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in _told_first(error)]) from None
    return to_json(results(here.project, here.searchers.of(wanted.encoder, exact=wanted.exact), wanted))
