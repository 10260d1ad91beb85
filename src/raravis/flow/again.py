"""A search begun again from what it began from: the items, examples and answers that there were, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from raravis.errors import InputError
from raravis.flow.begun import versions
from raravis.flow.campaign import because, search_of
from raravis.flow.collection import Collection, answered, begin_of, checksum, pool_of
from raravis.flow.search import Search
from raravis.pick.ends import Ends
from raravis.store.project import Project
from raravis.types import Strategy


def collection_then(whole: Collection, begun: Mapping[str, Any]) -> Collection:
    """The items that there were. Raises InputError where they are not all there any more as they were."""
    collection = begin_of(whole, begun["items"])
    if checksum(collection) != begun["checksum"]:
        raise InputError("its items are not all there any more as they were: forgotten, overwritten or moved in time")
    return collection


def search_then(
    project: Project,
    collection: Collection,
    concept: str,
    begun: Mapping[str, Any],
    strategy: Strategy,
    *,
    ends: Mapping[str, Any] | None,
    seed: int,
    round_number: int,
    before: int,
) -> Search:
    """A search that was told the answers up to those that it began from; rounds are known with ids below `before`."""
    pool = pool_of(project, collection, concept)
    pool.examples, pool.example_sign = pool.examples[: begun["examples"]], pool.example_sign[: begun["examples"]]
    placed = Ends(**ends) if ends else None
    search = search_of(pool, collection, strategy, ends=placed, seed=seed, round_number=round_number)
    search.because = because(project, collection, concept, before=before)
    rows, values, _ = answered(project, collection, concept, up_to=begun["labels"])
    search.record(rows, values, counted=False)
    return search


def other_versions(then: Mapping[str, str]) -> str:
    """What is not as it was, of all that may change the last digit of a score; "the same versions" where all is."""
    here = versions()
    names = [name for name in dict(then) | here if then.get(name) != here.get(name)]
    return "; ".join(f"{name} {then.get(name)}, here {here.get(name)}" for name in names) or "the same versions"
