"""Moments at which a classifier says yes, joined along their source."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from raravis.types import Box, Floats


class Yes(NamedTuple):
    """One class at one box of one look; seconds from the source's first frame."""

    look: int  # looks of a source are counted by time; those that could not be decoded are not
    start: float
    end: float
    of: int  # the class's number
    probability: float
    box: Box
    at: float  # when the picture judged was on show


class Stretch(NamedTuple):
    """One class over neighbouring looks: its moments by time, and the surest of them."""

    of: int
    start: float
    end: float
    surest: Yes
    moments: tuple[Yes, ...]


def said(probability: Floats, threshold: Floats, *, exclusive: bool) -> list[int]:
    """The numbers of the classes that (C,) probabilities say yes to; of an exclusive classifier the likeliest alone."""
    yes = probability >= threshold
    if exclusive:
        best = int(probability.argmax())
        return [best] if yes[best] else []
    return np.flatnonzero(yes).tolist()


def stretches(found: Sequence[Yes], gap_seconds: float) -> list[Stretch]:
    """One for each run of a class, by start, then class.

    Neighbouring looks that are both yes are one run, however far apart the sampler put them; a pause of at most
    `gap_seconds` is bridged, whatever was seen in it.
    """
    by_class: dict[int, list[list[Yes]]] = defaultdict(list)
    until: dict[int, float] = defaultdict(lambda: -math.inf)
    for yes in sorted(found, key=lambda yes: (yes.of, yes.look)):
        runs = by_class[yes.of]
        near = runs and (yes.look - runs[-1][-1].look <= 1 or yes.start - until[yes.of] <= gap_seconds + 1e-9)
        if near:
            runs[-1].append(yes)
        else:
            runs.append([yes])
        until[yes.of] = max(until[yes.of], yes.end) if near else yes.end
    return sorted(map(_stretch, [run for runs in by_class.values() for run in runs]), key=lambda s: (s.start, s.of))


def each(found: Sequence[Yes]) -> list[Stretch]:
    """Every yes by itself, by time, then class, the surest first."""
    ordered = sorted(found, key=lambda yes: (yes.look, yes.of, -yes.probability))
    return [Stretch(yes.of, yes.start, yes.end, yes, (yes,)) for yes in ordered]


def _stretch(run: Sequence[Yes]) -> Stretch:
    surest = max(run, key=lambda yes: yes.probability)
    return Stretch(surest.of, run[0].start, max(yes.end for yes in run), surest, tuple(run))
