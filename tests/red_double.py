"""A classifier that knows red when it sees it, in the place of one read from a file; `python -m red_double infer …`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raravis import classify
from raravis.types import Floats, Pixels

SHARE = 0.1  # of red pixels, from which on it is sure


class Red:
    """`red` by the share of red pixels; with two names it is exclusive, and the rest is `other`."""

    short_side = 48

    def __init__(self, names: tuple[str, ...] = ("red",)) -> None:
        self.names, self.exclusive, self.id = names, len(names) > 1, f"double-{'-'.join(names)}"
        self.threshold = np.full(len(names), 0.5, np.float32)
        self.shown = 0

    def __call__(self, pictures: Sequence[Pixels]) -> Floats:
        """(N, C)."""
        self.shown += len(pictures)
        red = [((p[..., 0] > 180) & (p[..., 1] < 90)).mean() / SHARE for p in pictures]
        sure = np.clip(np.array(red, np.float32).reshape(-1, 1), 0, 1)
        return np.concatenate([sure, 1 - sure], axis=1)[:, : len(self.names)]


def opened(path: str | Path, *, device: str = "cpu") -> Red:
    """By the file's name: `red.onnx`, `red-other.onnx`."""
    return Red(tuple(Path(path).stem.split("-")))


if __name__ in ("__main__", "__mp_main__"):  # workers import this anew
    classify.open_classifier = opened

if __name__ == "__main__":
    from raravis.cli.run import run

    sys.exit(run(sys.argv[1:]))
