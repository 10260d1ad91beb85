"""search --then: one thing and then another within some seconds → the pairs, as a Round of the first moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.searching import meant
from raravis.flow.searching.chance import chance_of
from raravis.flow.searching.filters import EVERYTHING, Filter, allowed
from raravis.flow.searching.floor import relevant
from raravis.flow.searching.hiding import hidden_rows
from raravis.flow.searching.meant import Asked, Meant
from raravis.flow.searching.queries import AS_MEASURED, Weights, expanded
from raravis.flow.searching.searcher import Searcher, searcher
from raravis.flow.searching.then import APART_SECONDS, Pairs, follow
from raravis.flow.tell import Say, quiet
from raravis.store import concepts, heads, labels, rounds
from raravis.store.project import Project
from raravis.types import Bools, Floats, Ints, Round

PROBABILITY, DEVIATIONS = "probability", "deviations"  # what a pair's score is


@dataclass(frozen=True)
class Then:
    """What follows, or comes before: by words, pictures, a concept, or several of them."""

    text: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    concept: str | None = None
    within_seconds: float = 5.0
    before: bool = False

    def asked(self) -> Asked:
        """What is given, by the names of Weights."""
        return {"like": [*self.like], "unlike": [], "text": [*self.text], "text_not": []}


def search_then(
    project: Project,
    then: Then,
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
    say: Say = quiet,
) -> Round:
    """The k best pairs of a first moment and one that follows it on its timeline, as a Round of the first moments.

    The first is meant and filtered as in `search`; of what follows nothing is kept as an example. `found` in the
    round's params holds the other moments, and what the scores are: the probability of both, where both have one that
    is calibrated, else the lesser of how many standard deviations each moment's cosine lies above the mean of the
    collection. First moments at most `gap_seconds` apart, by default 5, are one event, and give one pair. Every vector
    is scanned, whatever index there is. Raises InputError as `search` does.
    """
    held = searcher(project, encoder, exact=exact)
    collection = held.collection
    asked = {"like": [*map(str, like)], "unlike": [*map(str, unlike)], "text": [*text], "text_not": [*text_not]}
    may = allowed(project, collection, filter, say=say)
    follows = _follows(project, collection, then, say)  # first, for it keeps nothing
    if by_head:
        first = meant.by_head(project, collection, concept, asked)
    else:
        first = meant.by_examples(project, collection, concept, asked, weights, keep=keep, say=say)
    sides = (first._replace(query=expanded(held, first.query, expand, allowed=may)), follows)
    scores, what = scores_of(project, held, sides, (concept, then.concept))
    second = None if filter.duplicates else ~hidden_rows(project, collection)
    pairs = _paired(collection, scores, then, gap_seconds, product=what == PROBABILITY, masks=(may, second))
    page = Pairs(pairs.first[offset : offset + k], pairs.second[offset : offset + k], pairs.score[offset : offset + k])
    told = {**asked, **first.told, "k": k, "then": asdict(then), **({"offset": offset} if offset else {})}
    told |= {"filter": filter.to_json()} if filter != EVERYTHING else {}
    told |= {"found": {"total": len(pairs.first), "score": what, **_beside(project, held, sides, page)}}
    return _kept(project, concept or "", collection, page, told)


def _paired(
    collection: Collection,
    scores: Sequence[Floats],
    then: Then,
    gap_seconds: float | None,
    *,
    product: bool,
    masks: tuple[Bools | None, Bools | None],
) -> Pairs:
    return follow(
        collection.timeline,
        collection.seconds,
        *scores,
        within_seconds=then.within_seconds,
        before=then.before,
        product=product,
        apart_seconds=APART_SECONDS if gap_seconds is None else gap_seconds,
        may_be_first=masks[0],
        may_be_second=masks[1],
    )


def scores_of(
    project: Project, held: Searcher, sides: Sequence[Meant], about: Sequence[str | None]
) -> tuple[list[Floats], str]:
    """How well each row (N,) fits each side, and what that is: PROBABILITY, where every side has one, or DEVIATIONS.

    Probabilities of what a search meant may be multiplied: of two moments that have nothing to do with each other the
    product is that of both. Cosines may not, nor be compared, for each query has its own.
    """
    known = [chance_of(project, held, side.query, concept) for side, concept in zip(sides, about, strict=True)]
    both = [one for one in known if one]
    if len(both) == len(sides):
        dots = held.collection.scan(np.stack([one.direction for one in both]))
        return [one.of_dots(row) for one, row in zip(both, dots, strict=True)], PROBABILITY
    dots = held.collection.scan(np.stack([side.query for side in sides]))
    return [(row - row.mean()) / max(float(row.std()), 1e-6) for row in dots], DEVIATIONS


def _follows(project: Project, collection: Collection, then: Then, say: Say) -> Meant:
    """What is meant to follow: by a concept alone its newest head, if it has one that is a direction."""
    if not (then.text or then.like or then.concept):
        raise InputError("nothing is said to follow; give --then TEXT, --then-like PICTURE or --then-for NAME")
    if then.concept and not (then.text or then.like):
        with project.read() as c:
            newest = heads.latest(c, then.concept, collection.vectors.encoder)
        if newest and not (newest[1].hidden or newest[1].exclusive):
            return meant.by_head(project, collection, then.concept, then.asked())
    return meant.by_examples(project, collection, then.concept, then.asked(), AS_MEASURED, keep=False, say=say)


def _beside(project: Project, held: Searcher, sides: Sequence[Meant], page: Pairs) -> dict[str, Any]:
    """The second moments (item ids), the cosines of both, and whether both are relevant, where that is known."""
    rows: list[Ints] = [page.first, page.second]
    told = [
        None if side.known_by is None else relevant(project, held, side.known_by, of)
        for side, of in zip(sides, rows, strict=True)
    ]
    data = held.collection.vectors.data
    cosines = [(data[of].astype(np.float32) @ side.query).tolist() for side, of in zip(sides, rows, strict=True)]
    return {
        "relevant": False if False in told else None if None in told else True,
        "then": held.collection.vectors.ids[page.second].tolist(),
        "apart": np.round(np.abs(np.subtract(*(held.collection.seconds[of] for of in rows))), 6).tolist(),
        "cosine": cosines[0],
        "then_cosine": cosines[1],
    }


def _kept(project: Project, concept: str, collection: Collection, page: Pairs, told: dict[str, Any]) -> Round:
    ids, space = collection.vectors.ids[page.first], collection.vectors.encoder
    with project.begin() as c:
        concepts.add(c, concept)
        seen = labels.last_id(c) if "labels" in told.get("filter", {}) else 0
        return rounds.keep(
            c, concept, ids, page.score, strategy="search", params=told, encoder=space, labels_up_to=seen
        )
