"""Encoders against a bare loop of the same back end, end to end against 1 / (decode + encode), and memory that stays.

    RARAVIS_DATA=... python benchmarks/encode.py [ENCODER ...] [--repeats 7] [--images 100000] [--no-end-to-end]

pictures/s  ours on decoded pictures of the model's input size, and a loop that does nothing but run the same session
            on the same pictures prepared before: one thread, processor time, in turns, medians. Asked: >= 0.95 of it.
end to end  `benchmarks/ingest.py` with this model. Asked: >= 0.85.
memory      of this process, after 10,000 small pictures and after --images, for the encoder named first. Asked: no
            more than 1.05 times as much.

An encoder without a model of its own (`descriptor`) has no bare loop; `hf:FOLDER` and the like are run as exported.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ingest
import numpy as np

from raravis import plugins
from raravis.types import Floats, Pixels

DEFAULT = ["builtin", "onnx:$RARAVIS_DATA/models/mobilenetv2_imagenet_fp32.onnx", "descriptor"]
PICTURES = 128  # a run: a second or so of the faster encoders
AT_ONCE = 16  # as the embedding pass hands them over
BEGUN = 10_000  # pictures, after which memory should not grow
LOOP, END, GROWTH = 0.95, 0.85, 1.05  # what is asked


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoders", nargs="*", default=DEFAULT)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--end-to-end", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args(arguments)
    missed = 0
    for number, spec in enumerate(asked.encoders):
        encoder = made(os.path.expandvars(spec))
        missed += speed(spec, encoder, asked.repeats)
        if asked.end_to_end and (model := model_of(encoder)) is not None:
            frames, ratios = ingest.measure(model.path, "every:1/6", 3)
            missed += told(f"{spec}: end to end / limit, {frames} frames", ratios, END)
        if number == 0 and asked.images > BEGUN:
            missed += memory(spec, encoder, asked.images)
    return int(missed > 0)


def made(spec: str) -> Any:
    """The encoder; one that learns from a collection has learnt from noise."""
    encoder = plugins.make("embed", spec)
    if not getattr(encoder, "needs_fit", False):
        return encoder
    with tempfile.TemporaryDirectory() as folder:
        return encoder.fit(iter(noise(64, 128)), Path(folder) / "learnt.npz")


def model_of(encoder: Any) -> Any:
    """What runs its network, if that is an ONNX model."""
    model = getattr(encoder, "model", None) or getattr(encoder, "_run", None)
    return model if hasattr(model, "session") else None


def noise(count: int, side: int) -> list[Pixels]:
    """Pictures (side, side, 3)."""
    return list(np.random.default_rng(0).integers(0, 256, (count, side, side, 3)).astype(np.uint8))


def speed(spec: str, encoder: Any, repeats: int) -> bool:
    """Whether it is slower, by the median of turns, than the share asked for of the bare loop."""
    pictures = noise(PICTURES, encoder.short_side)
    chunks = [pictures[at : at + AT_ONCE] for at in range(0, PICTURES, AT_ONCE)]
    ways: list[Callable[[], Any]] = [lambda: [encoder(chunk) for chunk in chunks]]
    if (model := model_of(encoder)) is not None:
        size = model.batch
        batches = [model.prepare(pictures[at : at + size]) for at in range(0, PICTURES, size)]
        ways.append(lambda: bare(model.session, model.output, batches))
    rates = np.array([[PICTURES / seconds(way) for way in ways] for _ in range(repeats + 1)])[1:]  # the first warms up
    here = ", ".join(f"{rate:.0f}" for rate in np.median(rates, axis=0))
    print(f"{spec}: pictures/s on one thread, ours and the bare loop's: {here}", flush=True)
    return len(ways) > 1 and told(f"{spec}: ours / bare loop", (rates[:, 0] / rates[:, 1]).tolist(), LOOP)


def bare(session: Any, output: str, batches: Sequence[Floats]) -> None:
    """The plain loop that any user of the back end writes."""
    name = session.get_inputs()[0].name
    for batch in batches:
        session.run([output], {name: batch})


def seconds(way: Callable[[], Any]) -> float:
    """Of the processor: what else runs on the machine counts for neither way."""
    begun = time.process_time()
    way()
    return time.process_time() - begun


def told(what: str, ratios: Sequence[float], wanted: float) -> bool:
    """Whether the median is below what is asked."""
    middle = statistics.median(ratios)
    print(f"{what}: {middle:.3f} (asked >= {wanted}), all runs {np.round(ratios, 2)}", flush=True)
    return middle < wanted


def memory(spec: str, encoder: Any, images: int) -> bool:
    """Whether the process grew by more than is asked between the first and the last pictures."""
    pictures, at = noise(AT_ONCE * 8, 64), {}
    for count in range(AT_ONCE, images + 1, AT_ONCE):
        start = count % len(pictures)
        encoder(pictures[start : start + AT_ONCE])
        if count in (BEGUN - BEGUN % AT_ONCE, images - images % AT_ONCE):
            at[count] = resident_mb()
    first, last = at.values()
    print(f"{spec}: {first:.0f} MB after {min(at)} pictures, {last:.0f} MB after {max(at)} (asked <= {GROWTH} times)")
    return last > GROWTH * first


def resident_mb() -> float:
    found = re.search(r"VmRSS:\s*(\d+)", Path("/proc/self/status").read_text())
    assert found is not None, "wanted Linux"
    return int(found[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
