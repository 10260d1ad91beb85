"""The certificates that lie in a project's exports, each worked out anew before anybody relies on it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, NamedTuple

from raravis.errors import InputError
from raravis.flow.audits.file import verify
from raravis.formats.export import folder_name
from raravis.store.project import Project


class Certificate(NamedTuple):
    """What was certified."""

    statement: tuple[str, ...]  # the claim first, then what stands beside it
    recall: float  # at least this share was found
    confidence: float
    unit: str  # event or item
    holds: bool  # whether that is what was asked for
    made: str  # when, UTC
    page: Path


def certificates(project: Project, concept: str) -> list[Certificate]:
    """The concept's certificates, one a unit, the newest first; a file that does not prove what it says is left out."""
    folder = project.exports / folder_name(concept)
    files = (folder / f"certificate-{unit}.json" for unit in ("event", "item"))
    found = [_verified(path, path.stat().st_mtime_ns) for path in files if path.exists()]
    return sorted((one for one in found if one), key=lambda one: one.made, reverse=True)


@functools.lru_cache(maxsize=256)
def _verified(path: Path, changed: int) -> Certificate | None:
    """`changed` is in the key alone: a new certificate in its place is looked at anew."""
    try:
        made: dict[str, Any] = verify(path)
    except InputError:
        return None
    claim = made["claim"]
    said, low = tuple(made["statement"]), float(claim["recall_low"])
    return Certificate(
        said, low, claim["confidence"], made["terms"]["unit"], claim["holds"], made["made"], path.with_suffix(".html")
    )
