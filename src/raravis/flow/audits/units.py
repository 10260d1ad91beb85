"""The frozen collection that a certificate is about: its units, found again from the store whenever they are needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from raravis.errors import InputError
from raravis.flow.audits.grid import Footage, place
from raravis.flow.audits.runs import Moments, Reals
from raravis.flow.clips import clip_ids
from raravis.flow.collection import Collection, load
from raravis.flow.looks import FOR_AN_AUDIT, ON_DEMAND
from raravis.flow.media import within_reach
from raravis.store import items, labels, shards, sources
from raravis.store.items import ItemArrays, joined
from raravis.store.project import Project
from raravis.types import Ints, Source

Unit = Literal["event", "item"]
GIVEN = ("human", "oracle", "import")  # sources of labels that somebody gave
MOST_NAMED = 5  # of the files that are gone
JOINED_SECONDS = 0.05  # files that follow one another this closely are one stretch of footage


@dataclass(frozen=True)
class Stamp:
    """What a collection was frozen by: enough to find the same units again, and to notice when they changed."""

    unit: Unit
    min_seconds: float  # of an event that counts; 0 where items count
    gap_seconds: float
    encoder: str
    last_item: int  # id of the newest item at that time
    last_label: int
    last_source: int
    units: int = 0
    checksum: str = ""


@dataclass(frozen=True, eq=False)
class Units:
    """N units, each one frame: of every moment that has items, or of enough moments that no event falls between."""

    stamp: Stamp
    source_id: Ints  # (N,)
    pts: Ints  # (N,)
    moments: Moments  # (N,)
    bounds: Reals  # (S, 2) seconds of each stretch of footage
    lines: tuple[str, ...]  # (S,) the timeline of each
    lies_in: Mapping[int, int]  # which stretch each source lies in
    seconds: float  # of footage in all

    def __len__(self) -> int:
        return len(self.pts)

    def rows(self, source_id: Ints, pts: Ints) -> Ints:
        """(n,) the unit at each instant; -1 where none is."""
        _, source = np.unique(np.append(self.source_id, source_id), return_inverse=True)
        every = np.append(self.pts, pts)
        low = int(every.min(initial=0))
        key = source * (int(every.max(initial=0)) - low + 1) + (every - low)
        mine, wanted = np.split(key, [len(self)])
        order = np.argsort(mine)
        at = np.searchsorted(mine, wanted, sorter=order).clip(max=max(len(mine) - 1, 0))
        return np.where(mine[order[at]] == wanted, order[at], -1) if len(mine) else np.full(len(wanted), -1)


def freeze(
    project: Project, collection: Collection, concept: str, unit: Unit, *, min_seconds: float, gap_seconds: float
) -> Units:
    """The units of the collection as it is now. Raises InputError where there are none."""
    with project.read() as c:
        newest = max((source.id for source in sources.all(c)), default=0)
        last = items.last_id(c), labels.last_id(c), newest
    shortest = min_seconds if unit == "event" else 0.0
    stamp = Stamp(unit, shortest, gap_seconds, collection.vectors.encoder, *last)
    made = _units(project, collection, concept, stamp)
    if not len(made):
        raise InputError(f"{project.folder}: nothing to certify: {_why_nothing(collection, unit, min_seconds)}")
    return made


def _why_nothing(collection: Collection, unit: Unit, min_seconds: float) -> str:
    if unit == "item":
        return "no item of one frame has a vector (clips are certified as events: --unit event); run: raravis embed"
    if not any(source.duration for source in collection.sources.values()):
        return "stills last no time, so there are no events among them; wanted the unit item (--unit item)"
    return f"no footage lasts {min_seconds:g} s; choose a smaller --min-seconds, or --unit item"


def thaw(project: Project, collection: Collection, concept: str, stamp: Stamp, *, frozen: Sequence[str] = ()) -> Units:
    """The units that were frozen, of the files named. Raises InputError where some are gone, naming what is left."""
    made = _units(project, collection, concept, stamp)
    if (made.stamp.units, made.stamp.checksum) != (stamp.units, stamp.checksum):
        _refuse_frames_of_audits(project, concept, stamp)
        raise InputError(
            f"{project.folder}: the collection changed since the audit of {concept!r} began: it froze {stamp.units} "
            f"{stamp.unit} units, {made.stamp.units} are left{_without(collection, made, frozen)}; a certificate "
            "written before still covers what it names; --anew begins again with what is left"
        )
    return made


def names_of(collection: Collection, units: Units) -> list[str]:
    """The files that the units lie in, by name."""
    return sorted(collection.sources[id].places[0].name for id in units.lies_in)


def _without(collection: Collection, left: Units, frozen: Sequence[str]) -> str:
    """Which of the frozen files are gone."""
    gone = sorted(set(frozen) - set(names_of(collection, left)))
    if not gone:
        return ", or they are others"
    more = f" and {len(gone) - MOST_NAMED:,} more" if len(gone) > MOST_NAMED else ""
    return f" in {len(left.lies_in):,} of {len(frozen):,} files, without {', '.join(gone[:MOST_NAMED])}{more}"


def _refuse_frames_of_audits(project: Project, concept: str, stamp: Stamp) -> None:
    """Raises InputError where an older version counted frames among those sampled that an audit of events made."""
    if stamp.unit == "event":
        return
    whole = load(project, stamp.encoder, audited=True)
    if _units(project, whole, concept, stamp, table=whole.table).stamp.checksum == stamp.checksum:
        raise InputError(
            f"{project.folder}: the audit of {concept!r} counted frames that an audit of events had made, which no "
            "sampler chose; most show what was found already, so its claim and its certificate say too much; begin "
            "again with --anew"
        )


def added_since(project: Project, units: Units) -> tuple[int, int]:
    """How many sources came after the freeze, and, where items count, frames of those frozen: outside the claim."""
    stamp = units.stamp
    with project.read() as c:
        later = sum(source.id > stamp.last_source for source in sources.all(c) if source.places)
        table = items.arrays(c)
        table = table.take((table.ids > stamp.last_item) & ~np.isin(table.ids, items.unsampled(c, *ON_DEMAND)))
    table = _without_clips(project, table)
    table = table.take(np.isin(table.source_id, list(units.lies_in)))
    frames = set(zip(table.source_id.tolist(), table.pts.tolist(), strict=True))
    frames -= set(zip(units.source_id.tolist(), units.pts.tolist(), strict=True))
    return later, len(frames) if stamp.unit == "item" else 0


def _units(
    project: Project, collection: Collection, concept: str, stamp: Stamp, *, table: ItemArrays | None = None
) -> Units:
    table = _there(project, collection, stamp) if table is None else table
    table = table.take(table.ids <= stamp.last_item)
    known = {id: s for id, s in collection.sources.items() if s.places and id <= stamp.last_source}
    table = table.take(np.isin(table.source_id, list(known)))
    table = table.take(np.lexsort((table.pts, table.source_id)))
    if stamp.unit == "item":
        made = _frames(stamp, _without_clips(project, table), known)
    else:
        made = _grid(stamp, table, known, _answered_before(project, concept, stamp.last_label), project)
    return _stamped(made, known)


def _there(project: Project, collection: Collection, stamp: Stamp) -> ItemArrays:
    """The items that there were: of frames sampled, and as moments those too that audits made, which are decoded."""
    table = collection.table
    with project.read() as c:
        made = items.unsampled(c, FOR_AN_AUDIT)
        table = table.take(~np.isin(table.ids, made))
        if stamp.unit == "event" and len(made):
            more = items.some(c, np.intersect1d(made, shards.embedded_ids(c, project.vectors, stamp.encoder)))
            table = joined(table, more.take(within_reach(c, more)))
    return table


def _without_clips(project: Project, table: ItemArrays) -> ItemArrays:
    with project.read() as c:
        return table.take(~np.isin(table.ids, clip_ids(c)))


def _frames(stamp: Stamp, table: ItemArrays, known: Mapping[int, Source]) -> Units:
    """Every frame that has an item; a timeline counts as one stretch."""
    fresh = (np.diff(table.source_id, prepend=-1) != 0) | (np.diff(table.pts, prepend=-1) != 0)
    table = table.take(fresh)
    here = [known[i] for i in np.unique(table.source_id).tolist()]
    lines = sorted({source.places[0].timeline for source in here})
    lies_in = {source.id: lines.index(source.places[0].timeline) for source in here}
    footage = np.array([lies_in[i] for i in table.source_id.tolist()], np.int64)
    start, end = on_line(table, known)
    bounds = np.repeat([[-np.inf, np.inf]], len(lines), axis=0)
    seconds = sum(float(source.duration * source.time_base) for source in here)
    moments = Moments(footage, start, end)
    return Units(stamp, table.source_id, table.pts, moments, bounds, tuple(lines), lies_in, seconds)


def on_line(table: ItemArrays, known: Mapping[int, Source]) -> tuple[Reals, Reals]:
    """(n,) and (n,): when each item starts and ends, in seconds on the timeline of its source's first place."""
    ids, at = np.unique(table.source_id, return_inverse=True)
    here = [known[int(i)] for i in ids]
    base = np.array([float(source.time_base) for source in here])[at]
    begin = np.array([source.start for source in here], np.int64)[at]
    offset = np.array([source.places[0].starts_at for source in here])[at]
    return offset + (table.pts - begin) * base, offset + (table.end - begin) * base


