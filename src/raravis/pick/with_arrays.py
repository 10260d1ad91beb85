"""What is worked out once from arrays that never change, and is gone with them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from numpy.typing import NDArray

Made = TypeVar("Made")
Known = dict[tuple[int, ...], Made]


def made_once(known: Known[Made], arrays: Sequence[NDArray[Any]], make: Callable[[], Made]) -> Made:
    """What `make` gives for these very arrays, from `known` where it was made before."""
    key = tuple(map(id, arrays))
    if key not in known:
        known[key] = make()
        for array in arrays:  # gone with any of them: the number of a dead array may be given again
            weakref.finalize(array, known.pop, key, None)
    return known[key]
