"""How a backbone is trained: all that, with the pictures, decides what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from raravis.errors import InputError

Say = Callable[[str], None]
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """Checked at birth. Raises InputError: setting, got, wanted."""

    epochs: int = 15
    batch: int = 32
    rate: float = 1e-4  # of the last layer at its height; warm-up before, a cosine down to 0 after
    lowest: float = 0.1  # the first layer's share of it; layers between lie between, evenly in the logarithm
    warm: float = 0.1  # share of the steps
    decay: float = 0.05  # AdamW's, decoupled (Loshchilov & Hutter 2019), of matrices alone
    mixup: float = 0.0  # α of Beta(α, α), each picture its own share (Zhang et al. 2018); 0: none, better in short runs
    smallest: float = 0.6  # share of a picture's area that a crop shows at least
    balanced: bool = True  # every class weighs the same in all, however few pictures it has
    patience: int = 5  # epochs without a better one on held-out pictures, then it stops
    seed: int = 0

    def __post_init__(self) -> None:
        _check("epochs", self.epochs, self.epochs >= 0, "0 or more")
        _check("batch", self.batch, self.batch >= 1, "1 or more")
        _check("rate", self.rate, 0 < self.rate <= 1, "above 0, at most 1")
        _check("lowest", self.lowest, 0 < self.lowest <= 1, "above 0, at most 1")
        _check("warm", self.warm, 0 <= self.warm <= 1, "from 0 to 1")
        _check("decay", self.decay, 0 <= self.decay < float("inf"), "0 or more")
        _check("mixup", self.mixup, 0 <= self.mixup <= 10, "from 0 to 10")
        _check("smallest", self.smallest, 0 < self.smallest <= 1, "above 0, at most 1")
        _check("patience", self.patience, self.patience >= 1, "1 or more")
        _check("seed", self.seed, self.seed >= 0, "0 or more")


def _check(name: str, got: float, good: bool, wanted: str) -> None:
    if not good:
        raise InputError(f"finetune: {name}: got {got}, wanted {wanted}")
