"""What goes wrong, as the page sees it: always {"error": one line}, never a trace."""

from __future__ import annotations

import errno
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from raravis.errors import RaravisError, StoreError
from raravis.store.project import Project

FULL = ("disk is full", "no space left", "disk i/o error")  # as store.faults tells it


class Problem(BaseModel):
    """What every answer with a status of 400 or more holds."""

    error: str


RESPONSES: dict[int | str, dict[str, Any]] = {"4XX": {"model": Problem}, "5XX": {"model": Problem}}


def add_handlers(app: FastAPI) -> None:
    """The app answers so to what its endpoints raise."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RaravisError, _refused)
    app.add_exception_handler(OSError, _system)


def problem(status: int, text: str, headers: Any = None) -> JSONResponse:
    """One line of what, where, got, wanted, what to do."""
    return JSONResponse({"error": " ".join(text.split())}, status, headers)


def status_of(error: RaravisError) -> int:
    """400 for what was given, 507 for a disk that is full, 409 for what the project is in the way of."""
    if any(sign in str(error).lower() for sign in FULL):
        return 507
    return 409 if isinstance(error, StoreError) or type(error) is RaravisError else 400


def without_place(text: str, project: Project) -> str:
    """The text, and nothing of where on the server the project lies: that is nobody else's business."""
    return text.replace(str(project.folder), project.folder.name)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    text = without_place(_words(error, request), request.app.state.room.project)
    return problem(error.status_code, text, error.headers)


def _words(error: HTTPException, request: Request) -> str:
    asked = f"{request.method} {request.url.path}"
    if error.detail == "Not Found":
        return f"there is no {asked}; /api/docs lists what there is"
    return f"{asked} is not allowed; /api/docs lists what is" if error.detail == "Method Not Allowed" else error.detail


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(422, f"{where}: {first['msg']}")


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RaravisError)
    text = without_place(str(error), request.app.state.room.project)
    return problem(status_of(error), _not_saved(request, error) + text)


async def _system(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        raise error
    return problem(507, f"{_not_saved(request, StoreError())}the disk is full; free some space and try again")


def _not_saved(request: Request, error: RaravisError) -> str:
    return "NOT saved: " if isinstance(error, StoreError) and request.method != "GET" else ""
