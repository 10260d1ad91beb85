"""Peak memory of the whole flow on a 10-minute 1080p file over that on a 1-minute one. Asked: <= 1.2.

    python benchmarks/memory.py

`ingest sample detect embed` by their commands, every half second, one process; the largest resident set of the four.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from keyframes import SECONDS, render, repeat

ASKED = 1.2


def peak_mb(video: Path, project: Path) -> float:
    """Megabytes of the hungriest of the four commands."""
    there = ["--project", str(project)]
    commands = (
        ["ingest", str(video), "--workers", "1"],
        ["sample", "--sample", "every:0.5"],
        ["detect"],
        ["embed", "--workers", "1"],
    )
    return max(resident_mb([*command, *there]) for command in commands)


# VmHWM begins anew with each program; getrusage's ru_maxrss is inherited from the process that started this one
MEASURED = """
import pathlib, re, sys
from raravis.cli.run import run
assert run(sys.argv[1:]) == 0
print(re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""


def resident_mb(command: list[str]) -> float:
    done = subprocess.run([sys.executable, "-c", MEASURED, *command], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1024


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        part = render(Path(folder) / "part.mp4", gop=30)
        short, long = (repeat(part, Path(folder) / f"{m}.mp4", m * 60 // SECONDS) for m in (1, 10))
        peaks = [peak_mb(video, Path(folder) / f"{video.stem}-project") for video in (short, long)]
    ratio = peaks[1] / peaks[0]
    print(f"1 minute {peaks[0]:.0f} MB, 10 minutes {peaks[1]:.0f} MB: {ratio:.2f} (asked <= {ASKED})")
    return 0 if ratio <= ASKED else 1


if __name__ == "__main__":
    sys.exit(main())
