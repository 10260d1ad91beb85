"""A chip as the page has it: an item with its source, its time, why it is asked and what was said of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from raravis.flow.campaign import BECAUSE
from raravis.flow.viewing.reach import why_gone
from raravis.store import items, owner, said, sources
from raravis.types import Item, Round, Source

if TYPE_CHECKING:
    from raravis.web.room import Room

FOLLOWS = "follows"  # the reason of a chip that is yes because of answers beside it, and that nobody answered


class SourceSeen(TypedDict):
    """A source in a chip."""

    id: int
    name: str
    kind: Literal["video", "image", "frames"]
    width: int
    height: int


class Part(TypedDict):
    """The blind box for whose sake a whole frame is asked about."""

    item: int
    box: tuple[float, float, float, float]


class Chip(TypedDict):
    """One item as it is shown. Seconds count from the source's first frame; the box is xyxy in 0..1.

    `score` is the probability by the newest head, or of a ranked list its own score; null before there is one.
    `value` is 1, -1 or 0, null where nobody answered. `gone` says why its file cannot be opened: then only the small
    picture made when it was embedded can be shown, if that. `mark` goes into the address of a picture as `v`: with it
    the browser may keep the picture for good.
    """

    item: int
    round: int | None
    source: SourceSeen
    seconds: float
    end_seconds: float
    pts: int
    box: tuple[float, float, float, float]
    part: Part | None
    detector: str
    score: float | None
    reason: str
    second: bool
    value: int | None
    by: str | None
    gone: str | None
    mark: str


def chips(
    room: Room,
    asked: Round | Sequence[int],
    concept: str,
    by: str | None = None,
    *,
    rounds: Sequence[Round] = (),
    second: Collection[int] = (),
) -> list[Chip]:
    """The chips of a round, or of items by id, in that order; forgotten items are left out.

    `rounds`: those in which the items are asked. `second`: items asked of a second person, of which the value is what
    `by` said and nobody else, so that the first answer stays unseen; of the others it is what counts now.
    """
    ids = asked.ids if isinstance(asked, Round) else asked
    rounds = [asked] if isinstance(asked, Round) else rounds
    why = {i: (one.id or None, reason) for one in rounds for i, reason in zip(one.ids, one.reason, strict=True)}
    likeliest = {i: part for one in rounds for i, part in zip(one.ids, one.params.get(BECAUSE, ()), strict=False)}
    with room.project.read() as c:
        found = {item.id: item for item in items.get(c, items.known(c, ids))}
        parts = {item.id: item for item in items.get(c, items.known(c, likeliest.values()))}
        known = sources.some(c, {item.source_id for item in found.values()})
        answers = said.newest(c, concept, found.keys() - set(second))
        answers |= said.newest(c, concept, found.keys() & set(second), by=by or "")
        follow = said.following(c, concept, found.keys() - answers.keys() - set(second))
        of_project = mark(c)
    scores = _scores(room, asked, concept, found.keys())
    gone = {source.id: why_gone(source, roots=room.roots) for source in known.values()}
    shown = list[Chip]()
    for item, source in ((found[i], known[found[i].source_id]) for i in ids if i in found):
        round_id, reason = why.get(item.id, (None, FOLLOWS if item.id in follow else ""))
        answer = answers.get(item.id)
        shown.append(
            {
                "item": item.id,
                "round": round_id,
                "source": named(source),
                "seconds": round(source.seconds(item.pts), 6),
                "end_seconds": round(source.seconds(item.end), 6),
                "pts": item.pts,
                "box": item.box,
                "part": _part(item.id, parts.get(likeliest.get(item.id, item.id))),
                "detector": item.detector,
                "score": scores.get(item.id),
                "reason": reason,
                "second": item.id in second,
                "value": answer and answer.value,
                "by": answer and answer.by,
                "gone": gone[source.id],
                "mark": of_project,
            }
        )
    return shown


def _part(asked: int, part: Item | None) -> Part | None:
    return None if part is None or part.id == asked else {"item": part.id, "box": part.box}


def mark(c: Any) -> str:
    """Tells the pictures of one project from those of another that the same address showed yesterday."""
    known = owner.owner(c)
    return known.id[:12] if known else ""


def name_of(source: Source) -> str:
    """What people call a source; of one that was overwritten everywhere nothing is left but its number."""
    return source.places[0].name if source.places else f"source {source.id}"


def named(source: Source) -> SourceSeen:
    """What every page tells of a source."""
    return {
        "id": source.id,
        "name": name_of(source),
        "kind": source.kind,
        "width": source.width,
        "height": source.height,
    }


def _scores(room: Room, asked: Round | Sequence[int], concept: str, ids: Collection[int]) -> dict[int, float]:
    """By item: of a ranked list its own, else the newest head's; a strategy's own scores mean nothing to people."""
    if isinstance(asked, Round) and asked.strategy == "search":
        return {i: round(score, 4) for i, score in zip(asked.ids, asked.scores, strict=True)}
    found = room.desks.of(concept).scores_of(ids) if ids else {}
    return {item: round(score, 4) for item, score in found.items()}
