"""Pictures, films and clips, by id: no path ever comes from a client."""

from __future__ import annotations

import functools
from collections.abc import Callable
from enum import IntEnum
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response

from raravis.errors import InputError, MediaError
from raravis.flow.viewing.frames import Frames
from raravis.flow.viewing.playing import LONGEST_SECONDS, clip_to_play
from raravis.flow.viewing.reach import reachable
from raravis.flow.viewing.thumbs import kept_thumb, thumb, thumb_at_hand
from raravis.media.browser import playing
from raravis.scale.processes import cores
from raravis.store import examples, sources
from raravis.web.chips import mark
from raravis.web.ranges import file_response
from raravis.web.room import InRoom, Room

Thing = TypeVar("Thing")
FOREVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
MOST = 2**63 - 1  # of what the database takes for a number
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}
FILM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"video/mp4": {}, "video/webm": {}, "application/octet-stream": {}}},
    206: {"description": "the part asked for"},
}

Id = Annotated[int, Path(ge=0, le=MOST)]
Pts = Annotated[int, Query(ge=-MOST, le=MOST)]
Seconds = Annotated[float, Query(ge=0, le=1e9, allow_inf_nan=False)]
Mark = Annotated[str, Query(max_length=32, description="the project's mark: with it the picture may be kept for good")]


class ThumbWidth(IntEnum):
    """Pixels of the longer side."""

    SMALL, MEDIUM, LARGE = 160, 320, 640


class FrameWidth(IntEnum):
    """Pixels of the longer side."""

    SMALL, MEDIUM, LARGE = 640, 1280, 1920


class Studio:
    """What one room's pictures are made with: a few at a time, in threads of their own, so that no answer waits."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.frames = Frames(room.project, roots=room.roots)
        self.decoding, self.encoding = CapacityLimiter(max(cores(), 2)), CapacityLimiter(max(cores() // 2, 1))
        self.exporting = CapacityLimiter(1)  # two at once would write to the same place
        self.reading = CapacityLimiter(2)  # a picture of the most pixels takes a gigabyte while it is read
        with room.project.read() as c:
            self.mark = mark(c)


async def studio(request: Request, here: InRoom) -> Studio:
    """The room's own: a dependency."""
    made: Studio | None = getattr(request.app.state, "studio", None)
    if made is None:
        made = request.app.state.studio = Studio(here)
    return made


InStudio = Annotated[Studio, Depends(studio)]
router = APIRouter(prefix="/media", tags=["media"])


@router.get("/items/{item_id}/thumb.jpg", response_class=Response, responses=JPEG)
async def item_thumb(
    item_id: Id, request: Request, here: InStudio, w: ThumbWidth = ThumbWidth.MEDIUM, v: Mark = ""
) -> Response:
    """The item's box, small; where its file is gone the picture of 224 pixels that was kept of it."""
    picture = _Picture(request, f"{here.mark}-i{item_id}-{w:d}", forever=v == here.mark)
    if picture.known:
        return picture.same()
    project, roots = here.room.project, here.room.roots
    found = await to_thread.run_sync(functools.partial(thumb_at_hand, project, item_id, width=w))
    try:
        found = found or await _made(here.decoding, functools.partial(thumb, project, item_id, width=w, roots=roots))
    except HTTPException:
        kept = await to_thread.run_sync(kept_thumb, project, item_id)
        if kept is None:
            raise
        return Response(kept, media_type="image/jpeg", headers={"Cache-Control": "no-store"})
    return picture.of(found)


@router.get("/items/{item_id}/frame.jpg", response_class=Response, responses=JPEG)
async def item_frame(
    item_id: Id, request: Request, here: InStudio, w: FrameWidth = FrameWidth.MEDIUM, v: Mark = ""
) -> Response:
    """The whole frame that the item's picture is from."""
    picture = _Picture(request, f"{here.mark}-f{item_id}-{w:d}", forever=v == here.mark)
    if picture.known:
        return picture.same()

    def made() -> bytes:
        source_id, pts = here.frames.of_item(item_id)
        return here.frames.frame(source_id, pts, width=w, steps=False)

    return picture.of(await _made(here.decoding, made))


