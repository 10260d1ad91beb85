"""Events as a table: one row an event, and one a file where it runs across files or lies in several copies."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from raravis.formats.export import Export, Part, new_file, parts
from raravis.types import Event, Label

COLUMNS = (
    "event", "concept", "timeline", "timeline_start_seconds", "timeline_end_seconds", "score", "answers", "evidence",
    "source", "start_seconds", "end_seconds", "first_pts", "time_base", "propagated",
)  # fmt: skip
EVIDENCE = ("human", "oracle", "import", "model", "propagated")  # the surest first


def write(export: Export, folder: Path) -> Path:
    """`events.csv`: UTF-8, RFC 4180, a header, rows by timeline and time; only the header when nothing was found."""
    target = folder / "events.csv"
    with new_file(target) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        for number, event in export.numbered():
            table.writerows(_rows(export, number, event))
    return target


def evidence(answers: list[Label]) -> str:
    """The surest kind of yes behind an event; `propagated` when nobody answered yes to any of it."""
    return min((label.source for label in answers), key=EVIDENCE.index, default="propagated")


def plain(text: str) -> str:
    """The text, with `./` before a first character that a spreadsheet would take for a formula's.

    A path stays the same path, so the column still joins; a quote before it would make another name of it.
    """
    return f"./{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _rows(export: Export, number: int, event: Event) -> Iterator[tuple[object, ...]]:
    answers = export.yes(event)
    whole = (number, plain(export.concept), plain(event.timeline), _seconds(event.start), _seconds(event.end))
    sure = (f"{event.score:.4f}", len(answers), evidence(answers))
    propagated = len(event.items) - len(answers)
    for part in parts(export, event):
        where = (plain(part.place.name), *_times(part), part.items[0].pts, part.source.time_base)
        yield (*whole, *sure, *where, propagated)


def _times(part: Part) -> tuple[str, str]:
    """Start and end from the first frame; empty for a still, as in an oracle file."""
    return ("", "") if part.source.kind == "image" else (_seconds(part.start), _seconds(part.end))


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
