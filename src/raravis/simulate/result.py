"""What simulated runs found: curves, the answers that each share took, JSON and CSV."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median_high
from typing import Any, Literal

from raravis.flow.events import needed

SHARES = (0.5, 0.8, 0.9, 0.95)
COLUMNS = ("strategy", "seed", "answers", "item_recall", "event_recall")
Kind = Literal["items", "events"]
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

    def summary(self) -> dict[str, Any]:
        """{strategy: {"items" or "events": {"0.9": median answers over seeds, None where half never got there}}}."""
        return {
            name: {
                kind: {str(share): _median(self.answers_to(name, kind, share)) for share in SHARES}
                for kind in ("items", "events")
            }
            for name in self.strategies()
        }

    def to_json(self) -> str:
        """One line: {"summary": ..., "curves": [{"strategy", "seed", "answers", "item_recall", "event_recall"}]}."""
        curves = [dict(zip(COLUMNS, row, strict=True)) for row in self._rows()]
        return json.dumps({"summary": self.summary(), "curves": curves})

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


def _median(values: list[int | None]) -> int | None:
    """The upper median, with None beyond every number."""
    middle = median_high([float("inf") if value is None else value for value in values])
    return None if middle == float("inf") else int(middle)


def _rounded(found: Found) -> list[float]:
    return [round(value, 6) for value in found.recall()]
