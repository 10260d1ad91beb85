"""Events that leave and return: how much of what follows from the answers is right, and how many answers that takes.

    python benchmarks/pauses.py [--events 60]

A scene that changes slowly; a thing that is in it for 24 to 150 frames at 6 a second, less a pause of 8 frames to a
third; coming and going at once, in 6 and in 12 frames; with noise of three sizes; strong and weak. One item is given;
all that the search for ends asks is answered, and no more. Seeds 0 and up, an event each.
"""

from __future__ import annotations

import argparse
from itertools import product

import numpy as np
from search import pool_of
from search_streams import unit

from raravis.pick.ends import ANSWERED, Ends
from raravis.types import Bools, Floats

FRAMES, DIMS, A_SECOND = 600, 64, 6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=60)
    events = parser.parse_args().events
    print("frames to come and go, noise, strength: share right of what follows, answers an event")
    for ramp, noise, strength in product((1, 6, 12), (0.05, 0.3, 0.6), (0.3, 1.0)):
        made = [placed(*scene(seed, ramp, noise, strength), seed) for seed in range(events)]
        right, followed, answers = np.sum(made, axis=0)
        print(f"{ramp:3d} {noise:5.2f} {strength:4.1f}: {right / followed:.3f}, {answers / events:.1f}", flush=True)


def scene(seed: int, ramp: int, noise: float, strength: float) -> tuple[Floats, Bools]:
    """Vectors (FRAMES, DIMS) of length 1, and which frames show it (FRAMES,)."""
    draw = np.random.default_rng(seed)
    ground = unit(np.cumsum(draw.normal(0, 0.02, (FRAMES, DIMS)), axis=0) + draw.normal(size=DIMS))
    thing = unit(draw.normal(size=(1, DIMS)))
    length = int(draw.integers(24, 150))
    start, pause = int(draw.integers(20, FRAMES - length - 20)), int(draw.integers(8, max(9, length // 3)))
    away = start + int(draw.integers(length // 6, length - pause - length // 6))
    shows = np.zeros(FRAMES, bool)
    shows[start : start + length] = True
    shows[away : away + pause] = False
    seen = np.convolve(shows, np.ones(ramp) / ramp, "same")[:, None]
    return unit(ground + strength * seen * thing + draw.normal(0, noise / np.sqrt(DIMS), ground.shape)), shows


def placed(vectors: Floats, shows: Bools, seed: int) -> tuple[int, int, int]:
    """Of what follows how much is right, how much there is, and after how many answers."""
    draw, ends = np.random.default_rng(seed), Ends()
    pool = pool_of(vectors, np.zeros(FRAMES, np.int64), np.arange(FRAMES) / A_SECOND, vectors[:0])
    rows = draw.choice(np.flatnonzero(shows), 1)
    while len(rows):
        pool.asked[rows], pool.label[rows], pool.weight[rows] = True, np.where(shows[rows], 1, -1), ANSWERED
        rows, _ = ends.ask(pool, 3, draw)
    follows = ends.between(pool)
    return int(shows[follows].sum()), len(follows), int(pool.asked.sum())


if __name__ == "__main__":
    main()
