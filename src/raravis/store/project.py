"""A project: a folder, its database, and one writer at a time."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout
from sqlalchemy import URL, Connection, Engine

from raravis.errors import StoreError
from raravis.store import engine as engines
from raravis.store import owner as owners
from raravis.store.faults import database_trouble, disk_trouble
from raravis.store.migrations import applied, migrate

FORMAT = 1
MARK = "project.json"
DATABASE = "raravis.db"
NEW_MARK = f"{MARK}.new"
UNFINISHED = {"opening.lock", NEW_MARK, DATABASE, *(f"{DATABASE}-{kind}" for kind in ("journal", "wal", "shm"))}


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """A project folder and its database; close it, or use it in a `with`."""

    folder: Path
    engine: Engine
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)  # of the threads that write

    @classmethod
    def open(cls, folder: str | Path, *, database: str | None = None, create: bool = False) -> Project:
        """The project in a folder, its tables brought up to date.

        A database's password is not written into the folder: later it comes from PGPASSWORD,
        ~/.pgpass, or the URL given again. Raises StoreError; then nothing was written into a folder
        that is no project.
        """
        folder = Path(folder).absolute()
        with disk_trouble(folder), database_trouble(folder):
            _accept(folder, create=create)
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "opening.lock", timeout=engines.BUSY_SECONDS):
                url = _database(folder, database)
                engine = engines.postgres(url) if url else engines.sqlite(folder / DATABASE)
                _prepare(engine, folder, url)
        return cls(folder, engine)

    def close(self) -> None:
        """Closes the database's connections."""
        self.engine.dispose()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self) -> AbstractContextManager[Connection]:
        """One transaction that may write: all of it is kept, or after an error none. Writers wait for each other."""
        return self._transaction(read=False)

    def read(self) -> AbstractContextManager[Connection]:
        """One transaction that sees a single moment, writes nothing and waits for nobody."""
        return self._transaction(read=True)

    @contextmanager
    def _transaction(self, *, read: bool) -> Iterator[Connection]:
        engine = self.engine.execution_options(**{engines.READ: read})
        alone = self.engine.dialect.name == "sqlite" and not read
        with self._in_turn() if alone else nullcontext(), database_trouble(self.folder), engine.begin() as c:
            yield c

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Threads queue here: for SQLite's own lock whoever waits longest sleeps longest, and comes last."""
        mine = self._turn.acquire(timeout=engines.BUSY_SECONDS)  # without it SQLite says that it is locked
        try:
            yield
        finally:
            if mine:
                self._turn.release()

    @contextmanager
    def lock(self, command: str, *, wait_seconds: float = 2.0) -> Iterator[None]:
        """Holds the pipeline, again and again in one process; the system frees it when that dies, however it dies.

        Raises StoreError naming the holder after the wait.
        """
        holder = self.folder / "lock.holder"  # apart from the lock: Windows lets nobody read a locked file
        lock = FileLock(self.folder / "lock", is_singleton=True, thread_local=False)
        held = lock.is_locked
        with disk_trouble(self.folder):
            _acquire(lock, holder, wait_seconds)
        try:
            if not held:
                with disk_trouble(holder):
                    holder.write_text(_myself(command), encoding="utf-8")
            yield
        finally:
            lock.release()

    @property
    def thumbs(self) -> Path:
        """Where the small pictures of items lie."""
        return self._made("thumbs")

    @property
    def vectors(self) -> Path:
        """Where the shards lie, a folder an encoder."""
        return self._made("vectors")

    @property
    def scan(self) -> Path:
        """Where indexes keep what they derive from the vectors."""
        return self._made("scan")

    @property
    def index(self) -> Path:
        """Where built indexes lie, a folder an encoder."""
        return self._made("index")

    @property
    def encoders(self) -> Path:
        """Where encoders keep what they learned of this collection."""
        return self._made("encoders")

    @property
    def exports(self) -> Path:
        """Where exports are written."""
        return self._made("exports")

    @property
    def rounds(self) -> Path:
        """Where contact sheets of rounds are written."""
        return self._made("rounds")

    def _made(self, name: str) -> Path:
        path = self.folder / name
        with disk_trouble(path):
            path.mkdir(exist_ok=True)
        return path


