"""The server's app: its routes, the guard around them, and the static pages."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from raravis import __version__
from raravis.web import (
    answering,
    collection,
    examples,
    folders,
    live,
    media,
    people,
    reference,
    searching,
    standing,
    taking,
)
from raravis.web.errors import RESPONSES, add_handlers
from raravis.web.guard import HERE, Guard, viewer
from raravis.web.room import Room

STATIC = Path(__file__).parent / "static"
PARTS = (collection, examples, folders, live, answering, standing, taking, media, reference)
DESCRIPTION = (
    "Send `Authorization: Bearer TOKEN` where the project has users, and `X-Raravis: 1` with whatever changes "
    'something. An answer with a status of 400 or more is `{"error": "one line"}`.'
)
NO_TELEMETRY: dict[str, Any] = {
    "telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
}

for _type, _suffix in (("text/javascript", ".js"), ("text/css", ".css"), ("image/svg+xml", ".svg")):
    mimetypes.add_type(_type, _suffix)  # a Windows registry may say otherwise, and browsers then refuse the modules


def app_of(room: Room, *, hosts: frozenset[str] = HERE, addresses: bool = False, page: bool = True) -> FastAPI:
    """The app that answers for this room, under these names of hosts. Without the page: searches for programs alone."""
    app = FastAPI(
        title="raravis",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=None,  # served by `reference`, to those who may come in
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
        **NO_TELEMETRY,
    )
    app.state.room = room
    add_handlers(app)
    app.include_router(searching.router, dependencies=[Depends(searching.seen)])
    if page:
        app.include_router(people.router)  # logging in is for those who are not in yet
    for part in PARTS if page else (reference,):  # who asks is looked at first: others hear not even what there is not
        app.include_router(part.router, dependencies=[Depends(viewer)])
    if page:
        app.mount("/", StaticFiles(directory=STATIC, html=True, check_dir=False))
    app.add_middleware(Guard, hosts=hosts, addresses=addresses)
    return app
