"""What an infer came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from raravis.errors import InputError
from raravis.formats.rows import Row, read


@dataclass
class Inferred:
    """Where the rows are, and what became of the files."""

    out: Path | None  # None: they went to stdout
    format: str
    rows: int = 0  # in it now
    done: int = 0
    known: int = 0  # finished by an earlier run, and not changed since
    failed: dict[str, str] = field(default_factory=dict)  # reasons by name; the next run tries them again
    damaged: dict[str, str] = field(default_factory=dict)  # what went wrong with files that count as done
    skipped: Mapping[str, int] = field(default_factory=dict)  # how many are no media, by reason
    older: int = 0  # than `since`
    sheet: Path | None = None  # None: none was asked for, or nothing was found

    def __iter__(self) -> Iterator[Row]:
        """The rows, by source, then time. Raises InputError where they went to stdout."""
        if self.out is None:
            raise InputError("the rows went to stdout; name a file with `out` to read them again")
        return read(self.out, self.format)

    def __str__(self) -> str:
        others = [f"{number} {what}" for number, what in ((self.known, "known"), (self.older, "older")) if number]
        failed = [f"{len(self.failed)} failed", f"{sum(self.skipped.values())} skipped"]
        return f"{self.rows} rows; files: {', '.join([f'{self.done} done', *others, *failed])}"
