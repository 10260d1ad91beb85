"""Answers that are wrong at a known rate, as a person's are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.types import NO, YES

_OF_NOISE = 20_000  # keeps its draws apart from those of the search, which begin with the same seed


@dataclass(frozen=True, slots=True)
class Noise:
    """How often whoever answers says no to a yes, and yes to a no. A can't tell stays one."""

    miss_rate: float = 0.0
    false_yes_rate: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0 <= (rate := getattr(self, name)) <= 1:
                raise InputError(f"simulate: {name} is {rate}; wanted a share in 0..1")

    def heard(self, value: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
        """(N,) what is answered of each item, whenever it is asked and by which strategy; other seeds, other slips."""
        rate = np.select([value == YES, value == NO], [self.miss_rate, self.false_yes_rate], 0.0)
        slips = np.random.default_rng([seed, _OF_NOISE]).random(len(value)) < rate
        return np.where(slips, -value, value).astype(np.int8)
