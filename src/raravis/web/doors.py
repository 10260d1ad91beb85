"""Who may come in, and how often a wrong token may be tried."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

from raravis.flow.answering.users import fingerprint, new_token, same, user_of, users
from raravis.flow.answers import myself
from raravis.store.project import Project
from raravis.store.users import Role

WINDOW_SECONDS = 60.0
WRONG_HERE, WRONG_EVERYWHERE = 10, 100  # tokens a minute: from one address, and from all of them


class Person(NamedTuple):
    """Who asks."""

    name: str
    role: Role


class Doors:
    """Who may come in: by a user's token, by this run's own, or, on this machine while there are no users, anybody.

    Tokens are kept as their SHA-256 alone. Somebody revoked is out at the next request.
    """

    def __init__(
        self,
        project: Project,
        *,
        guarded: bool = False,
        by: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.project, self.guarded, self._host = project, guarded, Person(by or myself(), "admin")
        self.cookie = f"raravis-{blake2b(str(project.folder).encode(), digest_size=4).hexdigest()}"  # ports share them
        self.wrong = Wrong(clock)
        self._key: str | None = None

    def issue(self) -> str:
        """A token of an admin that is good until the server stops; it is nowhere else."""
        token = new_token()
        self._key = fingerprint(token)
        return token

    def open(self) -> bool:
        """Whether nobody needs a token: on this machine alone, while the project has no users."""
        return not self.guarded and self.empty()

    def empty(self) -> bool:
        """Whether nobody was ever given a token."""
        return not users(self.project)

    def person(self, token: str | None) -> Person | None:
        """Whose token this is, of an open room whoever runs it; None: out."""
        if token is not None and (known := self.holder(token)):
            return known
        return self._host if self.open() else None

    def holder(self, token: str) -> Person | None:
        """Whose token this is; None: nobody's, or not any more."""
        if self._key is not None and same(self._key, fingerprint(token)):
            return self._host
        user = user_of(self.project, token)
        return None if user is None else Person(user.name, user.role)


class Wrong:
    """Wrong tokens of the last minute, by address."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tried: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def add(self, address: str) -> None:
        """One more."""
        with self._lock:
            self._tried.append((self._clock(), address))

    def wait_seconds(self, address: str) -> float:
        """How long this address must wait before it may try again; 0: it may now."""
        with self._lock:
            now = self._clock()
            while self._tried and self._tried[0][0] <= now - WINDOW_SECONDS:
                self._tried.popleft()
            here = [at for at, who in self._tried if who == address]
            ends = [tried[-most] for tried, most in self._limits(here) if len(tried) >= most]
            return max((at + WINDOW_SECONDS - now for at in ends), default=0.0)

    def _limits(self, here: list[float]) -> list[tuple[list[float], int]]:
        return [(here, WRONG_HERE), ([at for at, _ in self._tried], WRONG_EVERYWHERE)]
