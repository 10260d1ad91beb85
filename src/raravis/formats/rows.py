"""What a classifier said of files: a row a find, as lines of JSON or as CSV, and read back the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from raravis.formats.events_csv import plain
from raravis.types import Box

FORMATS = ("jsonl", "csv")
COLUMNS = ("source", "start", "end", "class", "probability", "x0", "y0", "x1", "y1", "at")
_DECIMALS = 6  # microseconds; millionths of a frame's side


class Row(NamedTuple):
    """One class over one stretch of one source; seconds count from the source's first frame."""

    source: str
    start: float  # 0, as is the end, of a still
    end: float
    name: str  # of the class
    probability: float  # the highest of the stretch
    box: Box  # where, at the moment of that probability
    at: float  # that moment, in seconds


def header(format: str) -> str:
    """What stands before the first row."""
    return _table([COLUMNS]) if format == "csv" else ""


def text(rows: Iterable[Row], format: str) -> str:
    """The rows as they stand in a file, numbers to six decimals."""
    if format == "csv":
        return _table(_cells(row) for row in rows)
    return "".join(json.dumps(_object(row), ensure_ascii=False) + "\n" for row in rows)


def read(path: Path, format: str) -> Iterator[Row]:
    """The rows of a file, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        if format == "csv":
            yield from map(_of_cells, csv.DictReader(file))
        else:
            yield from map(_of_object, map(json.loads, file))


def _object(row: Row) -> dict[str, Any]:
    return {
        "source": row.source,
        "start": round(row.start, _DECIMALS),
        "end": round(row.end, _DECIMALS),
        "class": row.name,
        "probability": round(row.probability, _DECIMALS),
        "box": [round(side, _DECIMALS) for side in row.box],
        "at": round(row.at, _DECIMALS),
    }


def _of_object(told: dict[str, Any]) -> Row:
    x0, y0, x1, y1 = told["box"]
    span = (told["source"], told["start"], told["end"])
    return Row(*span, told["class"], told["probability"], (x0, y0, x1, y1), told["at"])


def _table(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _cells(row: Row) -> list[object]:
    told = _object(row) | {"source": plain(row.source), "class": plain(row.name)}
    told |= dict(zip(("x0", "y0", "x1", "y1"), told.pop("box"), strict=True))
    return [told[column] for column in COLUMNS]


def _of_cells(told: dict[str, str]) -> Row:
    start, end, probability, x0, y0, x1, y1, at = (
        float(told[column]) for column in ("start", "end", "probability", "x0", "y0", "x1", "y1", "at")
    )
    return Row(_meant(told["source"]), start, end, _meant(told["class"]), probability, (x0, y0, x1, y1), at)


def _meant(text: str) -> str:
    """The name before `plain` kept spreadsheets from running it."""
    bare = text.removeprefix("./")
    return bare if plain(bare) == text else text
