"""Whether processes are still there; on Linux, where /proc tells."""

from __future__ import annotations

import time
from pathlib import Path

HAS_PROC = Path("/proc/self/task").exists()


def children(pid: int) -> list[int]:
    """Processes that this one started and that are there now."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    """False for a dead one that nobody has waited for, too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids: list[int], seconds: float = 10.0) -> bool:
    """Whether all of them end within so many seconds."""
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, pids))
