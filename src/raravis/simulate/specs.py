"""Strategies side by side, from how they are written."""

from __future__ import annotations

from typing import Any

from raravis.flow.events import GAP_SECONDS
from raravis.flow.search import strategy_and_ends

STRATEGIES = "random,similar,top,margin,ezmode,hunt"


def specs(text: str) -> list[str]:
    """Plugin specs from a list by comma; `name:a=1,b=2` keeps its commas."""
    found: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if found and "=" in part and ":" not in part:
            found[-1] += f",{part}"
        else:
            found.append(part)
    return found


def runners(strategies: str, *, gap_seconds: float = GAP_SECONDS) -> dict[str, Any]:
    """`strategies` and `ends` as `simulate` takes them, by spec. Raises InputError for unknown names."""
    both = {spec: strategy_and_ends(spec, gap_seconds=gap_seconds) for spec in specs(strategies)}
    return {
        "strategies": {spec: strategy for spec, (strategy, _) in both.items()},
        "ends": {spec: ends for spec, (_, ends) in both.items()},
    }