@router.get("/sources/{source_id}/frame.jpg", response_class=Response, responses=JPEG)
async def source_frame(
    source_id: Id, pts: Pts, request: Request, here: InStudio, w: FrameWidth = FrameWidth.MEDIUM, v: Mark = ""
) -> Response:
    """Exactly the frame at this pts; those beside it are then at hand."""
    picture = _Picture(request, f"{here.mark}-s{source_id}-{pts}-{w:d}", forever=v == here.mark)
    if picture.known:
        return picture.same()
    found = here.frames.at_hand(source_id, pts, width=w)
    made = functools.partial(here.frames.frame, source_id, pts, width=w)
    return picture.of(found or await _made(here.decoding, made))


@router.get("/examples/{example_id}.jpg", response_class=Response, responses=JPEG)
def example_picture(example_id: Id, here: InRoom) -> Response:
    """What an example shows."""
    with here.project.read() as c:
        found = examples.picture(c, example_id)
    if not found:
        raise HTTPException(404, f"example {example_id} has no picture: removed, or words")
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": ASK_AGAIN})


@router.head("/sources/{source_id}/file", include_in_schema=False)
@router.get("/sources/{source_id}/file", response_class=Response, responses=FILM)
def source_file(source_id: Id, request: Request, here: InRoom) -> Response:
    """The source's own file, in whole or in part (Range)."""
    try:
        with here.project.read() as c:
            source, size = sources.get(c, source_id), sources.size_bytes(c, source_id)
        path = reachable(source, roots=here.roots, size_bytes=size)
    except (InputError, MediaError) as error:
        raise HTTPException(404, str(error)) from None
    content_type = playing(source.kind, path).content_type
    return file_response(path, request.headers, content_type=content_type, head=request.method == "HEAD")


@router.head("/sources/{source_id}/clip.mp4", include_in_schema=False)
@router.get("/sources/{source_id}/clip.mp4", response_class=Response, responses=FILM)
async def source_clip(
    source_id: Id, request: Request, here: InStudio, start: Annotated[Seconds, Query(alias="from")], to: Seconds
) -> Response:
    """A stretch of the source as H.264, at most 60 s; made when it is first asked for."""
    if not 0 < to - start <= LONGEST_SECONDS:
        raise HTTPException(422, f"from {start:g} to {to:g}: wanted more than 0 s and at most {LONGEST_SECONDS:g} s")
    project, roots = here.room.project, here.room.roots
    path = await _made(here.encoding, functools.partial(clip_to_play, project, source_id, start, to, roots=roots))
    head = request.method == "HEAD"
    return await to_thread.run_sync(
        functools.partial(file_response, path, request.headers, content_type="video/mp4", head=head)
    )


class _Picture:
    """A picture that never changes, with the tag it is known by."""

    def __init__(self, request: Request, tag: str, *, forever: bool) -> None:
        self.headers = {"ETag": f'"{tag}"', "Cache-Control": FOREVER if forever else ASK_AGAIN}
        had = (one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(","))
        self.known = self.headers["ETag"] in had

    def same(self) -> Response:
        """The client has it."""
        return Response(status_code=304, headers=self.headers)

    def of(self, data: bytes | None) -> Response:
        """The client gets it."""
        assert data
        return Response(data, media_type="image/jpeg", headers=self.headers)


async def _made(few: CapacityLimiter, make: Callable[[], Thing]) -> Thing:
    """What costs a decoder: in a thread, once its turn has come. Raises 404 where it cannot be had."""
    try:
        return await to_thread.run_sync(make, limiter=few)
    except (InputError, MediaError) as error:
        raise HTTPException(404, str(error)) from None
