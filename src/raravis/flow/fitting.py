"""How a search fits its head: to the answers, as its strategy wants it taught."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from raravis.train.linear import LinearFit
from raravis.types import Bools, Pool, Strategy

Fit = Callable[[Pool, np.random.Generator, Bools], LinearFit | None]


def fit_for(strategy: Strategy, fit: Callable[..., Any]) -> Fit:
    """The fit, by which an example weighs as many answers as the strategy says, where it does (`example_weight`)."""
    weight = getattr(strategy, "example_weight", None)
    return fit if weight is None else functools.partial(fit, example_weight=weight)
