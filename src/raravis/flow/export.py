"""export: what people take home: events, a labelled data set, clips and stills, a classifier."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from raravis import __version__, plugins
from raravis.errors import InputError, MediaError
from raravis.flow.audits.words import count, lasting
from raravis.flow.clips import crops
from raravis.flow.collection import load
from raravis.flow.encoder import learnt_file, space_named
from raravis.flow.evaluating.draws import sampled
from raravis.flow.labelled import taught_by_content
from raravis.flow.media import Work
from raravis.flow.results import events_of
from raravis.flow.tell import typed
from raravis.flow.viewing.certificates import certificates
from raravis.formats.export import Export, Sought, folder_name
from raravis.media.clip import write_clip
from raravis.store import concepts, encoders, examples, heads, items, labels, rounds, sources
from raravis.store.project import Project
from raravis.types import Item, Pixels, Source

FORMATS = ("csv", "coco", "clips", "onnx")
CHANCES = "labels"  # the format that wants them: they take looking through an audit


def export(
    project: Project,
    concept: str,
    *,
    formats: Sequence[str] = FORMATS,
    out: str | Path | None = None,
    gap_seconds: float = 1.0,
    encoder: str | None = None,
    pictures_written: bool = True,
) -> dict[str, Path]:
    """The main file written in each format, in a folder of the concept below `out` (default: exports in the project).

    The classifier is the newest over `encoder` (default: the one embedded last), left out while there is none.
    Raises InputError for an unknown format, concept or encoder, or when nothing was answered.
    """
    with project.read() as c:
        concepts.require(c, concept)
    made = _export(project, concept, gap_seconds, encoder, pictures_written)
    if not made.labels:
        raise InputError(f"nothing answered about {concept!r} yet; run: {typed(project, 'label', '--for', concept)}")
    if CHANCES in formats:
        made = replace(made, chances=_chances(project, made))
    folder = (Path(out) if out else project.exports) / folder_name(concept)
    writers = {name: plugins.load("formats", name) for name in formats}
    return {name: write(made, folder) for name, write in writers.items() if not (name == "onnx" and made.head is None)}


def _export(project: Project, concept: str, gap_seconds: float, encoder: str | None, pictures_written: bool) -> Export:
    with project.read() as c:
        known = {source.id: source for source in sources.all(c) if source.places}
        counted = labels.current(c, concept, also_propagated=True)
        found = {item.id: item for item in items.get(c, [label.item_id for label in counted])}
        found = {item.id: item for item in found.values() if item.source_id in known}  # the rest was overwritten
        encoder = space_named(c, project, encoder) if encoder else encoders.current(c)
        newest = heads.latest(c, concept, encoder) if encoder else None
        spec = encoders.require(c, encoder).spec if encoder else ""
        given = [Sought(one.name, one.sign, one.picture) for one in examples.all(c, concept)]
        strategies = dict.fromkeys(one.strategy for one in rounds.all(c, concept))
        total = items.count(c)
    learnt = learnt_file(project, spec)
    counted = [label for label in counted if label.item_id in found]
    return Export(
        concept=concept,
        events=events_of(project, concept, gap_seconds=gap_seconds, encoder=encoder),
        items=found,
        labels=[label for label in counted if label.source != labels.PROPAGATED],
        propagated=[label for label in counted if label.source == labels.PROPAGATED],
        sources=known,
        head=newest[1] if newest else None,
        taught=taught_by_content(project, newest[1]) if newest else (),
        pictures=functools.partial(_pictures, project),
        clip=functools.partial(_clip, project),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        version=__version__,
        pictures_written=pictures_written,
        encoder_spec={"id": encoder, "spec": f"{spec}:{learnt.name}" if learnt else spec},
        encoder_file=learnt,
        examples=given,
        certified=next((one.statement for one in certificates(project, concept)), ()),
        settings={
            "Collection": f"{count(len(known), 'source')}, {lasting(_seconds(known.values()))} of footage, "
            + count(total, "item"),
            "Asked by": ", ".join(strategies) or "–",
            "Encoder": spec or "–",
            "Pauses bridged": f"{gap_seconds:g} s and shorter",
        },
    )


def _chances(project: Project, made: Export) -> dict[int, tuple[float, float]]:
    found = sampled(project, made.concept, load(project, made.encoder_spec["id"]))
    return found.weights(made.items) if found else {}


def _seconds(known: Iterable[Source]) -> float:
    return sum(float(source.duration * source.time_base) for source in known)


def _pictures(project: Project, wanted: Sequence[Item]) -> Iterator[tuple[Item, Pixels]]:
    by_source: dict[int, list[Item]] = {}
    for item in sorted(wanted, key=lambda item: (item.source_id, item.pts)):
        by_source.setdefault(item.source_id, []).append(item)
    for source_id, group in by_source.items():
        yield from _source_pictures(project, source_id, group)


def _source_pictures(project: Project, source_id: int, group: list[Item]) -> Iterator[tuple[Item, Pixels]]:
    pts, end = (np.array(column, np.int64) for column in zip(*((i.pts, i.end) for i in group), strict=True))
    with project.read() as c:
        source = sources.get(c, source_id)
        work = Work.of(source, sources.packets(c, source_id), np.arange(len(group)), pts, end)
    try:
        yield from ((group[row], picture) for row, (picture,) in crops(work, 1))
    except MediaError:
        return  # a file that is gone gives no pictures; the data set says which it has


def _clip(project: Project, source: Source, start: float, end: float, out: Path) -> None:
    with project.read() as c:
        packets = sources.packets(c, source.id)
    here = next((place.path for place in source.places if Path(place.path).exists()), None)
    if here is None:
        raise MediaError(f"{source.places[0].name}: the file is gone from {source.places[0].path}")
    write_clip(Path(here), packets, start, end, out)