def _grid(
    stamp: Stamp, table: ItemArrays, known: Mapping[int, Source], answered: dict[int, Ints], project: Project
) -> Units:
    sampled = {int(part[0, 0]): part[:, 1] for part in _by_source(np.stack([table.source_id, table.pts], axis=1))}
    stretches = list(_stretches([known[i] for i in sampled if known[i].duration > 0]))
    parts = [
        (number, chosen)
        for number, stretch in enumerate(stretches)
        for chosen in place(stretch, project, sampled, answered, stamp.min_seconds)
    ]
    counts = [len(chosen.pts) for _, chosen in parts]
    footage = np.repeat([number for number, _ in parts], counts).astype(np.int64)
    source_id = np.repeat([chosen.source_id for _, chosen in parts], counts).astype(np.int64)
    pts = np.concatenate([np.zeros(0, np.int64), *(chosen.pts for _, chosen in parts)])
    start = np.concatenate([np.zeros(0), *(chosen.start for _, chosen in parts)])
    end = np.concatenate([np.zeros(0), *(chosen.end for _, chosen in parts)])
    bounds = np.array([(s.start, s.end) for s in stretches], float).reshape(-1, 2)
    lies_in = {source.id: number for number, stretch in enumerate(stretches) for source in stretch.sources}
    lines, seconds = tuple(s.line for s in stretches), float(np.diff(bounds).sum())
    return Units(stamp, source_id, pts, Moments(footage, start, end), bounds, lines, lies_in, seconds)


