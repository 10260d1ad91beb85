"""What every export is written from, and how its files come into place: whole, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from raravis.errors import InputError
from raravis.types import YES, Event, Head, Item, Label, Pixels, Place, Source

_MARK = ".raravis-export"  # lies in every folder written here: without it, a folder is somebody else's


class Sought(NamedTuple):
    """One example of what was sought."""

    name: str
    sign: int  # 1: looks like this; -1: not like this
    picture: bytes  # a JPEG; nothing for words


@dataclass(frozen=True, eq=False)
class Export:
    """One concept's results, ready to be written in any format."""

    concept: str
    events: Sequence[Event]
    items: Mapping[int, Item]
    labels: Sequence[Label]  # answered, the latest of each item
    propagated: Sequence[Label] = field(default=(), kw_only=True)  # yes because of answers beside them; shown to nobody
    sources: Mapping[int, Source]
    head: Head | None
    pictures: Callable[[Sequence[Item]], Iterator[tuple[Item, Pixels]]]
    """Whole frames at full size, by source and pts, one pass a file; items whose file is gone are left out."""
    clip: Callable[[Source, float, float, Path], None]
    """Writes a small mp4 of start..end seconds of a source. Raises MediaError when it cannot be read."""
    created: str
    version: str
    pictures_written: bool = True  # False: pictures are named where they lie
    encoder_spec: Mapping[str, Any] = field(default_factory=dict)  # how to make the vectors that the head wants
    encoder_file: Path | None = None  # what the encoder learned of this collection: goes along with the head
    examples: Sequence[Sought] = ()
    certified: Sequence[str] = ()  # what the newest certificate says, the claim first; nothing where nobody audited
    taught: Sequence[str] = ()  # what the head learned from, by content
    settings: Mapping[str, str] = field(default_factory=dict)  # what a reader of a report may want to know
    chances: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """By item how likely it was to be drawn, 1 on purpose, and what its answer weighs in a total over everything."""

    def numbered(self) -> list[tuple[int, Event]]:
        """Events by timeline and time, counted from 1: the same number in every format."""
        return list(enumerate(sorted(self.events, key=lambda e: (e.timeline, e.start, e.end)), 1))

    def yes(self, event: Event) -> list[Label]:
        """The yes answers behind an event, by time."""
        return [self._yes[item] for item in event.items if item in self._yes]

    @cached_property
    def _yes(self) -> dict[int, Label]:
        return {label.item_id: label for label in self.labels if label.value == YES}


class Part(NamedTuple):
    """The stretch of an event that lies in one place of one source; seconds from the source's first frame."""

    source: Source
    place: Place
    start: float
    end: float
    items: tuple[Item, ...]


def parts(export: Export, event: Event) -> list[Part]:
    """The event in each place it lies in, by time: one a file where it runs across files, one a copy too."""
    by_source: dict[int, list[Item]] = {}
    for item in (export.items[i] for i in event.items):
        by_source.setdefault(item.source_id, []).append(item)
    found = [
        _part(export.sources[source_id], place, event, items)
        for source_id, items in by_source.items()
        for place in export.sources[source_id].places
        if place.timeline == event.timeline and _lies_in(export.sources[source_id], place, event)
    ]
    assert found, f"no source of {event} lies on its timeline"
    return sorted(found, key=lambda part: (part.place.starts_at, part.place.name))


def _lies_in(source: Source, place: Place, event: Event) -> bool:
    """Whether the event is about this place: copies that follow one another on a timeline have each their own."""
    length = float(source.duration * source.time_base)
    low, high = max(place.starts_at, event.start), min(place.starts_at + length, event.end)
    return low < high or (low == high and 0 in (length, event.end - event.start))


def _part(source: Source, place: Place, event: Event, items: list[Item]) -> Part:
    length = float(source.duration * source.time_base)
    start, end = (min(max(at - place.starts_at, 0.0), length) for at in (event.start, event.end))
    return Part(source, place, start, end, tuple(sorted(items, key=lambda item: item.pts)))


def folder_name(concept: str) -> str:
    """A folder name that no other concept has."""
    return "".join(ch if ch.isalnum() or ch in "-_ " else f"%{ord(ch):X}" for ch in concept)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A path beside `target` to write at; it takes the target's place when all went well, else it is gone.

    Raises:
        InputError: it could not be written or put in place; an older file is as it was.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        if partial.exists():
            partial.unlink()


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside `target` to fill; it takes the place of an earlier export when all went well.

    Raises:
        InputError: the target holds something else than an export, or could not be written; it is as it was.
    """
    if target.exists() and not (target / _MARK).exists() and not _empty(target):
        raise InputError(f"{target} is not an earlier export, so it is not replaced; choose another folder")
    partial = target.with_name(f".{target.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        (partial / _MARK).touch()
        yield partial
        _swap(partial, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _swap(partial: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _unwritable(target: Path, error: OSError) -> InputError:
    return InputError(f"cannot write {target}: {error.strerror or error}; free the space or close what holds it open")
