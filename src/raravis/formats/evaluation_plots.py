"""Two plots of an evaluation as SVG in the page's colours: precision over recall, and whether probabilities hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

SIDE = 220
TICKS = (0.0, 0.5, 1.0)


def precision_recall(one: Mapping[str, Any]) -> str:
    """The curve of a class, with a dot for what is said of it, and a line at the share that is so."""
    curve, here = one["curve"], (one["recall"]["value"], one["precision"]["value"])
    share = one["yes"] / max(one["items"], 1)
    dot = "" if None in here else f'<circle class="at" cx="{_x(here[0])}" cy="{_y(here[1])}" r="5"/>'
    steps = _steps(curve["recall"], curve["precision"])
    body = f'{_level(share)}<polyline points="{steps}"/>{dot}'
    return _figure(f"{one['name']}: precision over recall; the dot is what it says", "recall", "precision", body)


def calibration(one: Mapping[str, Any]) -> str:
    """The share that is so of each bin of probabilities, with its interval; on the diagonal where they hold."""
    diagonal = f'<line class="goal" x1="0" y1="{SIDE}" x2="{SIDE}" y2="0"/>'
    bars = "".join(_bin(each) for each in one["reliability"])
    line = " ".join(f"{_x(each['mean'])},{_y(each['share'])}" for each in one["reliability"])
    body = f'{diagonal}{bars}<polyline class="thin" points="{line}"/>'
    return _figure(
        f"{one['name']}: of what it gives a probability, so much is so", "probability", "share that is so", body
    )


def _bin(each: Mapping[str, Any]) -> str:
    x = _x(each["mean"])
    told = f"{each['items']:,} items, mean probability {each['mean']:.2f}, {each['share']:.2f} of them so"
    return (
        f'<line class="error" x1="{x}" y1="{_y(each["share_low"])}" x2="{x}" y2="{_y(each["share_high"])}"/>'
        f'<circle class="dot" cx="{x}" cy="{_y(each["share"])}" r="4"><title>{told}</title></circle>'
    )


def _steps(recall: Sequence[float], precision: Sequence[float]) -> str:
    """From each point on the precision of the next: what average precision adds up."""
    points, before = [], 0.0
    for at, level in zip(recall, precision, strict=True):
        points += [f"{_x(before)},{_y(level)}", f"{_x(at)},{_y(level)}"]
        before = at
    return " ".join(points)


def _figure(caption: str, across: str, up: str, body: str) -> str:
    label = escape(caption, quote=True)
    return (
        f'<figure class="plot"><figcaption>{escape(caption)}</figcaption>'
        f'<svg viewBox="-46 -12 {SIDE + 62} {SIDE + 54}" role="img" aria-label="{label}">'
        f"{_axes(across, up)}{body}</svg></figure>"
    )


def _axes(across: str, up: str) -> str:
    numbers = "".join(
        f'<text x="{_x(at)}" y="{SIDE + 17}" text-anchor="middle">{at:g}</text>'
        f'<text x="-7" y="{_y(at) + 4}" text-anchor="end">{at:g}</text>'
        for at in TICKS
    )
    return (
        f'<rect class="frame" x="0" y="0" width="{SIDE}" height="{SIDE}"/>{numbers}'
        f'<text x="{SIDE / 2}" y="{SIDE + 36}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(-34 {SIDE / 2}) rotate(-90)" text-anchor="middle">{up}</text>'
    )


def _level(share: float) -> str:
    return f'<line class="goal" x1="0" y1="{_y(share)}" x2="{SIDE}" y2="{_y(share)}"/>'


def _x(value: float) -> float:
    return round(SIDE * value, 1)


def _y(value: float) -> float:
    return round(SIDE * (1 - value), 1)
