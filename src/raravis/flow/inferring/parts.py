"""Long films, cut into parts that several workers look at, and put together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from raravis.errors import MediaError
from raravis.flow.inferring.files import File
from raravis.flow.inferring.looking import PART, Looks, looks_of
from raravis.flow.inferring.seeing import Setup, Sight, see_part
from raravis.flow.tell import Map, Tell
from raravis.media.image import STILL
from raravis.media.reader import open_reader
from raravis.types import Packets


@dataclass(frozen=True, eq=False)
class Part:
    """Some looks of one film."""

    setup: Setup
    row: int  # which of all the files
    number: int  # which part of the film
    of: int  # parts
    file: File
    packets: Packets
    looks: Looks


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen of a part."""

    row: int
    number: int
    of: int
    sight: Sight


def see_films(
    setup: Setup, rows: Sequence[int], files: Sequence[File], map: Map, tell: Tell
) -> Iterator[tuple[int, Sight]]:
    """Each film by its row, seen as if by one worker; they come as they are finished."""
    waiting: dict[int, list[Seen]] = {}
    done = 0
    for seen in map(see, _parts(setup, rows, files)):
        parts = waiting.setdefault(seen.row, [])
        parts.append(seen)
        if len(parts) == seen.of:
            done += 1
            tell("long films", done, len(rows))
            yield seen.row, _joined(waiting.pop(seen.row))


def see(part: Part) -> Seen:
    """Runs in a worker."""
    sight = see_part(part.setup, part.file, part.packets, part.looks)
    return Seen(part.row, part.number, part.of, replace(sight, packets=None))


def _parts(setup: Setup, rows: Sequence[int], files: Sequence[File]) -> Iterator[Part]:
    """Made when they are asked for: the packets of every film at once would fill the memory."""
    for row, file in zip(rows, files, strict=True):
        packets, looks = _probed(setup, file)
        begins = range(0, max(len(looks.pts), 1), PART)
        for number, begin in enumerate(begins):
            yield Part(setup, row, number, len(begins), file, packets, looks.part(begin, begin + PART))


def _probed(setup: Setup, file: File) -> tuple[Packets, Looks]:
    """No looks where it cannot be read any more: who looks at them says why."""
    reader = open_reader(file.kind, Path(file.path))
    try:
        packets = reader.probe().packets
        return packets, looks_of(setup.sample, reader, packets)
    except MediaError:
        return STILL, Looks(*(np.zeros(0, np.int64) for _ in Looks._fields))


def _joined(parts: Sequence[Seen]) -> Sight:
    """The parts by time, their looks counted through."""
    whole = Sight(parts[0].sight.file)
    for seen in sorted(parts, key=lambda seen: seen.number):
        one = seen.sight
        whole.found += [yes._replace(look=yes.look + whole.looks) for yes in one.found]
        whole.looks += one.looks
        whole.crops += one.crops
        whole.unjudged += one.unjudged
        whole.problems += one.problems
        whole.failed |= one.failed
    return whole
