"""Live updates: what happens in the room goes to every open page as server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from raravis.web.guard import Viewer, person_of
from raravis.web.room import InRoom

PING_SECONDS = 15.0  # proxies close what is silent for a minute
ASK_SECONDS = 3.0  # how long somebody revoked at a terminal may listen on
WAITING = 256  # events: whoever lags behind by more is cut off, comes back and reads everything anew
RETRY_MILLISECONDS = 1000

router = APIRouter()


class _Ear:
    """One open page: its queue lives in the server's loop, whoever tells may be in any thread."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self.closed = asyncio.Event()

    def take(self, event: bytes) -> None:
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.closed.set()


class Live:
    """Who listens. Everything here may be called from any thread."""

    def __init__(self) -> None:
        self._ears: set[_Ear] = set()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._over = False

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Every open page hears of it, in the order told; waits for none of them."""
        with self._lock:
            event = _event(kind, data, next(self._numbers))
            for ear in self._ears:
                _call(ear, ear.take, event)

    def close(self) -> None:
        """Ends what is open, and whatever opens later at once: the server is stopping."""
        with self._lock:
            self._over = True
            for ear in self._ears:
                _call(ear, ear.closed.set)

    async def events(self, welcome: Callable[[], bool]) -> AsyncIterator[bytes]:
        """The bytes of the stream, a hello first; it ends when the listener is no longer welcome."""
        ear = _Ear()
        with self._lock:
            self._ears.add(ear)
            if self._over:
                ear.closed.set()
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n".encode() + _event("hello", {}, 0)
            asked = spoken = time.monotonic()
            while not ear.closed.is_set():
                event, now = await _next(ear), time.monotonic()
                if now >= asked + ASK_SECONDS:  # and not at every event: fifty people hear of twenty answers a second
                    if not await run_in_threadpool(welcome):
                        return
                    asked = now
                if event is None and now >= spoken + PING_SECONDS:
                    event = b": still here\n\n"
                if event is not None:
                    spoken = now
                    yield event
        finally:
            with self._lock:
                self._ears.discard(ear)


def _event(kind: str, data: dict[str, Any], number: int) -> bytes:
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def _call(ear: _Ear, function: Callable[..., object], *arguments: object) -> None:
    with contextlib.suppress(RuntimeError):  # its loop is closed already
        ear.loop.call_soon_threadsafe(function, *arguments)


async def _next(ear: _Ear) -> bytes | None:
    """The next event; None when there was none for a while, or no more will come."""
    waits = [asyncio.ensure_future(ear.queue.get()), asyncio.ensure_future(ear.closed.wait())]
    try:
        done, _ = await asyncio.wait(waits, timeout=ASK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        return waits[0].result() if waits[0] in done else None  # type: ignore[return-value]
    finally:
        for wait in waits:
            wait.cancel()


@router.get("/api/live", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def live(request: Request, here: InRoom, who: Viewer) -> StreamingResponse:
    """Server-sent events: hello, job, concept, collection. A comment every 15 s keeps the line open."""

    def welcome() -> bool:
        return person_of(request, here) == who

    stream = here.live.events(welcome)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
