"""A collection held ready to be searched, by many threads at once: never changed, swapped as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from raravis.flow.collection import Collection, load
from raravis.flow.encoder import space_named
from raravis.flow.indexing.opening import folder_of, index_of
from raravis.index import Index, generations
from raravis.store import changes, encoders, hidden
from raravis.store.project import Project
from raravis.types import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Searcher:
    """What answers queries: the collection, and the index that scans it."""

    collection: Collection
    index: Index

    def search(self, queries: Floats, k: int, *, allowed: Bools | None = None) -> tuple[Ints, Floats]:
        """Rows of the collection and cosines (Q, m), best first, ties by lower id; m = min(k, rows allowed).

        `allowed` (N,) says which rows may come out. Raises InputError for queries of another dimension.
        """
        ids, scores = self.index.search(queries, k, allowed=allowed)
        return self.collection.rows(ids.ravel()).reshape(ids.shape), scores


def searcher(project: Project, encoder: str | None = None, *, exact: bool = False) -> Searcher:
    """A searcher over an encoder's vectors (default: the one in use), by the index built for them, else `exact`.

    Raises InputError where nothing is embedded, or the library of what was built is missing; StoreError where what was
    built is damaged, saying what to run.
    """
    collection = load(project, encoder)
    return Searcher(collection, collection.index if exact else index_of(project, collection))


def mark(project: Project, encoder: str | None = None) -> str:
    """A text that is another one once a searcher made now would be: vectors, items, what is hidden, what is built.

    It may change for less. Raises InputError for an encoder that is unknown.
    """
    with project.read() as c:
        name = space_named(c, project, encoder) if encoder else encoders.current(c)
        told = (*changes.vectors(c, name or ""), *changes.items(c), hidden.version(c))
    made = generations.newest(folder_of(project, name)) if name else None
    return " ".join(str(part) for part in (name, *told, made and made.name))
