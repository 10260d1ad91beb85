"""Keyframe pass against PyAV's bare loop, and memory against length. Run: python benchmarks/keyframes.py

Prints one line a case, ours / bare as the median over alternating repeats (asked: 0.9 or more), then the
peak memory of a 10-minute file over that of a 1-minute one (asked: 1.2 or less). Both make the same arrays
from the same files with the same number of processes; "with probe" adds reading all packets' times first.
"""

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from raravis.media.fit import fit
from raravis.media.video import VideoReader
from raravis.sample.keyframes import Keyframes

SHORT_SIDE, REPEATS, RATE, SECONDS = 224, 5, 30, 10
ASKED_SPEED, ASKED_MEMORY = 0.9, 1.2


def render(path: Path, gop: int) -> Path:
    """Ten seconds of 1080p: a noisy texture that moves."""
    rng = np.random.default_rng(0)
    texture = rng.integers(60, 200, (380, 580, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", RATE, options={"preset": "veryfast", "crf": "32", "g": str(gop)})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(RATE * SECONDS):
            y, x = (int(200 + 190 * wave) for wave in (np.sin(number / 40), np.cos(number / 55)))
            picture = np.ascontiguousarray(texture[y : y + 1080, x : x + 1920])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def repeat(path: Path, out: Path, times: int) -> Path:
    """The same packets again and again: a long file without the work of coding it."""
    with av.open(str(out), "w") as target:
        stream = None
        for turn in range(times):
            with av.open(str(path)) as source:
                stream = stream or target.add_stream_from_template(source.streams.video[0])
                for packet in source.demux(video=0):
                    if packet.size:
                        shift = int(turn * SECONDS / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = stream
                        target.mux(packet)
    return out


def bare(path: Path) -> int:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.skip_frame = "NONKEY"
        width, height = fit(stream.width, stream.height, SHORT_SIDE)
        size = {"width": width, "height": height, "interpolation": "BILINEAR"}
        return len([frame.to_ndarray(format="rgb24", **size) for frame in container.decode(stream)])


def ours(path: Path, packets=None) -> int:
    reader = VideoReader(path)
    packets = packets or reader.probe().packets
    return len([frame.rgb for frame in reader.frames(packets, packets.pts[packets.key], short_side=SHORT_SIDE)])


def ours_probed(job: tuple) -> int:
    return ours(*job)


def seconds(pool, work: Callable, jobs: list) -> tuple[float, int]:
    start = time.perf_counter()
    count = sum(pool.map(work, jobs, chunksize=1))
    return time.perf_counter() - start, count


def case(name: str, files: list[Path], processes: int) -> bool:
    jobs = [(path, VideoReader(path).probe().packets) for path in files]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        seconds(pool, bare, files)
        ratios, probed_ratios = [], []
        for _ in range(REPEATS):
            limit, count = seconds(pool, bare, files)
            took, same = seconds(pool, ours_probed, jobs)
            with_probe, _ = seconds(pool, ours, files)
            assert count == same, (count, same)
            ratios.append(limit / took)
            probed_ratios.append(limit / with_probe)
    ratio = statistics.median(ratios)
    print(
        f"{name:10} {processes} process{'es' if processes > 1 else '  '} {count:5} keyframes {count / took:7.0f}/s"
        f"  ours/bare {ratio:.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        f"  with probe {statistics.median(probed_ratios):.2f}",
        flush=True,
    )
    return ratio >= ASKED_SPEED


def peak_mebibytes(path: Path) -> float:
    reader = VideoReader(path)
    packets = reader.probe().packets
    for _ in reader.frames(packets, Keyframes()(packets), short_side=SHORT_SIDE):
        pass
    # VmHWM begins anew with each program; getrusage's ru_maxrss is inherited from the process that started this one
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def memory(short: Path, long: Path) -> bool:
    if not Path("/proc/self/status").exists():
        print("memory     skipped: peak memory is read from /proc")
        return True
    peaks = []
    for path in (short, long):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            peaks.append(pool.apply(peak_mebibytes, (path,)))
    ratio = peaks[1] / peaks[0]
    print(f"memory     1 minute {peaks[0]:.0f} MiB, 10 minutes {peaks[1]:.0f} MiB: ratio {ratio:.2f}")
    return ratio <= ASKED_MEMORY


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        here, good = Path(folder), []
        for gop in (30, 250):
            ten = render(here / f"ten{gop}.mp4", gop)
            minute = repeat(ten, here / f"minute{gop}.mp4", 6)
            good += [case(f"gop {gop}", [minute] * processes, processes) for processes in (1, 2)]
        data = os.environ.get("RARAVIS_DATA")
        if data:
            files = sorted(Path(data, "skywatch", "video").glob("*.mp4"))
            good += [case("skywatch", files, processes) for processes in (1, 2)]
        else:
            print("skywatch   skipped: RARAVIS_DATA is not set")
        good.append(memory(minute, repeat(ten, here / "long.mp4", 60)))
    print("as asked" if all(good) else "NOT as asked")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
