"""Between what shows it and what does not: how far the ends of events are open, and which frames would close them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from raravis.flow.looks import SLACK_SECONDS, Line, Look, span_of
from raravis.types import NO, YES, Ints, Packets, Source


class Gap(NamedTuple):
    """Time on a line, open between two frames, or between a frame and the edge of the footage."""

    line: Line
    low: float  # end of what is known before it, in seconds on the timeline
    high: float  # start of what is known after it
    why: str  # "start" or "end" of an event, or "between" two looks that may be one event or two

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.high - self.low


class Frames(NamedTuple):
    """Frames of a gap as columns."""

    middle: NDArray[np.float64]  # (n,) seconds on the timeline
    source_id: Ints  # (n,)
    pts: Ints  # (n,)
    end: Ints  # (n,) pts

    @classmethod
    def none(cls) -> Frames:
        """Where footage has none."""
        return cls(np.zeros(0), *(np.zeros(0, np.int64) for _ in range(3)))


class Moment(NamedTuple):
    """A frame that would halve a gap."""

    source_id: int
    pts: int
    end: int  # pts
    why: str
    seconds: float  # how long the gap is


def gaps(line: Line, *, precision: float, gap_seconds: float) -> Iterator[Gap]:
    """The line's open gaps, by time.

    An end is open where neighbouring looks differ, or where footage ends, further than `precision` from a yes; what
    nobody can tell stands for a no there. Between two looks of the sample that were answered yes, more than
    `gap_seconds` apart, one frame is wanted.
    """
    for a, b in pairwise((None, *line.known(), None)):
        together = a is not None and b is not None and line.runs_on(a, b)
        if a and b and together and a.value == b.value == YES:
            found = _doubt(line, a, b, gap_seconds)
        else:
            found = [*_after(line, a, b if together else None), *_before(line, b, a if together else None)]
        yield from (gap for gap in found if gap.why == "between" or gap.seconds > precision + SLACK_SECONDS)


def _doubt(line: Line, a: Look, b: Look, gap_seconds: float) -> list[Gap]:
    """Whether two looks that show it are one event, if nobody looked between."""
    wide = b.start - a.end > gap_seconds + SLACK_SECONDS and not line.unsure(a.end, b.start)
    both = a.given and b.given and a.sampled and b.sampled
    return [Gap(line, a.end, b.start, "between")] if wide and both else []


def _after(line: Line, look: Look | None, other: Look | None) -> list[Gap]:
    """The open end of an event whose last look this is: up to the next look, or to the end of the footage."""
    footage = line.stretch(look)
    if look is None or look.value != YES or footage is None:
        return []
    stop = other.start if other else footage.end
    unsure = line.unsure(look.end, stop)
    closed = unsure or other is None or other.value == NO
    return [Gap(line, look.end, unsure[0].start if unsure else stop, "end")] if closed else []


def _before(line: Line, look: Look | None, other: Look | None) -> list[Gap]:
    """The open start of an event whose first look this is: back to the look before, or to where the footage starts."""
    footage = line.stretch(look)
    if look is None or look.value != YES or footage is None:
        return []
    stop = other.end if other else footage.start
    unsure = line.unsure(stop, look.start)
    closed = unsure or other is None or other.value == NO
    return [Gap(line, unsure[-1].end if unsure else stop, look.start, "start")] if closed else []


def crossing(gap: Gap) -> list[tuple[float, Source]]:
    """The sources that have time in the gap, each with the second it starts at."""
    spans = ((starts_at, source, span_of(starts_at, source)) for starts_at, source in gap.line.sources)
    return [(starts_at, source) for starts_at, source, span in spans if span.start < gap.high and gap.low < span.end]


def frames_in(gap: Gap, packets: Mapping[int, Packets], dead: Collection[tuple[int, int]]) -> Frames:
    """The frames that lie wholly in the gap, by source and time; without the dead ones, by source and pts."""
    here = [(starts_at, source) for starts_at, source in crossing(gap) if source.id in packets]
    found = [_frames(starts_at, source, packets[source.id], gap) for starts_at, source in here]
    joined = Frames(*map(np.concatenate, zip(Frames.none(), *found, strict=True)))
    if not dead:
        return joined
    kept = np.array([key not in dead for key in zip(*(c.tolist() for c in joined[1:3]), strict=True)], bool)
    return Frames(*(column[kept] for column in joined))


def halving(gap: Gap, frames: Frames) -> Moment | None:
    """The frame nearest to the middle of the gap; None where it has no frames."""
    if not len(frames.pts):
        return None
    n = int(np.argmin(np.abs(frames.middle - (gap.low + gap.high) / 2)))
    return Moment(int(frames.source_id[n]), int(frames.pts[n]), int(frames.end[n]), gap.why, gap.seconds)


def price(gap: Gap, frames: Frames, *, precision: float) -> int:
    """How many answers close the gap, by halving."""
    steps = min(len(frames.pts) + 1, gap.seconds / precision if precision else math.inf)
    return min(1, len(frames.pts)) if gap.why == "between" else math.ceil(math.log2(max(steps, 1)))


def _frames(starts_at: float, source: Source, packets: Packets, gap: Gap) -> Frames:
    start, end = (starts_at + (at - source.start) * float(source.time_base) for at in (packets.pts, packets.ends()))
    inside = (start >= gap.low - SLACK_SECONDS) & (end <= gap.high + SLACK_SECONDS)
    number = np.full(int(inside.sum()), source.id, np.int64)
    return Frames((start[inside] + end[inside]) / 2, number, packets.pts[inside], packets.ends()[inside])
