"""What searches go by: a searcher an encoder, held ready; another takes its place once the project has changed."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from raravis.errors import RaravisError
from raravis.flow.searching.searcher import Searcher, mark, searcher
from raravis.store.project import Project

LOOK_SECONDS = 1.0  # apart: how soon a rebuilt index or a grown collection is noticed
AGAIN_SECONDS = 5.0  # after which what could not be loaded is tried again
RATIO = 5.0  # what changes all the time takes one part in six of it to be loaded anew, at most
UNUSED_SECONDS = 600.0  # after which another encoder's collection is let go
log = logging.getLogger("raravis.web")


@dataclass(eq=False)
class _Held:
    """One searcher, and the project's mark when it was loaded."""

    searcher: Searcher | None = None
    mark: str = ""  # "" after a load that failed
    due: float = 0.0  # not looked at before
    used: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)  # of the first load: whoever comes meanwhile waits


class Searchers:
    """Searchers by encoder. Whoever has one keeps it: it is dropped when the last request that goes by it ends.

    The project is looked at every second, and loaded anew beside the requests; where that fails they go on by what
    there was, and the log says why. Everything here may be called from any thread.
    """

    def __init__(
        self, project: Project, *, encoder: str | None = None, exact: bool = False, every: float = LOOK_SECONDS
    ) -> None:
        self._project, self._encoder, self._exact, self._every = project, encoder, exact, every
        self._all: dict[str | None, _Held] = {}
        self._lock, self._over = threading.Lock(), threading.Event()
        self._watch: threading.Thread | None = None

    def of(self, encoder: str | None = None, *, exact: bool = False) -> Searcher:
        """The searcher of an encoder, by default the one that this server was started for, or else the one in use.

        Loaded when it is first wanted, once for everybody. Raises InputError where nothing is embedded by it.
        """
        held = self._slot(encoder or self._encoder)
        held.used = time.monotonic()
        found = held.searcher or self._first(encoder or self._encoder, held)
        return Searcher(found.collection, found.collection.index) if exact else found

    def close(self) -> None:
        """The project is looked at no more; what is held stays good."""
        self._over.set()
        if self._watch is not None:
            self._watch.join()

    def _slot(self, encoder: str | None) -> _Held:
        with self._lock:
            return self._all.setdefault(encoder, _Held())

    def _first(self, encoder: str | None, held: _Held) -> Searcher:
        with held.lock:
            if held.searcher is None:
                try:
                    self._load(encoder, held)
                except RaravisError:
                    self._drop(encoder)  # a name that is none is not kept
                    raise
            assert held.searcher is not None
        self._begin_watch()
        return held.searcher

    def _load(self, encoder: str | None, held: _Held) -> None:
        begun = time.monotonic()
        held.mark = mark(self._project, encoder)  # before: what changes meanwhile is seen at the next look
        held.searcher = searcher(self._project, encoder, exact=self._exact)
        held.due = time.monotonic() + RATIO * (time.monotonic() - begun)

    def _drop(self, encoder: str | None) -> None:
        with self._lock:
            self._all.pop(encoder, None)

    def _begin_watch(self) -> None:
        with self._lock:
            if self._watch is None:
                self._watch = threading.Thread(target=self._watching, name="searchers", daemon=True)
                self._watch.start()

    def _watching(self) -> None:
        while not self._over.wait(self._every):
            with self._lock:
                all_held = [(encoder, held) for encoder, held in self._all.items() if held.searcher is not None]
            for encoder, held in all_held:
                if encoder != self._encoder and time.monotonic() > held.used + UNUSED_SECONDS:
                    self._drop(encoder)
                else:
                    self._renew(encoder, held)

    def _renew(self, encoder: str | None, held: _Held) -> None:
        """Another searcher in place of this one, if the project has changed; what goes wrong is logged."""
        if time.monotonic() < held.due:
            return
        try:
            if mark(self._project, encoder) != held.mark:
                self._load(encoder, held)
        except Exception as error:  # whatever it is: were this thread to end, nothing new would ever be seen
            held.mark, held.due = "", time.monotonic() + AGAIN_SECONDS
            trace = not isinstance(error, (RaravisError, OSError))
            log.warning("searches go on by the collection as it was: %s", error, exc_info=trace)
