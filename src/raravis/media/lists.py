"""Lists of files: a path a line, or CSV with the timeline and start of each."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from raravis.errors import InputError

LISTS = (".txt", ".csv")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file or folder to look at, and what the list says of its time."""

    path: Path
    timeline: str | None = None
    starts_at: float | None = None
    listed_as: str = ""

    @property
    def name(self) -> str:
        """As the list has it, where that is relative and goes down only; else the file's name."""
        down = self.listed_as and not Path(self.listed_as).is_absolute() and ".." not in Path(self.listed_as).parts
        return Path(self.listed_as).as_posix() if down else self.path.name


def read_list(path: Path) -> list[Listed]:
    """What a `.txt` or `.csv` list names, in its order; paths are relative to the list. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a UTF-8 list of files: {error}") from None
    listed = list(_csv(path, text) if path.suffix.lower() == ".csv" else _lines(path, text))
    if not listed:
        raise InputError(f"{path}: the list names no files")
    return listed


def _lines(path: Path, text: str) -> Iterator[Listed]:
    for line in text.splitlines():
        if line.strip():
            yield _listed(path, line.strip())


def _csv(path: Path, text: str) -> Iterator[Listed]:
    rows = csv.DictReader(text.splitlines())
    if "path" not in (rows.fieldnames or []):
        raise InputError(f"{path}: no column 'path'; columns: {', '.join(rows.fieldnames or ['none'])}")
    for row in rows:
        starts_at = row.get("starts_at") or ""
        where = f"{path}, line {rows.line_num}"
        yield _listed(path, row["path"], row.get("timeline") or None, seconds(starts_at, where) if starts_at else None)


def _listed(path: Path, entry: str, timeline: str | None = None, starts_at: float | None = None) -> Listed:
    return Listed(absolute(path.parent / entry), timeline, starts_at, entry)


def absolute(path: str | Path) -> Path:
    """Absolute and without `..`, but with symbolic links as the user wrote them."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def seconds(text: str, where: str) -> float:
    """A number of seconds, or an ISO time as seconds since 1970, UTC where it names no zone."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{where}: cannot read starts_at {text!r}; wanted seconds or 2026-05-31T18:00:00") from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
