"""What simulated runs found: curves, the answers that each share took, the area under them, JSON and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raravis.flow.events import needed

SHARES = (0.5, 0.8, 0.9, 0.95)
COLUMNS = ("strategy", "seed", "answers", "item_recall", "event_recall")
Kind = Literal["items", "events"]
KINDS: tuple[Kind, ...] = ("items", "events")
Start = Literal["example", "item"]


@dataclass(frozen=True, slots=True)
class Found:
    """How many of `wanted` were found after each answer of a run."""

    wanted: int
    counts: list[int]

    def recall(self) -> list[float]:
        """Share found after each answer; 1 where nothing is wanted."""
        return [count / self.wanted if self.wanted else 1.0 for count in self.counts]

    def reached(self, share: float) -> int | None:
        """Position of the first count that is `share` of the wanted; None: never."""
        enough = needed(share, self.wanted)
        return next((at for at, count in enumerate(self.counts) if count >= enough), None)


@dataclass(frozen=True, slots=True)
class Curve:
    """One run, from no answer on."""

    strategy: str
    seed: int
    answers: list[int]
    items: Found
    events: Found
    propagated: tuple[int, int] = (0, 0)  # labels that nobody gave: how many, and how many of them are right
    round_seconds: tuple[float, ...] = ()  # of each look: fit, score, pick, and take in the answers

    def recall_at(self, kind: Kind, answers: ArrayLike) -> NDArray[np.float64]:
        """(n,) share found after each number of answers (n,); a run that ended early keeps what it had."""
        recall = np.array(getattr(self, kind).recall())
        return np.asarray(recall[np.searchsorted(self.answers, answers, side="right") - 1], np.float64)

    def area(self, kind: Kind, answers: int) -> float:
        """Mean recall after 1, 2, … `answers` answers, 0..1: the area under the curve."""
        return float(self.recall_at(kind, np.arange(1, answers + 1)).mean()) if answers else 0.0

    def answers_to(self, kind: Kind, share: float) -> int | None:
        """Answers after which `share` of the items or events was found; None: never."""
        at = getattr(self, kind).reached(share)
        return None if at is None else self.answers[at]


@dataclass(frozen=True, slots=True)
class Result:
    """Every run's curve, and what all of them started from."""

    curves: list[Curve]
    start: Start

    def strategies(self) -> list[str]:
        """Names, in the order given."""
        return list(dict.fromkeys(curve.strategy for curve in self.curves))

    def answers_to(self, strategy: str, kind: Kind, share: float) -> list[int | None]:
        """Answers that each seed's run needed for this recall; None: never reached."""
        return [curve.answers_to(kind, share) for curve in self.curves if curve.strategy == strategy]

    def longest(self) -> int:
        """Answers of the longest run, to which all areas are measured."""
        return max((curve.answers[-1] for curve in self.curves), default=0)

    def areas(self, strategy: str, kind: Kind) -> list[float]:
        """Area under each seed's curve, to the longest run's answers."""
        return [curve.area(kind, self.longest()) for curve in self.curves if curve.strategy == strategy]

    def round_seconds(self, strategy: str) -> float:
        """Median over the looks of all seeds; 0 where there were none."""
        looks = [s for curve in self.curves if curve.strategy == strategy for s in curve.round_seconds]
        return median(looks) if looks else 0.0

    def summary(self) -> dict[str, Any]:
        """{strategy: {"items" or "events": {"0.9": median answers over seeds, None where half never got there}}}."""
        return {
            name: {
                kind: {str(share): quartiles(self.answers_to(name, kind, share))[1] for share in SHARES}
                for kind in KINDS
            }
            for name in self.strategies()
        }

    def measures(self) -> dict[str, Any]:
        """{strategy: {"items" or "events": {"0.9" or "area": its quartiles}, "round_seconds": median}}."""
        return {
            name: {kind: self._spread(name, kind) for kind in KINDS} | {"round_seconds": self.round_seconds(name)}
            for name in self.strategies()
        }

    def _spread(self, name: str, kind: Kind) -> dict[str, Any]:
        shares = {str(share): quartiles(self.answers_to(name, kind, share)) for share in SHARES}
        return shares | {
            "area": [None if area is None else round(area, 6) for area in quartiles(self.areas(name, kind))]
        }

    def to_json(self) -> str:
        """One line: {"summary", "measures", "curves": [{"strategy", "seed", "answers", "item_recall", …}]}."""
        curves = [dict(zip(COLUMNS, row, strict=True)) for row in self._rows()]
        return json.dumps({"summary": self.summary(), "measures": self.measures(), "curves": curves})

    def to_csv(self, path: Path) -> Path:
        """Writes one line an answer of each run: strategy, seed, answers, item_recall, event_recall."""
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(COLUMNS)
            for strategy, seed, *columns in self._rows():
                out.writerows([strategy, seed, *values] for values in zip(*columns, strict=True))
        return path

    def _rows(self) -> list[tuple[str, int, list[int], list[float], list[float]]]:
        return [(c.strategy, c.seed, c.answers, _rounded(c.items), _rounded(c.events)) for c in self.curves]


def quartiles(values: Sequence[float | None]) -> list[float | None]:
    """Lower quartile, median, upper quartile: each one of the values, the upper of two; None is beyond all numbers."""
    ranked = sorted(values, key=lambda value: float("inf") if value is None else value)
    return [ranked[len(ranked) * part // 4] for part in (1, 2, 3)] if ranked else [None, None, None]


def _rounded(found: Found) -> list[float]:
    return [round(value, 6) for value in found.recall()]
