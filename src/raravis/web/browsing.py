"""Every item in order, the strip beside one, and the sources with their frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Query

from raravis.errors import InputError, MediaError
from raravis.flow.collection import Collection
from raravis.flow.evaluating.doubtful import doubt_scores
from raravis.flow.viewing.orders import Order, Orders
from raravis.flow.viewing.playing import how_it_plays
from raravis.flow.viewing.strip import strip
from raravis.media.browser import Plays
from raravis.store import said, sources
from raravis.types import Floats, Ints, Source
from raravis.web.chips import chips, mark, name_of, named
from raravis.web.fresh import Fresh, fresh
from raravis.web.guard import Viewer
from raravis.web.media import Id, InStudio, Seconds
from raravis.web.room import InRoom, Known, Room, known_concept
from raravis.web.shapes import Ends, FramesSeen, ItemPage, ItemSeen, SourceSeen, StripSeen
from raravis.web.sight import sight

InFresh = Annotated[Fresh, Depends(fresh)]
router = APIRouter()


@router.get("/api/concepts/{name:concept}/items")
def browse(
    name: Known,
    here: InRoom,
    held: InFresh,
    _: Viewer,
    order: Order = "score",
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
    version: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> ItemPage:
    """Every item, best first or by time; by time too where nothing gives a score yet. Or the answers, doubtful first.

    The score of an answer among these is how likely a yes seems to a head that saw nothing of its event. Scores change
    while answers come: with the `version` of the first page the next ones are of the same order, as long as it is one
    of the last few.
    """
    collection, scores, known = sight(here, held, name)
    if collection is None:
        return {"total": 0, "order": order, "version": 0, "mark": "", "items": []}
    orders: Orders = held.get(("orders", name), (collection,), lambda: Orders(collection))
    by = scores
    if order == "doubt":
        made = (known.last_label, collection)
        by, scores = held.get(("doubt", name), made, lambda: doubt_scores(here.project, name, collection))
    found = orders.of(order, by, version=version)
    with here.project.read() as c:
        page = _items(c, name, collection, scores, found.rows[offset : offset + limit])
        told = mark(c)
    return {"total": len(found.rows), "order": found.order, "version": found.version, "mark": told, "items": page}


@router.get("/api/items/{item_id}/strip")
def item_strip(
    item_id: Id,
    here: InRoom,
    who: Viewer,
    concept: str,
    n: Annotated[int, Query(ge=5, le=101, description="odd")] = 11,
) -> StripSeen:
    """The frames beside an item on its timeline, and the ends of what may be one event with it."""
    if n % 2 == 0:
        raise HTTPException(422, f"n is {n}; wanted an odd number, so that the item has as many on each side")
    name = known_concept(concept, here)
    desk = here.desks.of(name)
    second = frozenset[int]().union(*(batch.second for batch in desk.open_batches(who.name)))
    with found_or_404():
        collection, scores = desk.sight()
        made = strip(here.project, collection, scores, name, item_id, n=n, unseen=second)
    proposed = made.proposed and Ends({"from": made.proposed[0], "to": made.proposed[1]})
    shown = chips(here, made.items, name, who.name, second=second)
    return {"chips": shown, "at": made.at, "proposed": proposed}


@router.get("/api/sources/{source_id}")
def source_seen(source_id: Id, here: InRoom, studio: InStudio, _: Viewer) -> SourceSeen:
    """A source, and how it plays: `offset` seconds go onto ours where the file itself plays."""
    with found_or_404(), here.project.read() as c:
        source, of_project = sources.get(c, source_id), mark(c)
        frames = len(studio.frames.packets(source_id))
    plays, gone = _plays(source, here)
    return {
        **named(source),
        "seconds": float(source.duration * source.time_base),
        "frames": frames,
        "plays": plays,
        "offset": float(source.start * source.time_base),
        "gone": gone,
        "mark": of_project,
    }


@router.get("/api/sources/{source_id}/frames")
def source_frames(
    source_id: Id,
    here: InRoom,
    studio: InStudio,
    _: Viewer,
    around: Seconds = 0,
    n: Annotated[int, Query(ge=1, le=1001)] = 61,
) -> FramesSeen:
    """The source's frames nearest to a second, by time: what stepping goes through."""
    with found_or_404():
        packets = studio.frames.packets(source_id)
    seconds = packets.seconds()
    at = max(int(np.searchsorted(seconds, around + 1e-6, side="right")) - 1, 0)
    low = max(min(at - n // 2, len(packets) - n), 0)
    shown = zip(packets.pts[low : low + n].tolist(), seconds[low : low + n].tolist(), strict=True)
    return {"frames": [{"pts": pts, "seconds": round(at, 6)} for pts, at in shown]}


@contextmanager
def found_or_404() -> Iterator[None]:
    """What the store does not know is no mistake of the request's form: 404."""
    try:
        yield
    except InputError as error:
        raise HTTPException(404, str(error)) from None


def _plays(source: Source, here: Room) -> tuple[Plays | None, str | None]:
    """How it plays, or why it does not."""
    try:
        return how_it_plays(source, roots=here.roots).plays, None
    except MediaError as error:
        return None, str(error)


def _items(c: Any, concept: str, collection: Collection, scores: Floats | None, rows: Ints) -> list[ItemSeen]:
    ids = collection.vectors.ids[rows].tolist()
    answers = said.newest(c, concept, ids)
    return [
        {
            "item": item,
            "score": None if scores is None or np.isnan(scores[row]) else round(float(scores[row]), 4),
            "value": answers[item].value if item in answers else None,
            "source": name_of(source := collection.sources[source_id]),
            "source_id": source_id,
            "kind": source.kind,
            "seconds": round(source.seconds(pts), 6),
        }
        for item, row, source_id, pts in zip(
            ids,
            rows.tolist(),
            collection.table.source_id[rows].tolist(),
            collection.table.pts[rows].tolist(),
            strict=True,
        )
    ]
