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
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from raravis.errors import RaravisError

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_DIED = (
    "a worker process died, most often for want of memory; what was finished is kept: run the same command again, "
    "with --workers 1 if it happens again"
)
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
        """The results as they come, not in order; at most two batches a worker are under way.

        Raises RaravisError when a process dies; an error inside the function comes out as it is.
        """
        queue = iter(batches)
        first = list(itertools.islice(queue, 2))
        queue = itertools.chain(first, queue)
        if self.workers == 1 or len(first) < 2:
            yield from map(function, queue)
            return
        try:
            yield from self._spread(function, queue)
        except BrokenProcessPool:
            raise RaravisError(_DIED) from None

    def _spread(self, function: Callable[[Batch], Result], queue: Iterator[Batch]) -> Iterator[Result]:
        pool, under_way = self._started(), set[Future[Result]]()
        while True:
            for batch in itertools.islice(queue, 2 * self.workers - len(under_way)):
                with _ctrl_c_held():
                    under_way.add(pool.submit(function, batch))
            if not under_way:
                return
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


@contextlib.contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Ctrl-C waits; processes started meanwhile never hear it, not even before `_start_worker` runs in them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
