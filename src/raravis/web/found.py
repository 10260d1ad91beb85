"""From what is wanted of a search to what was found."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.searching.chance import chances
from raravis.flow.searching.filters import Filter, allowed
from raravis.flow.searching.floor import floors_of
from raravis.flow.searching.hits import hits, page
from raravis.flow.searching.searcher import Searcher
from raravis.store.project import Project
from raravis.types import Bools, Floats, Ints
from raravis.web.given import vector_of
from raravis.web.wanted import MOST_HITS, MOST_TOLD, Conditions, FieldName, Result, Results, Wanted, rows_of

DIGITS = 7  # of a cosine: what float32 holds
_shown: WeakKeyDictionary[Collection, Bools | None] = WeakKeyDictionary()


class Ranked(NamedTuple):
    """Part of what one query found, best first, and how it is told."""

    rows: Ints  # (m,)
    cosines: Floats  # (m,)
    ids: list[int]
    scores: list[float]
    more: Ints  # (m,) how many others each stands for


def results(project: Project, searcher: Searcher, wanted: Wanted) -> Results:
    """What each query found, in the order of the queries. Raises InputError for what cannot be searched by."""
    _refuse_too_many(wanted)
    fit = _fit(project, searcher.collection, wanted.filter)
    queries = _queries(project, searcher, wanted, fit)
    ranked = _ranked(searcher, wanted, queries, fit)
    total = len(searcher.collection) if fit is None else int(np.count_nonzero(fit))
    told = [Result(ids=one.ids, scores=one.scores) for one in ranked]
    found = Results(encoder=searcher.collection.vectors.encoder, total=total, results=told)
    if wanted.fields:
        found["floor"] = floors_of(project, searcher, names=False).picture
        for result, query, one, concept in zip(told, queries, ranked, _concepts(wanted, len(queries)), strict=True):
            _tell(result, searcher, wanted.fields, one, _chances(project, searcher, query, one, concept))
    return found


def _refuse_too_many(wanted: Wanted) -> None:
    if (wanted.vectors is None) == (wanted.queries is None):
        raise InputError('wanted either {"vectors": …} or {"queries": […]}')
    queries, deep, grouped = wanted.count(), wanted.offset + wanted.k, wanted.group_seconds is not None
    limits = (
        ("(offset + k)", deep, MOST_HITS),
        ("k, with fields", wanted.k if wanted.fields else 0, MOST_TOLD),
        ("(offset + k), in groups", deep if grouped else 0, MOST_TOLD),
    )
    for name, each, most in limits:
        if queries * each > most:
            got = f"{queries:,} queries x {name}: {queries * each:,}"
            raise InputError(f"got {got}, wanted at most {most:,}; ask for less, or in several requests")


def _fit(project: Project, collection: Collection, given: Conditions | None) -> Bools | None:
    """(N,) which rows may come out; None: all. Of no conditions kept with the collection, which is renewed with it."""
    if given is not None:
        told: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given}
        return allowed(project, collection, Filter(**told))
    if collection not in _shown:
        _shown[collection] = allowed(project, collection)
    return _shown[collection]


def _queries(project: Project, searcher: Searcher, wanted: Wanted, fit: Bools | None) -> Floats:
    """(Q, D) unit length."""
    dim = searcher.collection.vectors.data.shape[1]
    if wanted.vectors is not None:
        return rows_of(wanted.vectors, dim)
    made = [vector_of(project, searcher, query, fit) for query in wanted.queries or ()]
    return np.array(made, np.float32).reshape(len(made), dim)


def _ranked(searcher: Searcher, wanted: Wanted, queries: Floats, fit: Bools | None) -> list[Ranked]:
    """The wanted part of each query's ranking: item by item, or event by event."""
    if wanted.group_seconds is None:
        rows, scores = searcher.search(queries, wanted.offset + wanted.k, allowed=fit)
        return _as_told(searcher.collection, rows[:, wanted.offset :], scores[:, wanted.offset :])
    part: dict[str, Any] = {"k": wanted.k, "offset": wanted.offset, "gap_seconds": wanted.group_seconds}
    pages = [page(searcher, query, allowed=fit, **part) for query in queries]
    return [
        one._replace(more=each.more)
        for each in pages
        for one in _as_told(searcher.collection, each.rows[None], each.scores[None])
    ]


def _as_told(collection: Collection, rows: Ints, scores: Floats) -> list[Ranked]:
    """Of each query (Q, m); made of all at once, for a batch has many."""
    ids, told = collection.vectors.ids[rows].tolist(), np.round(scores.astype(np.float64), DIGITS).tolist()
    alone = np.zeros(rows.shape[1], np.int64)
    return [Ranked(*one, alone) for one in zip(rows, scores, ids, told, strict=True)]


def _tell(result: Result, searcher: Searcher, fields: list[FieldName], one: Ranked, chance: Floats | None) -> None:
    found = hits(searcher.collection, one.rows, one.cosines, probabilities=chance, more=one.more)
    for field in fields:
        result[field] = [getattr(hit, field) for hit in found]


def _concepts(wanted: Wanted, queries: int) -> list[str | None]:
    return [query.concept for query in wanted.queries] if wanted.queries else [None] * queries


def _chances(project: Project, searcher: Searcher, query: Floats, one: Ranked, concept: str | None) -> Floats | None:
    """(m,) how probable it is that each shows the concept; None where nobody knows."""
    known = chances(project, searcher, query[None], one.rows[None], one.cosines[None], concept) if concept else None
    return None if known is None else np.asarray(known[0], np.float32)
