"""What many ask for and seldom changes: held while nothing changed, and never worked out twice at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

RATIO = 5.0  # of the time, at most one part in six goes into working out anew what changes all the time
LATELY = 5.0  # seconds, beside the time it took: what is older is not shown while a newer one is made


@dataclass
class _Held:
    version: tuple[Any, ...] = ()
    value: Any = None
    made: bool = False
    until: float = 0.0  # for so long it is shown though it is old
    lately: float = 0.0  # and for so long while a newer one is made
    lock: threading.Lock = field(default_factory=threading.Lock)


class Fresh:
    """Values by key. A version is a tuple of numbers, compared by value, and of objects, compared by identity."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[Any, _Held] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, version: tuple[Any, ...], make: Callable[[], Any], *, aside: bool = False) -> Any:
        """The value of this version, or for a while an older one: five times as long as the newest took to make.

        While one thread makes it the others get the older one, or wait where there is none of lately. With `aside`
        nobody waits who could have an older one: it is made in a thread of its own, for whoever asks next.
        """
        with self._lock:
            held = self._held.setdefault(key, _Held())
        now, busy = self._clock(), held.lock.locked()
        if held.made and (_same(held.version, version) or now < held.until or (busy and (aside or now < held.lately))):
            return held.value
        if held.made and aside:
            threading.Thread(target=self._make, args=(held, version, make), daemon=True).start()
            return held.value
        return self._make(held, version, make)

    def _make(self, held: _Held, version: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        with held.lock:
            if not (held.made and _same(held.version, version)):
                begun = self._clock()
                held.value, held.version, held.made = make(), version, True
                took = self._clock() - begun
                held.until = begun + took + RATIO * took
                held.lately = held.until + LATELY + took
            return held.value


def _same(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    return len(a) == len(b) and all(x is y or (isinstance(x, int) and x == y) for x, y in zip(a, b, strict=True))


async def fresh(request: Request) -> Fresh:
    """The server's own: a dependency."""
    made: Fresh | None = getattr(request.app.state, "fresh", None)
    if made is None:
        made = request.app.state.fresh = Fresh()
    return made
