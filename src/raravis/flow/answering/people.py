"""What several people said of the same items: how far they agree, and where they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from raravis.flow.answering.acts import standing
from raravis.store import labels, users
from raravis.store.labels import Entry
from raravis.store.project import Project


@dataclass(frozen=True)
class Agreement:
    """Of items that two people answered, each asked by a round: how many, and how often the two said the same."""

    both: int
    same: int
    share: float | None  # same / both; None where there are none
    kappa: float | None  # 1: always the same, 0: as often as by chance; None where chance alone makes it certain


@dataclass(frozen=True)
class Disagreement:
    """An item of which people say different things, oldest first, and that no admin has settled since."""

    item: int
    says: tuple[Entry, ...]


def agreement(project: Project, concept: str) -> Agreement:
    """How far the first two people who were asked about the same items agree on yes, no and can't tell.

    Answers given outside of rounds are left out: whoever gave them may have seen what others said.
    """
    pairs = [(told[0].value, told[1].value) for told in _opinions(project, concept).values() if len(told) > 1]
    same = sum(a == b for a, b in pairs)
    return Agreement(len(pairs), same, same / len(pairs) if pairs else None, kappa(pairs))


def kappa(pairs: Sequence[tuple[object, object]]) -> float | None:
    """Cohen's kappa of two answers each: agreement beyond what their shares of each answer give by chance.

    None where there is nothing, or where each always says one and the same. Cohen 1960, doi:10.1177/001316446002000104.
    """
    n = len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(first[value] * second[value] for value in first)
    if by_chance == n * n:
        return None
    return (n * sum(a == b for a, b in pairs) - by_chance) / (n * n - by_chance)


def disagreements(project: Project, concept: str) -> list[Disagreement]:
    """Items that people answered differently, asked or not, by id; an admin's later answer settles one.

    It settles when it is given outside of rounds, by somebody who is no viewer and no labeller here.
    """
    with project.read() as c:
        stand = _of_several(c, concept)
        others = {user.name for user in users.all(c) if user.role != "admin"}
    found = []
    for item, entries in sorted(stand.items()):
        told = _last(e for e in entries if e.round_id is not None or e.by in others)
        settled = any(e.round_id is None and e.by not in others and e.id > told[-1].id for e in entries if told)
        if len({entry.value for entry in told}) > 1 and not settled:
            found.append(Disagreement(item, told))
    return found


def _opinions(project: Project, concept: str) -> dict[int, tuple[Entry, ...]]:
    with project.read() as c:
        return _asked(_of_several(c, concept))


def _of_several(c: Any, concept: str) -> dict[int, list[Entry]]:
    """What stands of the items that several people said something of; of most nobody but one did."""
    return standing(labels.entries(c, concept, of=labels.of_several(c, concept)))


def _asked(stand: dict[int, list[Entry]]) -> dict[int, tuple[Entry, ...]]:
    """By item what each person says of it who was asked, in the order of their last answers."""
    return {item: _last(e for e in entries if e.round_id is not None) for item, entries in stand.items()}


def _last(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """What each person said last, in that order."""
    return tuple(sorted({entry.by: entry for entry in entries if entry.source == "human"}.values()))
