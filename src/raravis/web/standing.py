"""Where it stands: counts, curves, certificate and price, and the timelines."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query

from raravis.flow.viewing import standing as stands
from raravis.flow.viewing.certificates import certificates
from raravis.flow.viewing.price import price_to_go
from raravis.flow.viewing.timelines import BINS, Timeline, Timelines
from raravis.web import browsing
from raravis.web.chips import name_of
from raravis.web.fresh import Fresh, fresh
from raravis.web.guard import Viewer
from raravis.web.room import InRoom, Known, Room
from raravis.web.shapes import CertificateSeen, Standing, TimelinePage, TimelineSeen
from raravis.web.sight import Sight, sight

EXPECTED_HOW = (
    "the sum of the classifier's own probabilities over the 100 likeliest places that nobody looked at, apart from "
    "each other and from what was found, and no more than 1 in s + 2 answers after s without a find; a rough guide, "
    "for it learned from what a search chose: for a bound, certify"
)

InFresh = Annotated[Fresh, Depends(fresh)]
router = APIRouter(tags=["standing"])
router.include_router(browsing.router)


@router.get("/api/concepts/{name:concept}/standing")
def standing(name: Known, here: InRoom, held: InFresh, _: Viewer) -> Standing:
    """What was answered and found, how fast it still comes, what is certified and what that would cost."""
    seen = sight(here, held, name)
    made: Standing = held.get(("standing", name), seen.version, lambda: _standing(seen))
    return {**made, "certificate": _certificate(here, name), "price": _price(here, held, name, seen)}


@router.get("/api/concepts/{name:concept}/timelines")
def timelines(
    name: Known,
    here: InRoom,
    held: InFresh,
    _: Viewer,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    bins: Annotated[int, Query(ge=1, le=2000)] = BINS,
) -> TimelinePage:
    """Timelines, those with events first, then by their best score. Their seconds count from their own start.

    `alone`: pictures that share a timeline with no other, and are not among them.
    """
    seen = sight(here, held, name)
    collection = seen.collection
    if collection is None:
        return {"total": 0, "alone": 0, "timelines": []}
    made = held.get(("lines", name), seen.version, lambda: Timelines(collection, seen.scores, seen.known))
    page = made.page(offset=offset, limit=limit, bins=bins)
    return {"total": len(made), "alone": made.alone, "timelines": [_timeline(one) for one in page]}


def _standing(seen: Sight) -> Any:
    known = seen.known
    return {
        **stands.counted(known),
        "curve": stands.curve(known),
        "per_100": stands.finds(known),
        "since_last_find": stands.since_last_find(known),
        "expected_next_100": None if seen.collection is None else stands.expected(known, seen.collection, seen.scores),
        "expected_how": EXPECTED_HOW,
        "by": stands.pace(known),
    }


def _certificate(room: Room, concept: str) -> CertificateSeen | None:
    for one in certificates(room.project, concept):
        url = f"/api/concepts/{quote(concept, safe='')}/exports/{one.page.stem}"
        return {
            "sentence": one.statement[0],
            "recall": one.recall,
            "confidence": one.confidence,
            "unit": one.unit,
            "holds": one.holds,
            "made": one.made,
            "url": url,
        }
    return None


def _price(room: Room, held: Fresh, concept: str, seen: Sight) -> str | None:
    collection = seen.collection
    if collection is None:
        return None
    key, version = ("price", concept), (seen.known.last_label, collection)
    told: str | None = held.get(key, version, lambda: price_to_go(room.project, collection, concept), aside=True)
    return told


def _timeline(one: Timeline) -> TimelineSeen:
    return {
        "name": one.name,
        "kind": one.sources[0].source.kind,
        "seconds": one.seconds,
        "starts_at": one.starts_at,
        "sources": [{"id": s.source.id, "name": name_of(s.source), "from": s.start, "to": s.end} for s in one.sources],
        "heat": one.heat,
        "answers": [{"item": mark.item, "seconds": mark.seconds, "value": mark.value} for mark in one.answers],
        "events": [
            {"from": find.start, "to": find.end, "score": round(find.score, 4), "item": find.item}
            for find in one.events
        ],
    }
