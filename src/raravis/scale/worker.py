"""One worker process at the other end of a pipe: takes batches, gives results, ends when its parent is gone.

The standard library's executor hands its queues to threads and locks; a Ctrl-C or a worker's death at the wrong
moment left one of them held for ever (one run in nine of the tests). Here nobody but the two ends of a pipe waits.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from raravis.errors import RaravisError

Call = tuple[Callable[[Any], Any], Any]
Outcome = tuple[Any, BaseException | None]

END_WITHIN = 10.0  # seconds for a worker to end by itself when its pipe is closed, or when it is told to


class Worker:
    """A spawned process. Results come out of `take` in the order in which their batches went into `give`."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.under_way = 0
        self._process = spawn.Process(target=_work, args=(theirs,), daemon=True)
        with ctrl_c_held():
            self._process.start()
        theirs.close()

    def give(self, function: Callable[[Any], Any], batch: Any) -> None:
        """Sends a batch. Raises OSError when the process died."""
        self.pipe.send((function, batch))
        self.under_way += 1

    def take(self) -> Outcome:
        """Waits for the next result, or the error raised instead. Raises EOFError or OSError when the process died."""
        outcome: Outcome = self.pipe.recv()
        self.under_way -= 1
        return outcome

    def end(self, *, at_once: bool) -> None:
        """The process is gone afterwards, with what it had under way."""
        self.pipe.close()
        if at_once:
            self._process.terminate()
        self._process.join(END_WITHIN)
        self._process.kill()
        self._process.join()


@contextlib.contextmanager
def ctrl_c_held() -> Iterator[None]:
    """Ctrl-C waits; processes started meanwhile never hear it, not even before `_work` runs in them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # else the first process begins it, and that lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, calls), daemon=True).start()
    while True:
        pipe.send_bytes(_packed(_outcome(*calls.get())))


def _receive(pipe: Connection, calls: queue.SimpleQueue[Call]) -> None:
    """Always reading, so that the parent never waits to send; a closed pipe says that it has ended, however."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            calls.put(_unpacked(pipe.recv_bytes()))
    os._exit(0)


def _unpacked(data: bytes) -> Call:
    """What was given; where that cannot be read here, a call that says why: nobody else would answer."""
    try:
        return pickle.loads(data)  # type: ignore[no-any-return]
    except Exception as error:  # noqa: BLE001 - whatever unpickling and the imports that it wants say
        return _refuse, error


def _refuse(error: Exception) -> None:
    raise error


def _outcome(function: Callable[[Any], Any], batch: Any) -> Outcome:
    try:
        return function(batch), None
    except RaravisError as error:
        return None, error
    except BaseException as error:  # noqa: BLE001 - it is the parent's to raise
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return None, error


def _packed(outcome: Outcome) -> bytes:
    try:
        return bytes(multiprocessing.reduction.ForkingPickler.dumps(outcome))
    except Exception as error:  # noqa: BLE001 - whatever pickling says
        what = outcome[1] or outcome[0]
        return pickle.dumps((None, RuntimeError(f"{type(what).__name__} cannot be sent to the parent: {error}")))
