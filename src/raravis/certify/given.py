"""Columns that somebody else hands over: of numbers, as wanted, or refused in one line."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raravis.errors import InputError
from raravis.types import Ints


def numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """The values (N,). Raises InputError where they are no column, no numbers, NaN or infinite."""
    column = np.asarray(values)
    if column.ndim != 1:
        raise InputError(f"audit: {name} has shape {column.shape}; wanted one number a unit, (N,)")
    if column.dtype.kind not in "biuf":
        raise InputError(f"audit: {name} holds {column.dtype}; wanted numbers")
    if strange := np.flatnonzero(~np.isfinite(column)).tolist():
        raise InputError(f"audit: {name} holds {column[strange[0]]} at {strange[0]}; wanted finite numbers")
    return column.astype(np.float64)


def whole(values: ArrayLike, name: str) -> Ints:
    """The values (N,) as ints. Raises InputError where they are others."""
    column = np.asarray(values)
    if column.dtype.kind in "iu" and column.ndim == 1:
        return column.astype(np.int64)
    found = numbers(column, name)
    if broken := np.flatnonzero(found != np.floor(found)).tolist():
        raise InputError(f"audit: {name} holds {found[broken[0]]:g} at {broken[0]}; wanted whole numbers")
    return found.astype(np.int64)
