"""What to ask on purpose, so that known events count: where they begin, that they last, that they are not one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from raravis.flow.audits.asking import Frame
from raravis.flow.audits.given import Given
from raravis.flow.audits.runs import SLACK, room
from raravis.flow.audits.units import Units
from raravis.flow.audits.values import UNSEEN, Judged
from raravis.store import sources
from raravis.store.project import Project
from raravis.types import CANT_TELL, Ints, Packets, Source

BACK = (1, 4)  # units before a known one that are asked at once: which is the first to show it?
BESIDE = (0.4, 0.2)  # of the shortest event: how far on both sides of a can't tell a no leaves no room for one


class Asks:
    """Questions about the known events of a frozen collection; it keeps only what it read of files."""

    def __init__(self, project: Project, units: Units, known: Mapping[int, Source]) -> None:
        self.project, self.units = project, units
        self._packets: dict[int, Packets] = {}
        self._files: dict[int, list[Source]] = {}
        for source_id, footage in units.lies_in.items():
            self._files.setdefault(footage, []).append(known[source_id])

    def frames(self, given: Given, judged: Judged) -> list[Frame]:
        """Frames to ask about, each once, none answered; empty where every known event counts or is too short to."""
        if judged.runs is None:
            return []
        answered = set(zip(given.source_id.tolist(), given.pts.tolist(), strict=True))
        wanted = [*self._lasting(judged), *self._beginning(judged), *self._apart(given, judged)]
        wanted += self._narrowing(given, judged, answered)
        return [frame for frame in dict.fromkeys(wanted) if frame not in answered]

    def _lasting(self, judged: Judged) -> Iterator[Frame]:
        """Is it seen long enough? The two instants that would show it, and between what is known and those."""
        runs, step = judged.runs, self.units.stamp.min_seconds
        assert runs is not None
        showings = runs.showings
        for number in np.flatnonzero(runs.open).tolist():
            start, end = float(showings.start[number]), float(showings.end[number])
            far = min(start + step, float(showings.high[number])), max(end - step, float(showings.low[number]))
            for at in (*far, (end + far[0]) / 2, (start + far[1]) / 2):
                yield from self._at(int(showings.footage[number]), at)

    def _beginning(self, judged: Judged) -> Iterator[Frame]:
        """Units before the first that shows an event, up to the no before it; the next one where none shows it yet."""
        runs, first, units = judged.runs, judged.first, self.units
        assert runs is not None and first is not None
        for number in np.flatnonzero(runs.possible).tolist():
            footage, low = runs.showings.footage[number], runs.showings.low[number]
            here = np.flatnonzero((units.moments.footage == footage) & (judged.value == UNSEEN))
            start = units.moments.start[here]
            before = here[(start >= low - SLACK) & (start < runs.showings.start[number])]
            yield from _frames(units, before[[-steps for steps in BACK if steps <= len(before)]])
            if first[number] < 0:
                after = here[(start >= runs.showings.end[number] - SLACK) & (start < runs.showings.high[number])]
                yield from _frames(units, after[:1])

    def _apart(self, given: Given, judged: Judged) -> Iterator[Frame]:
        """Between two events of which only one counts: no's that cover the gap would make it two."""
        runs, gap = judged.runs, self.units.stamp.gap_seconds
        assert runs is not None
        showings = runs.showings
        for after in range(1, len(showings)):
            joined = runs.apart[after] == runs.apart[after - 1] and runs.event[after] != runs.event[after - 1]
            if joined and np.isin(runs.event[[after - 1, after]], runs.event[runs.sure]).all():
                footage, pause = int(showings.footage[after]), (showings.end[after - 1], showings.start[after])
                inside = (given.moments.footage == footage) & (given.value < 0)
                inside &= (given.moments.start >= pause[0] - SLACK) & (given.moments.end <= pause[1] + SLACK)
                no = given.moments.take(inside)
                yield from self._at(footage, (pause[0] + pause[1]) / 2)
                for at in (*(no.start + gap).tolist(), *(no.end - gap).tolist()):
                    yield from self._at(footage, at) if pause[0] < at < pause[1] else ()

    def _narrowing(self, given: Given, judged: Judged, answered: set[Frame]) -> Iterator[Frame]:
        """Beside a moment where nobody can tell, nearer where that didn't help: is there room for an event?"""
        rows = np.flatnonzero((judged.value == CANT_TELL) & (given.answered == CANT_TELL))
        at, step = self.units.moments.take(rows), self.units.stamp.min_seconds
        low, high = room(given.moments, given.value, self.units.bounds, at)
        for footage, start, end, before, after in zip(at.footage, at.start, at.end, low, high, strict=True):
            for far in (share * step for share in BESIDE):
                frames = [*self._at(int(footage), float(start) - far)] if start - before > far else []
                frames += [*self._at(int(footage), float(end) + far)] if after - end > far else []
                if fresh := [frame for frame in frames if frame not in answered]:
                    yield from fresh
                    break

    def _at(self, footage: int, seconds: float) -> Iterator[Frame]:
        """The frame that is shown at an instant of the footage."""
        for source in self._files[footage]:
            place, base = source.places[0], float(source.time_base)
            pts = source.start + math.floor((seconds - place.starts_at) / base + 1e-6)
            if source.start <= pts < source.start + source.duration:
                packets = self._packets_of(source.id)
                at = int(np.searchsorted(packets.pts, pts, side="right")) - 1
                yield source.id, int(packets.pts[max(at, 0)])
                return

    def _packets_of(self, source_id: int) -> Packets:
        if source_id not in self._packets:
            with self.project.read() as c:
                self._packets[source_id] = sources.packets(c, source_id)
        return self._packets[source_id]


def _frames(units: Units, rows: Ints) -> list[Frame]:
    return list(zip(units.source_id[rows].tolist(), units.pts[rows].tolist(), strict=True))
