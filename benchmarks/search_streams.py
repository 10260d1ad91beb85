"""Streams with planted events whose truth is known, made of real embeddings; written before any search was tuned.

A background of clips played one after the other, slower, faster and backwards; into it, events: runs of embeddings
of another data set, blended with what lies beneath, some appearing at once and some gradually. A concept has one to
three modes (groups of the other data set); runs of its other groups are planted three times as often, as look-alikes.
Seeds 0..9 tune, seeds 10..19 report.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZES = {1e-2: 20_000, 1e-3: 40_000, 1e-4: 100_000}  # items of a stream by prevalence of the yes
TIMELINES = 8
ITEMS_A_SECOND = 6.0
SHORTEST, LONGEST = 3, 150  # items of an event
NOISE = 0.1  # length of what is added to every vector of length 1
LOOK_ALIKES = 3  # runs of other groups an event

Clips = list[NDArray[np.float32]]  # (n, D) each


@dataclass(frozen=True, eq=False)
class Stream:
    """A timeline with planted events; `example` (D,) shows its first mode and is not in it."""

    vectors: NDArray[np.float32]  # (N, D)
    timeline: NDArray[np.int64]
    seconds: NDArray[np.float64]
    event: NDArray[np.int64]  # (N,) number of the event, -1: none
    events: int
    example: NDArray[np.float32]
    prevalence: float


def stream(seed: int, backgrounds: Clips, groups: dict[str, Clips]) -> Stream:
    """The stream of a seed: prevalence 1e-2, 1e-3 and 1e-4 in turn, events of 3 to 150 items."""
    rng = np.random.default_rng([seed, 2711])
    prevalence = tuple(SIZES)[seed % len(SIZES)]
    n = SIZES[prevalence]
    vectors = _background(n, backgrounds, rng)
    names = rng.permutation(sorted(groups)).tolist()
    modes, others = _split(names, int(rng.integers(1, 4)))
    example_clip = rng.integers(len(groups[modes[0]]))
    example = groups[modes[0]][example_clip][rng.integers(len(groups[modes[0]][example_clip]))]
    left = {name: list(groups[name]) for name in names}
    if len(left[modes[0]]) > 1:
        del left[modes[0]][example_clip]
    lengths = _lengths(round(prevalence * n), rng)
    wanted = [(modes[i % len(modes)], length, i) for i, length in enumerate(lengths)]
    wanted += [(others[i % len(others)], lengths[i % len(lengths)], -1) for i in range(LOOK_ALIKES * len(lengths))]
    event = np.full(n, -1, np.int64)
    for (name, length, number), start in zip(wanted, _places([w[1] for w in wanted], n, rng), strict=True):
        clip = left[name][rng.integers(len(left[name]))]
        rows = slice(start, start + length)
        vectors[rows] = _blended(vectors[rows], _played(clip, length, rng), rng)
        event[rows] = number
    vectors += rng.normal(0, NOISE / np.sqrt(vectors.shape[1]), vectors.shape).astype(np.float32)
    each = -(-n // TIMELINES)
    at = np.arange(n)
    return Stream(unit(vectors), at // each, at % each / ITEMS_A_SECOND, event, len(lengths), unit(example), prevalence)


def _background(n: int, clips: Clips, rng: np.random.Generator) -> NDArray[np.float32]:
    parts, total = [], 0
    while total < n:
        part = _played(clips[rng.integers(len(clips))], int(rng.integers(30, 300)), rng)
        parts.append(part)
        total += len(part)
    return np.concatenate(parts)[:n]


def _played(clip: NDArray[np.float32], length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(length, D) a run of a clip at some speed, to and fro, frames between frames interpolated."""
    way = rng.integers(len(clip)) + rng.uniform(0.1, 1.5) * np.arange(length)
    last = max(len(clip) - 1, 1)
    at = np.minimum(last - np.abs(last - way % (2 * last)), len(clip) - 1)
    low = np.minimum(at.astype(int), max(len(clip) - 2, 0))
    share = (at - low)[:, None].astype(np.float32)
    return np.asarray((1 - share) * clip[low] + share * clip[np.minimum(low + 1, len(clip) - 1)], np.float32)


def _blended(below: NDArray[np.float32], run: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """What a thing that fills half of the picture to all of it would give; every second comes and goes gradually."""
    strength = np.full(len(run), rng.uniform(0.5, 1.0), np.float32)
    ramp = min(3, len(run) // 4) if rng.random() < 0.5 else 0
    for i in range(ramp):
        strength[[i, -1 - i]] *= (i + 2) / (ramp + 2)
    return np.asarray(strength[:, None] * run + (1 - strength[:, None]) * below, np.float32)


def _lengths(total: int, rng: np.random.Generator) -> list[int]:
    """Lengths of at least two events, log-uniform, that come near to so many items."""
    found: list[int] = []
    while len(found) < 2 or total - sum(found) >= SHORTEST:
        most = max(min(LONGEST, total - sum(found), total // 2), SHORTEST)
        found.append(int(np.exp(rng.uniform(np.log(SHORTEST), np.log(most + 1)))))
    return found


def _places(lengths: list[int], n: int, rng: np.random.Generator) -> list[int]:
    """Starts of runs that lie apart by two seconds at least and within one timeline."""
    each, apart = -(-n // TIMELINES), int(2 * ITEMS_A_SECOND)
    taken = np.zeros(n, bool)
    starts = []
    for length in lengths:
        while True:
            start = int(rng.integers(n - length))
            here = slice(max(start - apart, 0), start + length + apart)
            if start // each == (start + length - 1) // each and not taken[here].any():
                break
        taken[start : start + length] = True
        starts.append(start)
    return starts


def _split(names: list[str], modes: int) -> tuple[list[str], list[str]]:
    modes = min(modes, len(names) - 1)
    return names[:modes], names[modes:]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), np.float32)
