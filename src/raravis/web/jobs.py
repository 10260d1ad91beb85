"""Work that goes on behind the page: a folder is taken in while people answer. One job at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from fastapi import HTTPException
from pydantic import BaseModel

from raravis.errors import RaravisError
from raravis.flow.gather import gather
from raravis.flow.tell import Map
from raravis.store.project import Project
from raravis.web.errors import without_place

TELL_SECONDS = 0.25  # apart: a bar needs no more
UNDER_WAY = ("running", "stopping")
LEAVE_SECONDS = 2.0  # for a job to notice that the server stops
log = logging.getLogger("raravis.web")


class Job(BaseModel):
    """How far it is; `done` of `total` in this stage."""

    state: Literal["running", "stopping", "done", "stopped", "failed"] = "running"
    stage: str = ""
    done: int = 0
    total: int = 0
    notes: list[str] = []
    error: str | None = None


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Somebody wants no more of it."""


class Jobs:
    """At most one job, in a thread of its own; what it has finished is kept however it ends.

    `tell` hears of every change, `after` is called when the collection may have changed.
    """

    def __init__(
        self, project: Project, *, map: Map, tell: Callable[[Job], object], after: Callable[[], object]
    ) -> None:
        self._project, self._map, self._tell, self._after = project, map, tell, after
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._thread: threading.Thread | None = None
        self._told = 0.0

    def seen(self) -> Job | None:
        """The newest job as it is now; None before the first."""
        with self._lock:
            return self._job.model_copy(deep=True) if self._job else None

    def start(self, folder: Path, *, sample: str, detect: str) -> Job:
        """Takes the folder in: ingest, sample, detect, embed. Raises 409 while another job runs."""
        with self._lock:
            if self._busy():
                raise HTTPException(409, "a folder is being taken in already; wait for it, or stop it")
            self._job = Job()
            arguments = {"sample": sample, "detect": detect}
            self._thread = threading.Thread(target=self._run, args=(folder,), kwargs=arguments, daemon=True)
            self._thread.start()
        return self.seen() or Job()

    def stop(self) -> Job | None:
        """Ends the job after what it has under way."""
        with self._lock:
            if self._job is not None and self._job.state == "running":
                self._job = self._job.model_copy(update={"state": "stopping"})
        return self.seen()

    def close(self) -> None:
        """The server stops: the job is told so, and has a moment to notice."""
        self.stop()
        if self._thread is not None:
            self._thread.join(LEAVE_SECONDS)

    def _busy(self) -> bool:
        return self._job is not None and self._job.state in UNDER_WAY

    def _run(self, folder: Path, *, sample: str, detect: str) -> None:
        try:
            gather(
                self._project,
                [folder],
                sample=sample,
                detect=detect,
                map=self._map,
                tell=self._progress,
                say=self._note,
            )
        except Stopped:
            self._end(state="stopped")
        except (RaravisError, OSError) as error:
            told = without_place(str(error).replace(str(folder), folder.name), self._project)
            self._end(state="failed", error=" ".join(told.split()))
        except Exception:
            log.exception("taking in %s went wrong", folder)
            self._end(state="failed", error="something went wrong here; the server's log has it")
        else:
            self._end(state="done")

    def _end(self, *, state: str, error: str | None = None) -> None:
        self._after()
        self._change(state=state, error=error)

    def _progress(self, stage: str, done: int, total: int) -> None:
        job = self.seen()
        if job is not None and job.state == "stopping":
            raise Stopped
        soon = time.monotonic() < self._told + TELL_SECONDS and done < total
        self._change(quietly=soon, stage=stage, done=done, total=total)

    def _note(self, line: str) -> None:
        with self._lock:
            notes = [*(self._job.notes if self._job else []), line]
        self._change(notes=notes)

    def _change(self, *, quietly: bool = False, **values: object) -> None:
        with self._lock:
            assert self._job is not None
            self._job = self._job.model_copy(update=values)
            job = self._job
        if not quietly:
            self._told = time.monotonic()
            self._tell(job)
