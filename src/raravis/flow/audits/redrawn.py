"""The looks of an audit, drawn again from its seed and number: the same units at the same probabilities, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from raravis.certify import draw_order
from raravis.certify.ledger import DRAW
from raravis.flow.audits.asking import DRAWN, Frame, When, frames_of, when
from raravis.flow.audits.begun import Begun
from raravis.flow.audits.units import Units
from raravis.store import items
from raravis.store.project import Project
from raravis.types import Round, Source

Drawing = Literal["same", "same draws", "differs", "not remade"]


class Redrawn:
    """The draws of an audit, told what each of its looks took."""

    def __init__(self, project: Project, sources: Mapping[int, Source], units: Units, begun: Begun) -> None:
        self.project, self.sources, self.units = project, sources, units
        self._order = draw_order(len(self.units), np.random.default_rng([begun.seed, begun.number])).tolist()
        self._taken, self._at = set(begun.start), 0

    def compare(self, one: Round) -> tuple[Drawing, str]:
        """What a look is drawn again as, and why: to be asked of each of the audit's looks, in turn.

        As many draws as it had: what it looked at on purpose is not made again here.
        """
        rows, chances = self._draws(one)
        shown = [place for place, why in enumerate(one.reason) if why == DRAWN]
        then = self._frames([one.ids[place] for place in shown])
        if len(shown) != len(rows):
            return "differs", f"{len(shown)} of its items were drawn, now {len(rows)}"
        for place, was, now in zip(shown, then, self._by_time(rows), strict=True):
            if was != now:
                name, seconds = self._when(now)
                return "differs", f"item {one.ids[place]} was drawn, now what {name} shows at {seconds:.2f} s"
        if sorted(chances) != sorted((one.inclusion_prob or one.scores)[place] for place in shown):
            return "differs", "its draws have other probabilities now"
        if len(shown) == len(one.ids):
            return "same", ""
        return ("same draws" if shown else "not remade"), ""

    def _draws(self, one: Round) -> tuple[list[int], list[float]]:
        """The units that it draws now, and their probabilities, when those before were as in the log."""
        rows: list[int] = []
        chances: list[float] = []
        for kind, row, _ in one.params["steps"]:
            if kind == DRAW:
                rows.append(self._next(row))
                chances.append(1 / (len(self.units) - len(self._taken)))
            self._taken.add(row)
        return rows, chances

    def _next(self, otherwise: int) -> int:
        while self._at < len(self._order) and self._order[self._at] in self._taken:
            self._at += 1
        return self._order[self._at] if self._at < len(self._order) else otherwise

    def _by_time(self, rows: list[int]) -> list[Frame]:
        return sorted(frames_of(self.units, np.array(rows, np.int64)), key=self._when)

    def _when(self, frame: Frame) -> When:
        return when(self.sources, frame)

    def _frames(self, ids: list[int]) -> list[Frame]:
        with self.project.read() as c:
            return [(item.source_id, item.pts) for item in items.get(c, ids)]
