"""What people take away: the events, files in every format, and the page to hand on."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from raravis.flow.away import exported, home, take
from raravis.flow.collection import Collection
from raravis.flow.report import report
from raravis.flow.results import place_of
from raravis.flow.viewing.standing import best_item, scored
from raravis.store import items, sources
from raravis.types import Event, Floats, Source
from raravis.web.chips import mark
from raravis.web.fresh import Fresh, fresh
from raravis.web.guard import Viewer
from raravis.web.media import InStudio
from raravis.web.ranges import file_response
from raravis.web.room import InRoom, Known, Room
from raravis.web.shapes import EventSeen, EventsSeen, FileSeen, FilesSeen
from raravis.web.sight import sight
from raravis.web.zipped import zipped

Format = Literal["csv", "coco", "clips", "onnx", "report"]
Taken = Literal["csv", "coco", "clips", "onnx", "report", "certificate-event", "certificate-item"]
TYPES = {".csv": "text/csv; charset=utf-8", ".html": "text/html; charset=utf-8"}
PAGE_POLICY = (  # our own pages hold their style and pictures, and no script
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
InFresh = Annotated[Fresh, Depends(fresh)]
router = APIRouter(prefix="/api/concepts/{name:concept}", tags=["taking"])


class Wanted(BaseModel):
    """What to write; the classifier is left out while there is none."""

    formats: Annotated[list[Format], Field(min_length=1, max_length=5)]


@router.get("/events")
def events(name: Known, here: InRoom, held: InFresh, _: Viewer) -> EventsSeen:
    """What was found, by timeline and time; of an event across files the first file is named."""
    collection, scores, known = sight(here, held, name)
    found = known.events if collection is None else scored(collection, scores, known.events)
    given = set(known.latest.item_id.tolist())
    with here.project.read() as c:
        first = {item.id: item for item in items.get(c, items.known(c, [event.items[0] for event in found]))}
        by_id, told = sources.some(c, {item.source_id for item in first.values()}), mark(c)
    there = [(event, by_id[first[event.items[0]].source_id]) for event in found if event.items[0] in first]
    seen = [_event(event, source, given, _best(collection, scores, event)) for event, source in there]
    return {"mark": told, "events": seen}


@router.post("/exports")
async def export(wanted: Wanted, name: Known, here: InStudio, _: Viewer) -> FilesSeen:
    """Files written in these formats, into the project's exports; each then lies ready to be fetched."""
    room = here.room

    def write() -> dict[str, Path]:
        return take(room.project, name, room.desks.of(name).campaign.collection, formats=wanted.formats)

    written = await to_thread.run_sync(write, limiter=here.exporting)
    return {"files": [_file(room, name, format) for format in written]}


@router.get("/exports/{format}", response_class=Response)
def fetch(format: Taken, name: Known, request: Request, here: InRoom, _: Viewer) -> Response:
    """An export: a file, or several as one zip. A certificate is a page."""
    files = exported(here.project, name, format)
    if not files:
        raise HTTPException(404, f"{name!r} has no {format} here yet; export it first, or certify")
    if format in ("csv", "report", "certificate-event", "certificate-item"):
        answer = file_response(files[0], request.headers, content_type=TYPES[files[0].suffix])
        answer.headers["Content-Disposition"] = _attached(f"{name} {files[0].name}")
        answer.headers["Content-Security-Policy"] = PAGE_POLICY
        return answer
    told = {"Content-Disposition": _attached(f"{name} {format}.zip"), "Cache-Control": "no-store"}
    return StreamingResponse(zipped(files, home(here.project, name)), media_type="application/zip", headers=told)


@router.get("/report.html", response_class=Response)
async def report_page(name: Known, here: InStudio, _: Viewer) -> Response:
    """The page to hand on, as it is now."""
    project = here.room.project
    path: Path = await to_thread.run_sync(functools.partial(report, project, name), limiter=here.exporting)
    page = await to_thread.run_sync(path.read_bytes)
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    return Response(page, media_type="text/html", headers=headers)


def _best(collection: Collection | None, scores: Floats | None, event: Event) -> int:
    return event.items[len(event.items) // 2] if collection is None else best_item(collection, scores, event)


def _event(event: Event, source: Source, given: set[int], best: int) -> EventSeen:
    place = place_of(source, event)
    answers = len(given.intersection(event.items))
    return {
        "source": place.name,
        "source_id": source.id,
        "kind": source.kind,
        "timeline": event.timeline,
        "from": round(event.start - place.starts_at, 6),
        "to": round(event.end - place.starts_at, 6),
        "score": round(event.score, 4),
        "answers": answers,
        "propagated": len(event.items) - answers,
        "item": best,
    }


def _file(room: Room, concept: str, format: str) -> FileSeen:
    size = sum(path.stat().st_size for path in exported(room.project, concept, format))
    return {"format": format, "bytes": size, "url": f"/api/concepts/{quote(concept, safe='')}/exports/{format}"}


def _attached(name: str) -> str:
    """RFC 6266: a plain name for old clients, the real one beside it."""
    plain = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "-_. ") else "_" for ch in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
