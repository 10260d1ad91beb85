"""Where to look so that no event as long as W falls between looks: the fewest frames, answered ones first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from raravis.flow.audits.runs import SLACK, Reals
from raravis.store import sources
from raravis.store.project import Project
from raravis.types import Ints, Source

SHORT_OF = 0.9  # a sampled frame serves, undecoded, from this share of the step on


@dataclass(frozen=True, eq=False)
class Chosen:
    """The frames of one source to look at."""

    source_id: int
    pts: Ints  # (n,)
    start: Reals  # (n,) seconds on the timeline
    end: Reals  # (n,)


@dataclass(frozen=True)
class Footage:
    """Files that follow one another without a pause."""

    sources: tuple[Source, ...]

    @property
    def line(self) -> str:
        """The timeline's name."""
        return self.sources[0].places[0].timeline

    @property
    def start(self) -> float:
        """Seconds on the timeline."""
        return self.sources[0].places[0].starts_at

    @property
    def end(self) -> float:
        """Seconds on the timeline."""
        last = self.sources[-1]
        return last.places[0].starts_at + float(last.duration * last.time_base)


def place(
    footage: Footage,
    project: Project,
    sampled: Mapping[int, Ints],
    answered: Mapping[int, Ints],
    min_seconds: float,
) -> Iterator[Chosen]:
    """Frames, by time, such that whatever shows for `min_seconds` on end shows in one of those frames.

    From each frame chosen the next lies as far on as may be: an answered one, since it is free; else a sampled one
    that is nearly as far as possible; else the frame shown then, which has to be decoded.
    """
    seen_to = footage.start - 2 * SLACK  # so that an event that fills the footage is met
    for source in footage.sources:
        with project.read() as c:
            packets = sources.packets(c, source.id)
        base, begin = float(source.time_base), source.places[0].starts_at
        times = ((at - source.start).astype(np.float64) * base for at in (packets.pts, packets.ends()))
        start, end = (np.asarray(begin + seconds, np.float64) for seconds in times)
        free, cheap = (np.searchsorted(packets.pts, pts.get(source.id, _NONE)) for pts in (answered, sampled))
        chosen, seen_to = walk(start, end, free, cheap, seen_to=seen_to, until=footage.end, step=min_seconds)
        if len(chosen):
            yield Chosen(source.id, packets.pts[chosen], start[chosen], end[chosen])


_NONE = np.zeros(0, np.int64)


def walk(
    start: Reals, end: Reals, free: Ints, cheap: Ints, *, seen_to: float, until: float, step: float
) -> tuple[Ints, float]:
    """Rising frame numbers, and up to when all is seen: before each choice less than `step` seconds lie unseen.

    `start` and `end` (n,) are frame times of one file, `free` and `cheap` numbers of frames; `until` is where the
    footage ends, which may be files later.
    """
    chosen: list[int] = []
    while until - seen_to >= step - SLACK:
        limit = seen_to + step - SLACK
        if limit > end[-1] and until - end[-1] > SLACK:
            free_left = free[start[free] >= seen_to]
            if not len(free_left):
                break  # the next file holds the next look
            at = int(free_left[-1])
        else:
            at = _farthest(start, free, cheap, seen_to, limit, step)
        at = max(at, int(np.searchsorted(end, seen_to + SLACK)))  # a frame that lasts longer than the step
        if at >= len(end):
            break
        chosen.append(at)
        seen_to = float(end[at])
    return np.array(chosen, np.int64), seen_to


def _farthest(start: Reals, free: Ints, cheap: Ints, seen_to: float, limit: float, step: float) -> int:
    for numbers, earliest in ((free, seen_to), (cheap, limit - (1 - SHORT_OF) * step)):
        last = int(np.searchsorted(start[numbers], limit, side="right")) - 1
        if last >= 0 and start[numbers[last]] >= earliest - SLACK:
            return int(numbers[last])
    return max(int(np.searchsorted(start, limit, side="right")) - 1, 0)