def _by_source(columns: Ints) -> list[Ints]:
    return np.split(columns, np.flatnonzero(np.diff(columns[:, 0])) + 1) if len(columns) else []


def _stretches(known: list[Source]) -> Iterator[Footage]:
    """Unbroken footage by timeline and time; a file that runs beside another is footage by itself."""
    run: list[Source] = []
    for source in sorted(known, key=lambda s: (s.places[0].timeline, s.places[0].starts_at, s.id)):
        if run and not _follows(run[-1], source):
            yield Footage(tuple(run))
            run = []
        run.append(source)
    if run:
        yield Footage(tuple(run))


def _follows(before: Source, after: Source) -> bool:
    place, end = after.places[0], before.places[0].starts_at + float(before.duration * before.time_base)
    return before.places[0].timeline == place.timeline and abs(place.starts_at - end) <= JOINED_SECONDS


def _answered_before(project: Project, concept: str, last_label: int) -> dict[int, Ints]:
    """Pts by source id of the frames that somebody had answered about, whatever became of it."""
    with project.read() as c:
        ids = {one.item_id for one in labels.log(c, concept) if one.id <= last_label and one.source in GIVEN}
        table = items.some(c, ids)
    pairs = np.unique(np.stack([table.source_id, table.pts], axis=1), axis=0)
    return {int(part[0, 0]): part[:, 1] for part in _by_source(pairs)}


def _stamped(made: Units, known: Mapping[int, Source]) -> Units:
    seen = hashlib.sha256()
    for source_id in np.unique(made.source_id).tolist():
        seen.update(known[source_id].digest.encode())
        seen.update(made.pts[made.source_id == source_id].astype("<i8").tobytes())
    stamp = Stamp(**{**asdict(made.stamp), "units": len(made), "checksum": seen.hexdigest()[:16]})
    fields: dict[str, Any] = {name: getattr(made, name) for name in made.__dataclass_fields__}
    return Units(**{**fields, "stamp": stamp})
