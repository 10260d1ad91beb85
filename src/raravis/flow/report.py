"""report: a concept's results as one page to hand on."""

from __future__ import annotations

from pathlib import Path

from raravis.flow.events import GAP_SECONDS
from raravis.flow.export import export
from raravis.store.project import Project


def report(
    project: Project,
    concept: str,
    *,
    out: str | Path | None = None,
    gap_seconds: float = GAP_SECONDS,
    encoder: str | None = None,
) -> Path:
    """The page `report.html`, in a folder of the concept below `out` (default: exports in the project).

    What was sought, found, how sure that is by the newest certificate, and who answered. Raises InputError for an
    unknown concept, or when nothing was answered.
    """
    return export(project, concept, formats=("report",), out=out, gap_seconds=gap_seconds, encoder=encoder)["report"]
