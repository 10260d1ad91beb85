"""Where rows go: a file that grows and goes on after any kill, no row lost or there twice; or a stream.

Beside FILE lies FILE.state, whose line about a file is written after its rows. So the rows that count are those that
a line stands for; what lies behind them in FILE was cut off. At the end the rows are put in order by source.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from raravis.errors import InputError
from raravis.flow.inferring.files import File
from raravis.flow.inferring.state import Entry, State
from raravis.formats.rows import header
from raravis.store.faults import disk_trouble


class Kept:
    """A file of rows; a context manager, one process at a time.

    Raises InputError where the file is somebody else's, or was made by another model or with other settings.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], *, overwrite: bool = False) -> None:
        self.path, self._settings, self._overwrite = path, dict(settings), overwrite
        self._header = header(settings["format"]).encode()
        self._partial = path.with_name(f".{path.name}.partial")
        self._lock = FileLock(path.with_name(f".{path.name}.lock"), thread_local=False)

    def __enter__(self) -> Kept:
        with disk_trouble(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                raise InputError(f"{self.path}: another infer is writing it; wait, or choose another --out") from None
        try:
            self._open()
        except BaseException:
            self._free()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._free()

    def knows(self, file: File) -> Entry | None:
        """What was made of a file as it is now; None where that is still to do."""
        entry = self._state.alive.get(file.path)
        return entry if entry is not None and entry.stamp == file.stamp else None

    def called(self, files: Sequence[File]) -> list[File]:
        """The files by their names in the rows: by the whole path where another file had the name before."""
        had_by = {entry.name: entry.path for entry in self._state.alive.values()}
        return [
            file if had_by.get(file.name, file.path) == file.path else file._replace(name=Path(file.path).as_posix())
            for file in files
        ]

    def forget(self, files: Iterable[File]) -> None:
        """Takes the rows of these files out, where there are any: they will be made again."""
        for file in files:
            if file.path in self._state.alive:
                self._state.note(gone=file.path)
        self._without_the_gone()

    def add(self, row: int, file: File, rows: int, text: str) -> None:
        """The file is finished, and its rows count."""
        told = text.encode()
        with disk_trouble(self.path), self.path.open("ab") as out:
            out.write(told)
        self._state.note(**Entry(file.name, file.path, file.kind, file.stamp, rows, len(told))._asdict())

    def pass_over(self, row: int) -> None:
        """The file failed: it has no rows, and the next run tries again."""

    def finish(self) -> None:
        """Puts the rows in order by source, in a new file that then takes this one's place."""
        if self._state.ordered:
            return
        if self._state.laid == self._state.by_name():
            self._state.note(ordered=True)
            return
        with disk_trouble(self._partial), self._partial.open("wb") as out:
            self._copy_in_order(out)
            out.flush()
            os.fsync(out.fileno())
        self._state.note(ordered=True)  # from here on the new file is the one that counts
        self._put_in_place()

    @property
    def rows(self) -> int:
        """In the file."""
        return sum(entry.rows for entry in self._state.alive.values())

    def finished(self) -> dict[str, Entry]:
        """The finished files, by name."""
        return {entry.name: entry for entry in self._state.alive.values()}

    def _open(self) -> None:
        state_path = self.path.with_name(f"{self.path.name}.state")
        with disk_trouble(self.path):
            if self._overwrite or not self.path.exists():
                for file in (self.path, state_path, self._partial):
                    file.unlink(missing_ok=True)
            self._state = State(state_path)
            if self.path.exists():
                self._go_on()
            else:
                self._state.note(settings=self._settings)
                self.path.write_bytes(self._header)

    def _go_on(self) -> None:
        self._check_settings()
        if not self._state.laid:  # killed before the header was whole
            self.path.write_bytes(self._header)
        size = len(self._header) + self._state.bytes
        if self._state.ordered and self._partial.exists() and self._partial.stat().st_size == size:
            self._put_in_place()
        self._partial.unlink(missing_ok=True)
        if (got := self.path.stat().st_size) < size:
            raise InputError(
                f"{self.path}: was changed since infer wrote it ({got} bytes, wanted {size}); choose another --out, "
                "or begin anew with --overwrite"
            )
        os.truncate(self.path, size)
        self._without_the_gone()

    def _check_settings(self) -> None:
        made = self._state.settings
        if made is None:
            raise InputError(
                f"{self.path}: is there, and not by infer; choose another --out, or replace it: --overwrite"
            )
        for name, wanted in self._settings.items():
            if made.get(name) != wanted:
                raise InputError(
                    f"{self.path}: was made with {_told(name, made.get(name))}, now {_told(name, wanted)}; "
                    "choose another --out, or begin anew with --overwrite"
                )

    def _without_the_gone(self) -> None:
        if len(self._state.laid) != len(self._state.alive):
            self.finish()

    def _copy_in_order(self, out: BinaryIO) -> None:
        begins, at = dict[str, int](), len(self._header)
        for entry in self._state.laid:  # of two about one path the later one counts
            begins[entry.path], at = at, at + entry.bytes
        out.write(self._header)
        with self.path.open("rb") as rows:
            for entry in self._state.by_name():
                rows.seek(begins[entry.path])
                out.write(rows.read(entry.bytes))

    def _put_in_place(self) -> None:
        with disk_trouble(self.path):
            self._partial.replace(self.path)

    def _free(self) -> None:
        with contextlib.suppress(OSError):
            Path(self._lock.lock_file).unlink()  # Windows deletes it by itself
        self._lock.release()


class Streamed:
    """Rows to a stream, by source; what is finished before its turn waits. Nothing is remembered."""

    def __init__(self, stream: BinaryIO, format: str) -> None:
        self._stream, self._waiting, self._due = stream, dict[int, str](), 0
        self.rows = 0
        stream.write(header(format).encode())

    def __enter__(self) -> Streamed:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def knows(self, file: File) -> Entry | None:
        """Nothing."""
        return None

    def called(self, files: Sequence[File]) -> list[File]:
        """By their names."""
        return list(files)

    def forget(self, files: Iterable[File]) -> None:
        """Nothing to forget."""

    def add(self, row: int, file: File, rows: int, text: str) -> None:
        """The file is finished; its rows go out when those of all files before it have."""
        self.rows += rows
        self._pass_on(row, text)

    def pass_over(self, row: int) -> None:
        """The file failed; those after it wait for nothing."""
        self._pass_on(row, "")

    def finish(self) -> None:
        """They are in order already."""

    def _pass_on(self, row: int, text: str) -> None:
        self._waiting[row] = text
        while self._due in self._waiting:
            self._stream.write(self._waiting.pop(self._due).encode())
            self._stream.flush()
            self._due += 1


def _told(name: str, value: Any) -> str:
    """A setting as its owner knows it: `--all` is a threshold below every probability."""
    every = name == "threshold" and isinstance(value, list) and max(value, default=0) < 0
    return "--all" if every else f"{name} {value}"
