"""What a classifier learns from or is tried on: pictures with what is known of each, from a project or from folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raravis.errors import InputError
from raravis.types import NO, YES, Bools, Floats, Ints, Pixels


@dataclass(frozen=True, eq=False)
class Labelled:
    """n pictures and C classes."""

    names: tuple[str, ...]
    exclusive: bool  # one class a picture; else several may hold, or none
    value: NDArray[np.int8]  # (n, C) 1 yes, -1 no, 0 unknown
    group: Ints  # (n,) event, or source: what belongs together never lies on both sides of a split
    weight: Floats  # (n,) what each counts in training
    split: tuple[str, ...]  # n: "train", "val", or "" where nobody said
    shown: tuple[str, ...]  # n: what people call each picture
    pictures: Callable[[Ints], Iterator[tuple[int, Pixels]]]
    """Row and picture of the rows asked for, in the order that reading likes best; rows that cannot be read are left
    out."""
    vectors: Callable[[Ints], Floats] | None = None  # (m, D) of rows, where an encoder's vectors are at hand
    encoder: str = ""  # whose vectors these are
    items: Ints | None = None  # (n,) their ids, where they are a project's
    identity: Callable[[Ints], list[str]] | None = None
    """What each of the rows asked for is by content: the same wherever it lies, and whatever it is called."""

    def __post_init__(self) -> None:
        n, c = self.value.shape
        assert c == len(self.names) and self.group.shape == self.weight.shape == (n,), (n, c)
        assert len(self.split) == len(self.shown) == n, n

    def __len__(self) -> int:
        return len(self.value)

    def known(self) -> Bools:
        """(n,) rows that can teach or be tried: of classes that exclude one another, those of exactly one."""
        yes = (self.value == YES).sum(axis=1)
        return np.asarray(yes == 1 if self.exclusive else (self.value != 0).any(axis=1))

    def taught(self) -> list[str]:
        """What a classifier of all but the rows of "val" learned from, by content, sorted: for its file."""
        rows = np.flatnonzero(self.known() & ~(np.array(self.split, np.str_) == "val"))
        return sorted(self.identity(rows)) if self.identity else []


def only_one_yes(value: NDArray[np.int8]) -> NDArray[np.int8]:
    """(n, C) with a no to all other classes where one of them is a yes; rows of several yes stay as they are."""
    one = (value == YES).sum(axis=1) == 1
    return np.where(one[:, None] & (value != YES), NO, value).astype(np.int8)


def warnings_of(data: Labelled) -> list[str]:
    """What a person should know before trusting what is trained on this, a line each.

    Raises InputError where it can teach nothing: one class alone, or a class without a yes or without a no.
    """
    taught = data.known() & ~(np.array(data.split, np.str_) == "val")
    yes, no = ((data.value[taught] == sign).sum(axis=0) for sign in (YES, NO))
    if data.exclusive and len(data.names) < 2:
        raise InputError(
            f"one class only ({data.names[0]!r}): nothing to tell it apart from; add a folder of what it is not"
        )
    for name, count, against in zip(data.names, yes.tolist(), no.tolist(), strict=True):
        if not count or not against:
            lacking = "a yes" if not count else "a no: pictures of what it is not"
            raise InputError(f"class {name!r} cannot be learnt: it has {count} yes and {against} no; add {lacking}")
    alone = [name for name, count in zip(data.names, yes.tolist(), strict=True) if count == 1]
    lines = [f"class {name!r} has a single example: expect little of it" for name in alone]
    left = len(data) - int(data.known().sum())
    if data.exclusive and left:
        lines.append(f"{left} pictures are of no class or of several: left out, for these classes exclude one another")
    return lines
