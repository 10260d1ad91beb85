"""What the pages that show a search stand on: its collection, the newest scores, and all that is known."""

from __future__ import annotations

from typing import NamedTuple

from raravis.errors import InputError
from raravis.flow.collection import Collection
from raravis.flow.viewing.standing import Known, known_of
from raravis.store import encoders, labels
from raravis.types import Floats
from raravis.web.fresh import Fresh
from raravis.web.room import Room


class Sight(NamedTuple):
    """A concept as it is to be seen now."""

    collection: Collection | None  # None while nothing is embedded
    scores: Floats | None  # (N,) by row of the collection; None before there is a head or an example
    known: Known

    @property
    def version(self) -> tuple[object, ...]:
        """Another one when any of it is another."""
        return (self.known.last_label, self.collection, self.scores)


def sight(room: Room, fresh: Fresh, concept: str) -> Sight:
    """What is to be seen of a concept; what is known of it may be a little old while answers pour in."""
    collection, scores = _desk(room, concept)
    with room.project.read() as c:
        last = labels.last_id(c)
    known: Known = fresh.get(("known", concept), (last, collection), lambda: known_of(room.project, concept))
    return Sight(collection, scores, known)


def _desk(room: Room, concept: str) -> tuple[Collection | None, Floats | None]:
    with room.project.read() as c:
        if encoders.current(c) is None:
            return None, None
    try:
        return room.desks.of(concept).sight()
    except InputError:  # an encoder, and nothing embedded by it yet
        return None, None
