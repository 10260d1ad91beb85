"""Sizes of pictures made smaller."""

from __future__ import annotations


def fit(width: int, height: int, short_side: int | None) -> tuple[int, int]:
    """Width and height with the shorter side at most `short_side`: aspect kept, never enlarged, at least 1."""
    if short_side is None or short_side >= min(width, height):
        return width, height
    scale = short_side / min(width, height)
    return max(round(width * scale), 1), max(round(height * scale), 1)
