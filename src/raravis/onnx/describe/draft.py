"""Fields as they come to be known, and the notes on those that are guessed."""

from __future__ import annotations

import json
from typing import Any


class Draft:
    """A sidecar in the making."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.notes: list[str] = []
        self.family = ""  # "yolox", where that is known: it takes pictures as no other does

    def know(self, **fields: Any) -> None:
        """The model states it."""
        self.fields |= fields

    def guess(self, why: str, check: str, **fields: Any) -> None:
        """It does not; the note says what was taken, why, and how to find out."""
        self.fields |= fields
        told = ", ".join(f"{name} {_short(value)}" for name, value in fields.items())
        self.notes.append(f"{told}: a guess ({why}); to check: {check}")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:56] + " …]"
