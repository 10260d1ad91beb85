"""Second opinions: which answered items somebody else is asked about too."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from hashlib import blake2b

from raravis.flow.answering.acts import standing
from raravis.store import labels
from raravis.store.project import Project

SECOND = "second"  # in place of a strategy: a round of items that somebody else answered


class Opinions:
    """Who answered those items of a concept that are asked of a second person: the share `double` of all, by their ids.

    Drawn so, and not by chance at the moment, whether an item is asked twice hangs on nobody's answer.
    """

    def __init__(self, project: Project, concept: str, double: float) -> None:
        self.project, self.concept, self.double = project, concept, double
        self._read_up_to = 0
        self._by: defaultdict[int, set[str]] = defaultdict(set)

    def due(self, by: str, *, taken: Collection[int]) -> list[int]:
        """Ids of the items that one person answered, and not this one; without those `taken`, the oldest first."""
        if self.double <= 0:
            return []
        self._catch_up()
        return [item for item, who in self._by.items() if len(who) == 1 and by not in who and item not in taken]

    def _catch_up(self) -> None:
        with self.project.read() as c:
            last = labels.last_id(c)
            fresh = labels.entries(c, self.concept, after=self._read_up_to, up_to=last)
            if any(entry.value is None or entry.undoes is not None for entry in fresh):
                self._by.clear()
                fresh = labels.entries(c, self.concept, up_to=last)
        self._read_up_to = last
        for item, stand in standing(fresh).items():
            if is_drawn(self.concept, item, self.double):
                self._by[item] |= {entry.by for entry in stand if entry.source == "human"}


def at_most(k: int, double: float) -> int:
    """How many of k items may be second opinions, so that as many come as fall due."""
    return math.ceil(k * double / (1 + double))


def is_drawn(concept: str, item: int, share: float) -> bool:
    """Whether the item is one of this share of all items: always the same ones, and others for another concept."""
    return _number(f"{concept}/{item}") / 2**64 < share


def mixed(items: Iterable[int], second: Iterable[int]) -> tuple[int, ...]:
    """All of them in one order, the second opinions wherever their ids put them."""
    order = list(items)
    for item in second:
        order.insert(_number(f"place/{item}") % (len(order) + 1), item)
    return tuple(order)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