def _accept(folder: Path, *, create: bool) -> None:
    if (folder / MARK).is_file():
        return
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: is a file; wanted a folder for the project")
    others = {path.name for path in folder.iterdir()} - UNFINISHED if folder.exists() else set()
    if others:
        raise StoreError(f"{folder}: holds files but no project; choose an empty or new folder with --project")
    if not create:
        raise StoreError(f"{folder}: no project here; make one with: raravis ingest MEDIA --project {folder}")


def _database(folder: Path, wanted: str | None) -> URL | None:
    """The server's URL, None for the SQLite file. Raises StoreError where the project has another."""
    url = engines.parse(wanted) if wanted else None
    mark = folder / MARK
    if not mark.exists():
        return url
    settings = _settings(mark)
    stored = engines.parse(settings["database"]) if settings.get("database") else None
    if url is not None and _public(url) != stored:
        raise StoreError(f"{folder}: its database is {stored or DATABASE}, got {_public(url)}; leave --database out")
    return url or stored


def _settings(mark: Path) -> dict[str, Any]:
    try:
        settings = json.loads(mark.read_text(encoding="utf-8"))
        made_by = int(settings["format"])
    except (ValueError, KeyError, TypeError):
        raise StoreError(f"{mark}: cannot be read; put back a copy of it, or make a new project") from None
    if made_by > FORMAT:
        raise StoreError(f"{mark}: made by a newer raravis (format {made_by}, this one knows {FORMAT}); upgrade")
    if not isinstance(settings.get("id"), str):
        raise StoreError(f"{mark}: names no project; put back a copy of it, or make a new project")
    return dict(settings)


def _prepare(engine: Engine, folder: Path, url: URL | None) -> None:
    try:
        new = not (folder / MARK).exists()
        id = _begin_mark(folder, url) if new else _settings(folder / MARK)["id"]
        _refuse_another(engine, id, folder, _public(url) if url else folder / DATABASE)
        migrate(engine, new=(lambda c: owners.record(c, id, folder)) if new else None)
        if new:
            (folder / NEW_MARK).rename(folder / MARK)
    except BaseException:
        engine.dispose()
        raise


def _begin_mark(folder: Path, url: URL | None) -> str:
    """The new project's id, on disk before its database has it: what is cut short in between can be made again."""
    mark = folder / NEW_MARK
    database = {"database": _public(url).render_as_string()} if url else {}
    settings = {"format": FORMAT, "id": _begun(mark) or uuid.uuid4().hex, **database}
    text = json.dumps(settings, indent=1) + "\n"
    if not mark.exists() or mark.read_text(encoding="utf-8", errors="replace") != text:
        mark.write_text(text, encoding="utf-8")
    return str(settings["id"])


def _begun(mark: Path) -> str | None:
    try:
        return str(_settings(mark)["id"])
    except (OSError, StoreError):  # there is none yet, or only a part of one: then no database has its id
        return None


def _refuse_another(engine: Engine, id: str, folder: Path, database: URL | Path) -> None:
    with engine.execution_options(**{engines.READ: True}).begin() as c:
        used, owner = bool(applied(c)), owners.owner(c)
    if used and (owner is None or owner.id != id):
        raise StoreError(
            f"{database}: holds the project made in {owner.folder if owner else 'another folder'}, not the one in "
            f"{folder}; give each a database of its own, or put back the {MARK} that belongs here"
        )


def _public(url: URL) -> URL:
    return url._replace(password=None)


def _acquire(lock: BaseFileLock, holder: Path, wait_seconds: float) -> None:
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.exists() else "another process"
        raise StoreError(f"{holder.parent}: in use by {who}; wait for it to finish, or stop it") from None


def _myself(command: str) -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S %z")
    return f"`{command}` (pid {os.getpid()} on {socket.gethostname()}, since {since})"
