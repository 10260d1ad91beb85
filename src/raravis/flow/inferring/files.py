"""Which files infer looks at: found as ingest finds them, those of a time on, each by a name of its own."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from raravis.errors import InputError
from raravis.flow.ingest import is_ours, nameable, stamp
from raravis.media.walk import Found, FrameFolders, walk
from raravis.types import SourceKind


class File(NamedTuple):
    """A video, a picture or a folder of frames."""

    path: str  # absolute
    name: str  # in rows: relative to the folder given, forward slashes
    kind: SourceKind
    stamp: str  # size and time of change


@dataclass(frozen=True)
class Listed:
    """The files to look at, by name; how many others there were, by the reason; how many are older than asked for."""

    files: list[File]
    skipped: Counter[str] = field(default_factory=Counter)
    older: int = 0


def listed(
    inputs: Sequence[str | Path], *, frame_folders: FrameFolders, since: float | None, but: Sequence[Path] = ()
) -> Listed:
    """What lies in the folders, files and lists, changed at `since` (seconds since 1970) or later, each file once.

    `but`: files and folders passed over, for they are what this writes. Raises InputError where an input is missing
    or there is no video or image at all.
    """
    found = [nameable(each) for each in walk(inputs, frame_folders=frame_folders) if not is_ours(each)]
    found = [each for each in found if not any(each.path.is_relative_to(own) for own in but)]
    media = {str(each.path): each for each in found if each.kind != "skipped"}
    skipped = Counter(each.reason for each in found if each.kind == "skipped")
    if not media:
        what = ", ".join(map(str, inputs))
        raise InputError(f"no video or image in {what} ({len(found)} other files); name another folder or file")
    young = [each for each in media.values() if since is None or _changed(each.path) >= since]
    return Listed(sorted(_named(young), key=lambda file: (file.name, file.path)), skipped, len(media) - len(young))


def batches(files: Sequence[File], together: int) -> Iterator[list[int]]:
    """Rows of the files, in order: each video by itself, pictures in company of at most so many neighbours."""
    for alone, rows in itertools.groupby(range(len(files)), key=lambda row: files[row].kind != "image"):
        several = iter(rows)
        while batch := list(itertools.islice(several, 1 if alone else together)):
            yield batch


def _named(found: Sequence[Found]) -> Iterator[File]:
    """Files of one name are called by their whole paths."""
    count = Counter(each.name for each in found)
    for each in found:
        named = each if count[each.name] == 1 else replace(each, name=each.path.as_posix())
        assert named.kind != "skipped"
        yield File(str(named.path), named.name, named.kind, stamp(named))


def _changed(path: Path) -> float:
    """Seconds since 1970; a file that is gone meanwhile fails later, with its reason."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")
