"""The picture at the end: what the answers found, beside chance, and where on each video's time they fell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from raravis.types import Ints

SCARLET, INK, SLATE, GREY, PALE = "#d1222b", "#2b2f36", "#68707a", "#8b929c", "#eceef1"
_WIDE, _CURVE, _STRIP = 10.0, 3.6, 0.32  # inches

Spans = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One video's time, in seconds from its first frame."""

    name: str
    seconds: float
    looks: Sequence[float] = ()  # items answered, whatever the answer
    yes: Sequence[float] = ()
    found: Spans = field(default_factory=tuple)
    missed: Spans = field(default_factory=tuple)


def found_by_chance(answers: Ints, items: int, items_of_events: Sequence[int]) -> NDArray[np.float64]:
    """(A,) events expected after so many answers to items drawn at random without repetition.

    An event is missed when none of its items is drawn: hypergeometric, C(items - m, k) / C(items, k).
    """
    k = np.minimum(np.asarray(answers, np.float64), items)
    expected = np.zeros(len(k))
    for m in items_of_events:
        one_by_one = (items - k[:, None] - np.arange(m)) / (items - np.arange(m))
        expected += 1 - np.prod(np.clip(one_by_one, 0, 1), axis=1)
    return expected


def summary_plot(
    path: Path, *, concept: str, answers: Ints, found: Ints, by_chance: NDArray[np.float64], events: int,
    strips: Sequence[Strip],
) -> Path:  # fmt: skip
    """A PNG: above, events found (A,) after so many answers (A,), beside chance (A,); below, a strip a video."""
    low = _STRIP * _rows(strips)
    figure = Figure(figsize=(_WIDE, _CURVE + low + 1.75), dpi=120, facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        2, 1, height_ratios=(_CURVE, low), left=0.13, right=0.83, hspace=0.95 / (_CURVE + low) * 2,
        top=1 - 0.75 / figure.get_figheight(), bottom=0.55 / figure.get_figheight(),
    )  # fmt: skip
    curve, lines = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
    _curve(curve, np.asarray(answers), np.asarray(found), by_chance, events)
    _strips(lines, strips)
    figure.text(
        0.02,
        1 - 0.34 / figure.get_figheight(),
        _title(concept, answers, found, events),
        size=15,
        color=INK,
        weight="bold",
    )
    figure.savefig(path, format="png")
    return path


def _title(concept: str, answers: Ints, found: Ints, events: int) -> str:
    if not len(answers):
        return f"{concept}: no answers yet"
    return f"{concept}: {found[-1]} of {events} events found with {answers[-1]} answers"


def _bare(axes: Axes, *, kept: Sequence[str]) -> None:
    for side, spine in axes.spines.items():
        spine.set_visible(side in kept)
        spine.set_color(GREY)
    axes.tick_params(colors=GREY, labelcolor=INK, length=3, labelsize=10)


def _curve(axes: Axes, answers: Ints, found: Ints, by_chance: NDArray[np.float64], events: int) -> None:
    x, searched, chance = (np.concatenate([[0], values]) for values in (answers, found, by_chance))
    end = max(float(x[-1]), 1.0)
    axes.axhline(events, color=GREY, lw=1, ls=(0, (2, 3)))
    fine = np.linspace(0, x[-1], 2000)
    ahead, behind = searched[np.searchsorted(x, fine, "right") - 1], np.interp(fine, x, chance)
    axes.fill_between(fine, behind, ahead, where=ahead >= behind, color=SCARLET, alpha=0.08, lw=0)
    axes.plot(x, chance, color=GREY, lw=2)
    axes.step(x, searched, where="post", color=SCARLET, lw=2.8, solid_joinstyle="round")
    axes.plot(x[-1], searched[-1], "o", color=SCARLET, ms=8)
    axes.plot(x[-1], chance[-1], "o", color=GREY, ms=6)
    axes.set(xlim=(0, end * 1.01), ylim=(0, max(events, 1) * 1.06), xlabel="answers given", ylabel="events found")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
        axis.label.set_color(INK)
    _bare(axes, kept=("left", "bottom"))
    _labels(axes, end, float(searched[-1]), float(chance[-1]), events)


def _labels(axes: Axes, end: float, searched: float, chance: float, events: int) -> None:
    """What each line is, and where it ended, right beside its end."""
    high, low = _apart(searched, chance, 0.13 * max(events, 1))
    beside: dict[str, Any] = {"xytext": (14, 0), "textcoords": "offset points", "va": "center"}
    ours, theirs = f"raravis\n{searched:.0f} of {events}", f"looking at random\n{chance:.1f} expected"
    axes.annotate(ours, (end, high), color=SCARLET, size=12, weight="bold", annotation_clip=False, **beside)
    axes.annotate(theirs, (end, low), color=SLATE, size=11, annotation_clip=False, **beside)


def _apart(searched: float, chance: float, gap: float) -> tuple[float, float]:
    """Heights for two labels that do not cover one another."""
    middle, half = (searched + chance) / 2, max(abs(searched - chance), gap) / 2
    return (middle + half, middle - half) if searched >= chance else (middle - half, middle + half)


def _rows(strips: Sequence[Strip]) -> int:
    return max(len(strips), 4)  # the key beside them has four lines


def _strips(axes: Axes, strips: Sequence[Strip]) -> None:
    longest = max((strip.seconds for strip in strips), default=1.0)
    for row, strip in enumerate(strips):
        axes.barh(row, strip.seconds, height=0.62, color=PALE, lw=0)
        axes.vlines(strip.looks, row - 0.31, row + 0.31, color=GREY, lw=0.8, alpha=0.75)
        for start, end in strip.found:
            axes.barh(row, max(end - start, longest / 250), left=start, height=0.86, color=SCARLET, lw=0, zorder=3)
        for start, end in strip.missed:
            axes.barh(
                row, max(end - start, longest / 250), left=start, height=0.86, fc="white", ec=SCARLET, lw=1.4, zorder=3
            )
        height = np.full(len(strip.yes), row)
        axes.plot(strip.yes, height, ls="", marker="o", ms=3.6, color="white", mec=SCARLET, mew=0.9, zorder=4)
    axes.set(xlim=(0, longest), ylim=(_rows(strips) - 0.4, -0.6), xlabel="seconds of the video")
    axes.set_yticks(range(len(strips)), [_short(strip.name) for strip in strips])
    axes.xaxis.label.set_color(INK)
    _bare(axes, kept=("bottom",))
    axes.tick_params(axis="y", length=0)
    _key(axes)


def _short(name: str, limit: int = 16) -> str:
    stem = Path(name).stem
    return stem if len(stem) <= limit else f"…{stem[1 - limit :]}"


def _key(axes: Axes) -> None:
    """What the marks mean, drawn beside the strips in the marks' own look."""
    marks: list[tuple[str, dict[str, Any]]] = [
        ("event found", {"marker": "s", "color": SCARLET, "ms": 9}),
        ("event missed", {"marker": "s", "color": "white", "mec": SCARLET, "ms": 9, "mew": 1.4}),
        ("answered yes", {"marker": "o", "color": "white", "mec": SCARLET, "ms": 5}),
        ("looked at", {"marker": "|", "color": GREY, "ms": 11, "mew": 1.2}),
    ]
    beside = axes.get_yaxis_transform()  # x in parts of the axes, y in rows
    for row, (text, look) in enumerate(marks):
        axes.plot(1.035, row, transform=beside, ls="", clip_on=False, **look)
        axes.text(1.06, row, text, transform=beside, va="center", size=10, color=INK)
