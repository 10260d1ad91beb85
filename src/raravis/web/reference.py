"""What programs may ask of the server: the OpenAPI description, and a plain page of it without a script."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from raravis.web.guard import Viewer

router = APIRouter(include_in_schema=False)

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>raravis: what programs may ask</title>
<link rel="stylesheet" href="/css/base.css">
<body>
<h1>What programs may ask</h1>
<p>The same as <a href="/api/openapi.json">an OpenAPI description</a>. Send <code>Authorization: Bearer TOKEN</code>
where the project has users, and <code>X-Raravis: 1</code> with whatever changes something. An answer with a status of
400 or more is <code>{{"error": "one line"}}</code>.</p>
{rows}
</body>
</html>
"""


@router.get("/api/openapi.json")
def openapi(request: Request, _: Viewer) -> dict[str, Any]:
    """The OpenAPI description of everything under /api and /media."""
    made: dict[str, Any] = request.app.openapi()
    return made


@router.get("/api/docs", response_class=HTMLResponse)
def page(request: Request, _: Viewer) -> str:
    """The same for people."""
    paths: dict[str, Any] = request.app.openapi()["paths"]
    operations = [(path, method, told) for path, methods in paths.items() for method, told in methods.items()]
    return PAGE.format(rows="\n".join(_row(*operation) for operation in operations))


def _row(path: str, method: str, told: dict[str, Any]) -> str:
    takes = ", ".join(one["name"] for one in told.get("parameters", ()))
    lines = (f"<h2><code>{method.upper()} {escape(path)}</code></h2>", f"<p>{escape(told.get('description', ''))}</p>")
    return "\n".join((*lines, f"<p>Takes: {escape(takes)}</p>" if takes else ""))
