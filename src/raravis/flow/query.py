"""search: pictures, items, words, a head, or the examples of a concept → the items most like them, as a Round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from raravis.flow.collection import Collection
from raravis.flow.searching import meant
from raravis.flow.searching.chance import chances
from raravis.flow.searching.filters import EVERYTHING, Filter, allowed
from raravis.flow.searching.floor import relevant
from raravis.flow.searching.hits import Page, page
from raravis.flow.searching.meant import Meant
from raravis.flow.searching.queries import AS_MEASURED, Weights, expanded, packed
from raravis.flow.searching.searcher import Searcher, searcher
from raravis.flow.tell import Say, quiet
from raravis.store import concepts, labels, rounds
from raravis.store.project import Project
from raravis.types import Bools, Round

AS_USUAL: Mapping[str, Any] = {"expand": 0, "offset": 0, "gap_seconds": None, "filter": {}, "exact": False}


def search(
    project: Project,
    *,
    concept: str | None = None,
    like: Sequence[str | Path] = (),
    unlike: Sequence[str | Path] = (),
    text: Sequence[str] = (),
    text_not: Sequence[str] = (),
    weights: Weights = AS_MEASURED,
    by_head: bool = False,
    expand: int = 0,
    filter: Filter = EVERYTHING,
    k: int = 24,
    offset: int = 0,
    gap_seconds: float | None = None,
    exact: bool = False,
    keep: bool = True,
    encoder: str | None = None,
    collection: Collection | None = None,
    say: Say = quiet,
) -> Round:
    """The k items most like the pictures and the words, best first, one a frame, remembered as a Round.

    Pictures are `FILE`, `FILE#x0,y0,x1,y1` or `item:ID`; `@0.5` after any of them, or after a text, is what it counts
    beside the others of its kind. With a concept all that is given becomes its examples, unless `keep` is off, and
    those it has count too; `by_head` searches by its newest head instead. `expand` adds the so many best to the query.
    The score is the cosine with the query: of each kind of example the mean, times its weight, scaled so that the
    scores of every kind spread alike over the collection. `filter` says what may come out; with `gap_seconds` hits are
    events, and `offset` passes over the first hits. `say` hears which class names stand for a text, which weights count
    nothing, and what a filter leaves out for want of a clock. A `collection` at hand need not be loaded again. Raises
    InputError when there is nothing to search by or in, and when the encoder cannot read a text: then no example is
    kept.
    """
    held = Searcher(collection, collection.index) if collection else searcher(project, encoder, exact=exact)
    asked = {"like": [*map(str, like)], "unlike": [*map(str, unlike)], "text": [*text], "text_not": [*text_not]}
    may = allowed(project, held.collection, filter, say=say)
    if by_head:
        if weights != AS_MEASURED:
            say("weights count nothing: a head is a query of its own")
        wanted = meant.by_head(project, held.collection, concept, asked)
    else:
        wanted = meant.by_examples(project, held.collection, concept, asked, weights, keep=keep, say=say)
    query = expanded(held, wanted.query, expand, allowed=may)
    best = page(held, query, k=k, offset=offset, allowed=may, gap_seconds=gap_seconds)
    settings = _unusual(expand=expand, offset=offset, gap_seconds=gap_seconds, filter=filter.to_json(), exact=exact)
    found = _found(project, held, wanted._replace(query=query), best, may, concept)
    found |= {"more": best.more.tolist()} if gap_seconds is not None else {}
    params = {**asked, **wanted.told, "k": k, **settings, "vector": packed(query), "found": found}
    return _kept(project, concept or "", held.collection, best, params)


def _kept(project: Project, concept: str, collection: Collection, best: Page, params: dict[str, Any]) -> Round:
    ids, space = collection.vectors.ids[best.rows], collection.vectors.encoder
    with project.begin() as c:
        concepts.add(c, concept)
        seen = labels.last_id(c) if "labels" in params.get("filter", {}) else 0
        return rounds.keep(
            c, concept, ids, best.scores, strategy="search", params=params, encoder=space, labels_up_to=seen
        )


def _unusual(**settings: Any) -> dict[str, Any]:
    """Those that are not as they are when nobody says anything."""
    return {name: value for name, value in settings.items() if value != AS_USUAL[name]}


def _found(
    project: Project, held: Searcher, wanted: Meant, best: Page, may: Bools | None, concept: str | None
) -> dict[str, Any]:
    """What is known of the hits beside their scores: see docs/search.md."""
    total = len(held.collection) if may is None else int(np.count_nonzero(may))
    known_by, told = wanted.known_by, dict[str, Any](total=total)
    told |= {"relevant": None if known_by is None else relevant(project, held, known_by, best.rows)}
    told |= {"recall": held.index.recall} if held.index.recall < 1 else {}
    probability = chances(project, held, wanted.query[None], best.rows[None], best.scores[None], concept)
    return told | ({} if probability is None else {"probability": np.round(probability[0].astype(float), 6).tolist()})
