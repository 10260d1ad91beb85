"""The picture of a Result: how much was found for how many answers, with the middle half of the seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from raravis.simulate.result import Kind, Result

# Okabe and Ito's colours, told apart by colour-blind readers too
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333")
DASHES = ("-", "--", ":")  # for the eighth strategy on


def plot(result: Result, path: Path, *, title: str = "") -> Path:
    """Writes two panels, items and events: a line for each strategy's median, a band for the middle half of seeds."""
    figure = Figure(figsize=(11, 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2, sharey=True)
    _panel(panels[0], result, "items")
    _panel(panels[1], result, "events")
    panels[0].set_ylabel("found")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=7, frameon=False)
    seeds = len({curve.seed for curve in result.curves})
    figure.suptitle(title or f"Found for answers given: median of {seeds} seeds, band: the middle half", fontsize=12)
    figure.savefig(path)
    return path


def _panel(panel: Any, result: Result, kind: Kind) -> None:
    most = result.longest()
    answers = np.arange(most + 1)
    for number, name in enumerate(result.strategies()):
        recall = np.array([c.recall_at(kind, answers) for c in result.curves if c.strategy == name])
        low, middle, high = np.quantile(recall, (0.25, 0.5, 0.75), axis=0)
        again, turn = divmod(number, len(COLOURS))
        colour, dash = COLOURS[turn], DASHES[again % len(DASHES)]
        panel.fill_between(answers, low, high, color=colour, alpha=0.15, linewidth=0, step="post")
        panel.step(answers, middle, where="post", color=colour, linestyle=dash, linewidth=2, label=name)
    panel.set(xlabel="answers", title=kind, ylim=(0, 1.02), xlim=(0, max(most, 1)))
    panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    panel.grid(alpha=0.25)
    panel.spines[["top", "right"]].set_visible(False)
