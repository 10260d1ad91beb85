"""What the answers so far amount to: events, each with the score of its best item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from raravis.flow.encoder import space_named
from raravis.flow.events import GAP_SECONDS, positive_events
from raravis.flow.looks import bridges, lines_of
from raravis.store import encoders, heads, items, labels, shards, sources
from raravis.store.project import Project
from raravis.types import YES, Event, Place, Source


@dataclass(frozen=True)
class FoundEvent:
    """One event as people read it: seconds from the source's first frame.

    Behind it stand yes answers, and items that are yes because of them: propagated, shown to nobody.
    """

    source: str
    start_seconds: float
    end_seconds: float
    score: float
    answers: int
    propagated: int


def events_of(
    project: Project,
    concept: str,
    *,
    gap_seconds: float = GAP_SECONDS,
    encoder: str | None = None,
    scores: Mapping[int, float] | None = None,
) -> list[Event]:
    """Events by timeline and time: items that are yes, answered or propagated, merged over gaps up to `gap_seconds`.

    Neighbouring looks that are both yes are one event however far apart the sampler put them, where footage runs
    on between them: only a look at what lies between can part them. A source in several places gives one event in
    each. The score is the newest head's highest probability among the event's items under `encoder` (default: the
    one embedded last), 1 while there is no head; or of the `scores` given by item id, 0 where they have none. Raises
    InputError for an unknown concept or encoder.
    """
    with project.read() as c:
        latest = labels.latest(c, concept)
        found = items.get(c, latest.item_id[latest.value == YES])
        known = sources.some(c, {item.source_id for item in found})
        between = {line.name: bridges(line) for line in lines_of(c, concept, gap_seconds=gap_seconds)}
    positives = [(item, known[item.source_id]) for item in found]
    scores = _scores(project, concept, [item.id for item in found], encoder) if scores is None else scores
    return positive_events(concept, positives, scores=scores, gap_seconds=gap_seconds, bridges=between)


def found_events(
    project: Project, concept: str, *, gap_seconds: float = GAP_SECONDS, encoder: str | None = None
) -> list[FoundEvent]:
    """The events as people read them, in the same order; of one across files the first file is named."""
    found = events_of(project, concept, gap_seconds=gap_seconds, encoder=encoder)
    with project.read() as c:
        first = items.get(c, [event.items[0] for event in found])
        by_id = sources.some(c, {item.source_id for item in first})
        given = labels.answered(c, concept)
    return [_as_read(event, by_id[item.source_id], given) for event, item in zip(found, first, strict=True)]


def _as_read(event: Event, source: Source, given: set[int]) -> FoundEvent:
    place = place_of(source, event)
    start, end = (round(at - place.starts_at, 6) for at in (event.start, event.end))
    answers = len(given.intersection(event.items))
    return FoundEvent(place.name, start, end, round(event.score, 4), answers, len(event.items) - answers)


def place_of(source: Source, event: Event) -> Place:
    """Where the source lies when the event begins; copies may follow one another on one timeline."""
    on_line = [p for p in source.places if p.timeline == event.timeline and p.starts_at <= event.start]
    return max(on_line, key=lambda place: place.starts_at)


def _scores(project: Project, concept: str, ids: list[int], encoder: str | None) -> dict[int, float]:
    with project.read() as c:
        encoder = space_named(c, project, encoder) if encoder else encoders.current(c)
        newest = heads.latest(c, concept, encoder) if encoder else None
        if encoder is None or newest is None:
            return dict.fromkeys(ids, 1.0)
        vectors = shards.load(c, project.vectors, encoder)
    rows = np.flatnonzero(np.isin(vectors.ids, ids))
    probability = newest[1].probability(vectors.data[rows])[:, 0]
    return dict(zip(vectors.ids[rows].tolist(), probability.tolist(), strict=True))
