"""What the pages that show a search get, as the OpenAPI description tells it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from raravis.flow.viewing.orders import Order
from raravis.web.chips import Chip

Kind = Literal["video", "image", "frames"]


class CertificateSeen(TypedDict):
    """The newest certificate: what an audit could claim, and where its page is."""

    sentence: str
    recall: float
    confidence: float
    unit: str
    holds: bool
    made: str
    url: str


class Pace(TypedDict):
    """What somebody answered, and how fast between breaks."""

    name: str
    answers: int
    per_minute: float | None


class Standing(TypedDict):
    """Where a search stands. An event, as it is known now, is found with its first yes: those are the finds."""

    answers: int
    yes: int
    no: int
    cant_tell: int
    propagated: int
    events: int
    curve: Annotated[list[list[int]], Field(description="answers, yes, events; at most 200 of them")]
    per_100: Annotated[list[int], Field(description="new events in each 100 answers")]
    since_last_find: Annotated[int, Field(description="answers since the newest event's first yes")]
    expected_next_100: Annotated[float | None, Field(description="new events; expected_how says how")]
    expected_how: str
    certificate: CertificateSeen | None
    price: str | None
    by: list[Pace]


SourceOn = TypedDict("SourceOn", {"id": int, "name": str, "from": float, "to": float})
EventOn = TypedDict("EventOn", {"from": float, "to": float, "score": float, "item": int})
Ends = TypedDict("Ends", {"from": int, "to": int})


class AnswerOn(TypedDict):
    """An answer on a timeline."""

    item: int
    seconds: float
    value: int


class TimelineSeen(TypedDict):
    """One timeline. All its seconds count from its own start, which is `starts_at` on its clock.

    `heat` is the highest score in each of so many equal parts; null where nothing was sampled.
    """

    name: str
    kind: Kind
    seconds: float
    starts_at: float
    sources: list[SourceOn]
    heat: list[float | None]
    answers: list[AnswerOn]
    events: list[EventOn]


class TimelinePage(TypedDict):
    """Some of the timelines: those with events first, then by their best score."""

    total: int
    alone: Annotated[int, Field(description="pictures that share a timeline with no other, and are not among them")]
    timelines: list[TimelineSeen]


class ItemSeen(TypedDict):
    """An item in a list."""

    item: int
    score: float | None
    value: int | None
    source: str
    source_id: int
    kind: Kind
    seconds: float


class ItemPage(TypedDict):
    """Some of the items, in the order named; `mark` goes into the addresses of their pictures as `v`."""

    total: int
    order: Order
    version: int
    mark: str
    items: list[ItemSeen]


class StripSeen(TypedDict):
    """Chips by time, where among them the item asked for is, and the first and last item of what may be one event."""

    chips: list[Chip]
    at: int
    proposed: Ends | None


class SourceSeen(TypedDict):
    """A source, and how it plays: where that is as `file`, `offset` seconds are added to ours."""

    id: int
    name: str
    kind: Kind
    width: int
    height: int
    seconds: float
    frames: int
    plays: Literal["file", "clip", "still"] | None
    offset: float
    gone: str | None
    mark: str


class FrameSeen(TypedDict):
    """A frame by its exact time."""

    pts: int
    seconds: float


class FramesSeen(TypedDict):
    """Frames that follow one another."""

    frames: list[FrameSeen]


EventSeen = TypedDict(
    "EventSeen",
    {
        "source": str,
        "source_id": int,
        "kind": Kind,
        "timeline": str,
        "from": float,
        "to": float,
        "score": float,
        "answers": int,
        "propagated": int,
        "item": int,
    },
)


class EventsSeen(TypedDict):
    """What was found, by timeline and time."""

    mark: str
    events: list[EventSeen]


class FileSeen(TypedDict):
    """A file to take away; several go as one zip, whose size is not known before."""

    format: str
    bytes: int
    url: str


class FilesSeen(TypedDict):
    """What was written."""

    files: list[FileSeen]
