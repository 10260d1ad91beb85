"""One process a core, one thread each: the fastest shape measured for decoding and small networks."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from typing import Any, TypeVar

from raravis.errors import RaravisError
from raravis.scale.worker import Worker

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_DIED = (
    "a worker process died, most often for want of memory; what was finished is kept: run the same command again, "
    "with --workers 1 if it happens again"
)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
AT_ONCE = 2  # batches at a worker: one under way, one waiting so that it never is idle


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """A map over batches by spawned processes, started when first needed and kept for the next call.

    Use it as a context manager: leaving it ends the processes, at once when an error (or Ctrl-C) is on its way.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()
        self._started: list[Worker] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._end(at_once=kind is not None)

    def __call__(self, function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """The results as they come, not in order; at most two batches a worker are under way. One call at a time.

        Raises RaravisError when a process dies; an error inside the function comes out as it is.
        """
        queue = iter(batches)
        first = list(itertools.islice(queue, 2))
        queue = itertools.chain(first, queue)
        if self.workers == 1 or len(first) < 2:
            yield from map(function, queue)
            return
        yield from self._spread(function, queue)

    def _spread(self, function: Callable[[Batch], Result], queue: Iterator[Batch]) -> Iterator[Result]:
        with self._workers() as workers:
            while True:
                for worker in _places(workers):
                    for batch in itertools.islice(queue, 1):
                        with _death_told():
                            worker.give(function, batch)
                if not any(worker.under_way for worker in workers):
                    return
                for worker in _ready(workers):
                    with _death_told():
                        result, error = worker.take()
                    if error is not None:
                        raise error
                    yield result

    @contextlib.contextmanager
    def _workers(self) -> Iterator[list[Worker]]:
        """The processes; a call that was left in the middle leaves none behind, for its results belong to nobody."""
        for name in THREADS:
            os.environ.setdefault(name, "1")  # read by BLAS when the child imports it
        while len(self._started) < self.workers:
            self._started.append(Worker())
        try:
            yield self._started
        finally:
            if any(worker.under_way for worker in self._started):
                self._end(at_once=True)

    def _end(self, *, at_once: bool) -> None:
        while self._started:
            self._started.pop().end(at_once=at_once)


@contextlib.contextmanager
def _death_told() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError):
        raise RaravisError(_DIED) from None


def _places(workers: list[Worker]) -> list[Worker]:
    """Who takes the next batches: the idle first, everybody up to AT_ONCE."""
    return [worker for busy in range(AT_ONCE) for worker in workers if worker.under_way <= busy]


def _ready(workers: list[Worker]) -> list[Worker]:
    pipes: dict[Any, Worker] = {worker.pipe: worker for worker in workers if worker.under_way}
    return [pipes[pipe] for pipe in wait(list(pipes))]


def in_process(function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
    """The slow path that the others must equal: one batch after the other, here."""
    return map(function, batches)
