"""What a program gives to search by, as the examples that a query is made of; nothing is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from raravis.errors import InputError
from raravis.flow.examples import LONG_SIDE, picture_of
from raravis.flow.searching.queries import Weights, query_vector
from raravis.flow.searching.searcher import Searcher
from raravis.media.pictures import jpeg, picture_of_bytes
from raravis.media.region import LEAST
from raravis.store.examples import Example
from raravis.store.project import Project
from raravis.types import NO, YES, Bools, Box, Floats, Pixels
from raravis.web.guard import PICTURE_BYTES
from raravis.web.wanted import Query, Said, Shown

DECODING = threading.BoundedSemaphore(2)  # a picture of the most pixels takes a gigabyte while it is read


def vector_of(project: Project, searcher: Searcher, query: Query, fit: Bools | None) -> Floats:
    """(D,) unit length. Raises InputError for nothing to search by, MediaError for a picture that is none."""
    several = list(_examples(project, query))
    return query_vector(
        project,
        searcher,
        [one for one, _ in several],
        each=[weight for _, weight in several],
        concept=query.concept,
        weights=Weights(**dict(query.weights)),
        by_head=query.by_head,
        expand=query.expand,
        allowed=fit,
    )


def _examples(project: Project, query: Query) -> Iterator[tuple[Example, float]]:
    """Each with its weight; one that has none is left out."""
    for shown, sign in ((query.like, YES), (query.unlike, NO)):
        for number, one in enumerate(shown):
            if one.weight:
                yield _shown(project, one, sign, number), one.weight
    for said, sign in ((query.text, YES), (query.text_not, NO)):
        for words in (each if isinstance(each, Said) else Said(text=each) for each in said):
            if words.weight:
                yield Example(0, " ".join(words.text.split()), "", sign, b"", "text"), words.weight


def _shown(project: Project, one: Shown, sign: int, number: int) -> Example:
    if one.item is not None and one.box is None:
        return Example(0, f"item:{one.item}", "", sign, b"", "item")
    with DECODING:
        named = f"picture {number}"
        rgb = _picture(one.picture or b"", named) if one.item is None else _part(project, one.item, one.box)
        return Example(0, named, "", sign, jpeg(rgb, long_side=LONG_SIDE, quality=92))


def _picture(data: bytes, name: str) -> Pixels:
    if len(data) > PICTURE_BYTES:
        raise InputError(f"{name}: got {len(data):,} bytes, wanted at most {PICTURE_BYTES:,}")
    return picture_of_bytes(data, name, short_side=LONG_SIDE)


def _part(project: Project, item: int, box: Box | None) -> Pixels:
    rgb = picture_of(project, item, box=box)
    if min(rgb.shape[:2]) < LEAST:
        raise InputError(f"item {item}: got a box of {rgb.shape[1]}x{rgb.shape[0]} pixels; wanted {LEAST} or more")
    return rgb
