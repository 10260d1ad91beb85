"""One process a core, one thread each: the fastest shape measured for decoding and small networks."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TypeVar

Batch = TypeVar("Batch")
Result = TypeVar("Result")

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes:
    """A map over batches by spawned processes, started when first needed and kept for the next call.

    Use it as a context manager: leaving it ends the processes, at once when an error (or Ctrl-C) is on its way.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or cores()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._pool is not None:
            if kind is not None:
                _kill(self._pool)
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __call__(self, function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """The results as they come, not in order; at most two batches a worker are under way."""
        queue = iter(batches)
        first = list(itertools.islice(queue, 2))
        if self.workers == 1 or len(first) < 2:
            yield from map(function, first)
            yield from map(function, queue)
            return
        yield from self._spread(function, first, queue)

    def _spread(
        self, function: Callable[[Batch], Result], first: list[Batch], queue: Iterator[Batch]
    ) -> Iterator[Result]:
        pool = self._started()
        under_way: set[Future[Result]] = {pool.submit(function, batch) for batch in first}
        while under_way:
            while len(under_way) < 2 * self.workers and (batch := next(queue, None)) is not None:
                under_way.add(pool.submit(function, batch))
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            for name in THREADS:
                os.environ.setdefault(name, "1")  # read by BLAS when the child imports it
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, mp_context=spawn, initializer=_start_worker)
        return self._pool


def in_process(function: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
    """The slow path that the others must equal: one batch after the other, here."""
    return map(function, batches)


def _start_worker() -> None:
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent killed with -9 cannot tell its workers; without this they wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _kill(pool: ProcessPoolExecutor) -> None:
    for process in list((pool._processes or {}).values()):
        process.terminate()
