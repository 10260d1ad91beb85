"""Windows along a timeline, and runs of positive time: events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.types import Ints

_UNITS: dict[str, Fraction | int] = {"": 1, "ms": Fraction(1, 1000), "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


class Span(NamedTuple):
    """[start, end) in seconds on one timeline; an instant has start == end."""

    start: float
    end: float


def parse_seconds(text: str) -> float:
    """Seconds from `5`, `5s`, `2m`, `24h`, `0.5` or `1/6`. Raises InputError."""
    match = re.fullmatch(r"\s*(-?[\d.]+(?:/\d+)?)\s*([a-z]*)\s*", text.lower())
    try:
        assert match
        return float(Fraction(match[1]) * _UNITS[match[2]])
    except (AssertionError, KeyError, ValueError, ZeroDivisionError):
        raise InputError(f"cannot read {text!r} as a duration; wanted 5, 5s, 2m, 24h or 1/6") from None


def order(timeline: Ints, seconds: NDArray[np.float64]) -> Ints:
    """(N,) rows by timeline, then time; ties keep their order."""
    return np.lexsort((seconds, timeline)).astype(np.int64)


def windows(timeline: Ints, seconds: NDArray[np.float64], every: int) -> Ints:
    """(N,) window number of each row: runs of `every` consecutive rows of a timeline share one."""
    rows = order(timeline, seconds)
    first = np.append(True, np.diff(timeline[rows]) != 0)[: len(rows)]
    position = np.arange(len(rows)) - np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
    starts = first | (position % every == 0)
    window = np.empty(len(rows), np.int64)
    window[rows] = np.cumsum(starts) - 1
    return window


def merge(spans: Iterable[tuple[float, float]], gap_seconds: float) -> list[Span]:
    """Maximal runs by time: spans that overlap, or lie at most the gap apart, become one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1].end <= gap_seconds + 1e-9:
            merged[-1] = Span(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Span(start, end))
    return merged


def overlaps(a: Span, b: Span) -> bool:
    """Whether two spans share time; an instant shares [start, end) when it lies inside."""
    return a == b or (a.start < b.end and b.start < a.end) or _inside(a, b) or _inside(b, a)


def _inside(instant: Span, span: Span) -> bool:
    return instant.start == instant.end and span.start <= instant.start < span.end
