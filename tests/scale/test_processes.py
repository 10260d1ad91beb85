"""The map over processes does what the plain one does, holds little at once, and leaves nobody behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from process_watching import HAS_PROC, alive, gone

from raravis.errors import MediaError, RaravisError
from raravis.scale.processes import Processes, cores, in_process

sees_processes = pytest.mark.skipif(not HAS_PROC, reason="no /proc to see processes")


def square(n: int) -> int:
    return n * n


def slow_first(n: int) -> int:
    time.sleep(0.3 if n == 0 else 0)
    return n


def refuse_three(n: int) -> int:
    if n == 3:
        raise MediaError("three.mp4: no frame at pts 3")
    return n


def die_at_three(n: int) -> int:
    if n == 3:
        os._exit(9)
    return n


def threads_and_pid(n: int) -> tuple[str, str, int]:
    time.sleep(0.05)
    return os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"], os.getpid()


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def end_of_file(n: int) -> int:
    raise EOFError(f"batch {n}")


def a_function(n: int) -> object:
    return lambda: n


def reversed_bytes(data: bytes) -> bytes:
    return data[::-1]


@pytest.fixture(scope="module")
def two() -> Iterator[Processes]:
    with Processes(2) as processes:
        yield processes


@pytest.mark.parametrize("n", [0, 1, 2, 20])
def test_the_results_are_those_of_the_plain_map_in_any_order(two: Processes, n: int) -> None:
    assert sorted(two(square, range(n))) == list(in_process(square, range(n))) == [i * i for i in range(n)]


def test_results_come_as_they_are_done(two: Processes) -> None:
    assert next(iter(two(slow_first, range(6)))) != 0


def test_nothing_is_lost_when_all_that_is_under_way_is_done_at_once(two: Processes) -> None:
    seen = []
    for result in two(square, range(30)):
        seen.append(result)
        time.sleep(0.01)  # meanwhile the workers run dry
    assert sorted(seen) == [n * n for n in range(30)]


def test_one_worker_or_one_batch_starts_no_process() -> None:
    for processes, pids in ((Processes(1), range(3)), (Processes(2), range(1))):
        with processes:
            assert {pid for _, _, pid in processes(threads_and_pid, pids)} == {os.getpid()}


def test_each_worker_is_a_process_with_one_thread_an_operator(two: Processes) -> None:
    seen = list(two(threads_and_pid, range(8)))
    assert {(omp, blas) for omp, blas, _ in seen} == {("1", "1")}
    assert len({pid for _, _, pid in seen} - {os.getpid()}) == 2


def test_processes_are_kept_from_call_to_call(two: Processes) -> None:
    first, again = ({pid for *_, pid in two(threads_and_pid, range(8))} for _ in range(2))
    assert first == again


def test_an_error_in_a_worker_comes_out_as_itself(two: Processes) -> None:
    with pytest.raises(MediaError, match=r"^three\.mp4: no frame at pts 3$"):
        list(two(refuse_three, range(9)))
    assert sorted(two(square, range(3))) == [0, 1, 4]  # and the others go on


def test_an_error_of_the_function_is_not_taken_for_a_dead_worker(two: Processes) -> None:
    with pytest.raises(EOFError, match=r"^batch [01]"):
        list(two(end_of_file, range(9)))


def test_a_result_that_cannot_be_sent_is_an_error_and_not_a_hang(two: Processes) -> None:
    with pytest.raises(RuntimeError, match=r"function.* cannot be sent to the parent"):
        list(two(a_function, range(9)))


def test_big_batches_and_big_results_pass_each_other(two: Processes) -> None:
    data = [bytes([n]) + bytes(3_000_000) for n in range(12)]
    assert sorted(two(reversed_bytes, data)) == sorted(each[::-1] for each in data)


def test_a_call_left_in_the_middle_leaves_nothing_for_the_next(two: Processes) -> None:
    left = iter(two(square, range(100)))
    next(left)
    left.close()  # type: ignore[attr-defined]
    assert sorted(two(square, range(3))) == [0, 1, 4]


def test_few_batches_are_under_way_at_once(two: Processes) -> None:
    taken: list[int] = []
    batches = (taken.append(n) or n for n in range(100))  # type: ignore[func-returns-value]
    ahead = [len(taken) - done for done, _ in enumerate(two(square, batches))]
    assert max(ahead) <= 2 * two.workers and len(taken) == 100


def test_a_worker_that_dies_is_one_clear_error() -> None:
    with pytest.raises(RaravisError, match=r"a worker process died.*--workers"), Processes(2) as processes:
        list(processes(die_at_three, range(9)))


@sees_processes
def test_leaving_with_an_error_ends_the_processes_at_once() -> None:
    begun, pids = time.monotonic(), []
    with pytest.raises(ZeroDivisionError), Processes(2) as processes:
        for pid in processes(sleep, [0, 0, 0, 0, 60, 60]):
            pids.append(pid)
            if len(pids) == 4:
                raise ZeroDivisionError
    assert gone(pids) and time.monotonic() - begun < 20


@sees_processes
def test_leaving_without_one_ends_them_too() -> None:
    with Processes(2) as processes:
        pids = list(processes(sleep, [0.05] * 4))
    assert gone(pids)


PARENT = """
from test_processes import Processes, sleep
if __name__ == "__main__":
    with Processes(2) as processes:
        for pid in processes(sleep, [0.2, 0.2, 0.2, 0.2, 120, 120, 120, 120]):
            print(pid, flush=True)
"""


def a_parent(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    script = tmp_path / "parent.py"  # workers import the script of their parent
    script.write_text(PARENT)
    here = Path(__file__).parent
    child = subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    return child, [int(child.stdout.readline()) for _ in range(4)]


@sees_processes
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    child, pids = a_parent(tmp_path)
    with child:
        assert all(map(alive, pids))
        child.kill()
        child.wait()
        assert gone(pids)


@sees_processes
def test_ctrl_c_ends_parent_and_workers_and_the_workers_say_nothing(tmp_path: Path) -> None:
    child, pids = a_parent(tmp_path)
    with child:
        for pid in (child.pid, *set(pids)):  # as a terminal does
            os.kill(pid, signal.SIGINT)
        try:
            _, said = child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            for pid in (child.pid, *pids):  # a failure, not a hang
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise
        assert child.returncode == -signal.SIGINT and gone(pids)
    assert said.count("Traceback") == 1 and "SpawnProcess" not in said


def test_cores_are_those_this_process_may_use() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal masks here")
def test_the_first_process_does_not_hear_ctrl_c_either() -> None:
    code = (
        "import signal, subprocess, sys\n"
        "from multiprocessing import resource_tracker\n"
        "from raravis.scale.worker import ctrl_c_held\n"
        "with ctrl_c_held():\n"
        "    resource_tracker.ensure_running()  # as the first process of a kind does\n"
        "    assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
        "assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class Unreadable:
    """Can be sent, but not read at the other end."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


def test_a_batch_that_a_worker_cannot_read_is_an_error_and_not_a_wait() -> None:
    with Processes(2) as processes, pytest.raises(ValueError, match="no number"):
        list(processes(str, [Unreadable()] * 3))
