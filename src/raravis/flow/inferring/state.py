"""Which files are finished, and how many bytes of rows each has: a log that only grows, readable after any kill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from raravis.errors import InputError
from raravis.store.faults import disk_trouble
from raravis.types import SourceKind


class Entry(NamedTuple):
    """A finished file, and its rows as they lie in the file of rows."""

    name: str
    path: str
    kind: SourceKind
    stamp: str
    rows: int
    bytes: int


class State:
    """The log: its first line is the settings, each other line an Entry, a path forgotten, or that rows were ordered.

    A last line that was cut off does not count, and is cut away.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings: dict[str, Any] | None = None  # None: nothing is written yet
        self.laid: list[Entry] = []  # as their rows follow one another, forgotten ones too
        self.alive: dict[str, Entry] = {}  # by path
        self.ordered = False  # laid is alive, by name
        self._read()

    @property
    def bytes(self) -> int:
        """Of all rows that were laid down."""
        return sum(entry.bytes for entry in self.laid)

    def by_name(self) -> list[Entry]:
        """The finished files."""
        return sorted(self.alive.values())

    def note(self, **line: Any) -> None:
        """Adds a line; it counts once it is whole on the disk."""
        self._take(line)  # first: a Ctrl-C in between leaves the log behind what is laid, never before it
        with disk_trouble(self.path), self.path.open("ab", buffering=0) as log:
            log.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def _read(self) -> None:
        if not self.path.exists():
            return
        whole, _, cut_off = self.path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            try:
                self._take(json.loads(line))
            except (ValueError, TypeError):
                raise InputError(f"{self.path}: is damaged; begin anew with --overwrite or another --out") from None
        if cut_off:
            with disk_trouble(self.path), self.path.open("r+b") as log:
                log.truncate(len(whole) + bool(whole))

    def _take(self, line: Mapping[str, Any]) -> None:
        self.ordered = "ordered" in line
        if "settings" in line:
            self.settings = line["settings"]
        elif "gone" in line:
            self.alive.pop(line["gone"], None)
        elif "ordered" in line:
            self.laid = self.by_name()
        else:
            entry = Entry(**line)
            self.laid.append(entry)
            self.alive[entry.path] = entry
