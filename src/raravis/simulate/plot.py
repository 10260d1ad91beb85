"""The picture of a Result: how much was found for how many answers, with the spread over seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from raravis.simulate.result import Kind, Result

# Okabe and Ito's colours, told apart by colour-blind readers too
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333")
DASHES = ("-", "--", ":")  # for the eighth strategy on


def plot(result: Result, path: Path, *, title: str = "") -> Path:
    """Writes two panels, items and events: a line for each strategy's median, a band from its worst to best seed."""
    figure = Figure(figsize=(11, 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2, sharey=True)
    _panel(panels[0], result, "items")
    _panel(panels[1], result, "events")
    panels[0].set_ylabel("found")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=7, frameon=False)
    seeds = len({curve.seed for curve in result.curves})
    figure.suptitle(title or f"Found for answers given: median of {seeds} seeds, band from worst to best", fontsize=12)
    figure.savefig(path)
    return path


def _panel(panel: Any, result: Result, kind: Kind) -> None:
    most = max((curve.answers[-1] for curve in result.curves), default=0)
    answers = np.arange(most + 1)
    for number, name in enumerate(result.strategies()):
        recall = np.array(
            [_stretched(c.answers, getattr(c, kind).recall(), answers) for c in result.curves if c.strategy == name]
        )
        again, turn = divmod(number, len(COLOURS))
        colour, dash = COLOURS[turn], DASHES[again % len(DASHES)]
        panel.fill_between(answers, recall.min(0), recall.max(0), color=colour, alpha=0.15, linewidth=0, step="post")
        panel.step(
            answers, np.median(recall, axis=0), where="post", color=colour, linestyle=dash, linewidth=2, label=name
        )
    panel.set(xlabel="answers", title=kind, ylim=(0, 1.02), xlim=(0, max(most, 1)))
    panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)


def _stretched(answers: list[int], recall: list[float], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Recall after each number of answers; a run that ended early keeps what it had."""
    return np.asarray(recall)[np.searchsorted(answers, at, side="right") - 1]
