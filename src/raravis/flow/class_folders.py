"""Folders of pictures by class, as data sets are kept: `train|val/CLASS/…` or `CLASS/…`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from raravis.embed import Encoder
from raravis.errors import InputError, MediaError, ModelError
from raravis.flow.clips import of_pictures
from raravis.flow.encoder import loaded
from raravis.flow.tell import Map, Say, Tell, quiet, silent
from raravis.media.folders import is_hidden
from raravis.media.lists import absolute
from raravis.media.pictures import captured_at, open_picture, read_picture
from raravis.media.walk import walk
from raravis.scale.processes import in_process
from raravis.types import Floats, Ints, Pixels

SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val"}
BURST_SECONDS = 5.0
AT_ONCE = 32  # pictures of a job
LISTED = 5  # names of files passed over that are said


class ClassFile(NamedTuple):
    """A picture, and what its place says of it."""

    path: Path  # absolute
    of: str  # its class
    split: str  # train, val, or ""
    inside: str  # folder below the class, "" for none


def class_files(folder: Path, say: Say = quiet) -> list[ClassFile]:
    """By split, class and path; what is no picture and which class is empty is said. Raises InputError for none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; wanted one with a folder of pictures a class")
    passed: list[str] = []
    files = [file for split, root in _roots(absolute(folder), say) for file in _below(root, split, passed, say)]
    if passed:
        say(f"{len(passed)} files passed over: {'; '.join(passed[:LISTED])}{_more(passed)}")
    if not files:
        raise InputError(f"{folder}: no pictures by class; wanted {folder}/CLASS/*.jpg or {folder}/train/CLASS/*.jpg")
    return files


def groups_of(files: Sequence[ClassFile]) -> Ints:
    """(n,) what was taken together: files of one folder below a class, and of those that lie in none, a burst.

    A folder of the same name below two classes is one group, for it is one source. Without capture times each file
    is by itself.
    """
    burst = _bursts(files)
    keys = [file.inside or burst.get(row, f"\0{row}") for row, file in enumerate(files)]
    return np.unique(np.array(keys, np.str_), return_inverse=True)[1].astype(np.int64)


def pictures_of(files: Iterable[ClassFile], rows: Ints) -> Iterator[tuple[int, Pixels]]:
    """The row and picture of each file that can be read, in order."""
    for row, file in zip(rows.tolist(), files, strict=True):
        try:
            yield row, read_picture(file.path)
        except MediaError:
            continue


def embedded(
    files: Sequence[ClassFile],
    encoder: str,
    *,
    map: Map = in_process,
    say: Say = quiet,
    tell: Tell = silent,
) -> tuple[list[ClassFile], Floats]:
    """The n files that can be read, in order, and their vectors (n, D); of the others the first few are said.

    Raises InputError where none can be read, or for an encoder that first learns from a collection.
    """
    if getattr(loaded(encoder), "needs_fit", False):
        raise InputError(f"{encoder}: first learns from a collection; wanted an encoder that is ready, such as builtin")
    jobs = [(start, files[start : start + AT_ONCE], encoder) for start in range(0, len(files), AT_ONCE)]
    done: dict[int, tuple[list[Floats | None], list[str]]] = {}
    for start, vectors, wrong in map(_embed, jobs):
        done[start] = vectors, wrong
        tell("embed", min(len(done) * AT_ONCE, len(files)), len(files))
    rows = [vector for start in sorted(done) for vector in done[start][0]]
    unread = [why for start in sorted(done) for why in done[start][1]]
    if unread:
        say(f"{len(unread)} pictures cannot be read: {'; '.join(unread[:LISTED])}{_more(unread)}")
    if len(unread) == len(files):
        raise InputError(f"none of the {len(files)} pictures can be read")
    good = [(file, row) for file, row in zip(files, rows, strict=True) if row is not None]
    return [file for file, _ in good], np.stack([row for _, row in good])


def _embed(job: tuple[int, Sequence[ClassFile], str]) -> tuple[int, list[Floats | None], list[str]]:
    """Where the job begins, a vector or None for each of its files, and why; read as large as the encoder needs."""
    start, files, spec = job
    encoder = loaded(spec)
    wrong: list[str] = []
    read: dict[int, Pixels] = {}
    for row, file in enumerate(files):
        try:
            read[row] = read_picture(file.path, short_side=encoder.short_side)
        except MediaError as error:
            wrong.append(str(error))
    vectors = _encoded(encoder, read, files, wrong)
    return start, [vectors.get(row) for row in range(len(files))], wrong


def _encoded(
    encoder: Encoder, read: Mapping[int, Pixels], files: Sequence[ClassFile], wrong: list[str]
) -> dict[int, Floats]:
    """Vectors by row; where a batch fails its pictures are tried one by one."""
    try:
        return dict(zip(read, of_pictures(encoder, list(read.values())), strict=True))
    except ModelError as error:
        if len(read) > 1:
            parts = [_encoded(encoder, {row: rgb}, files, wrong) for row, rgb in read.items()]
            return {row: vector for part in parts for row, vector in part.items()}
        wrong += [f"{files[row].path}: {error}" for row in read]
        return {}


def _more(listed: Sequence[str]) -> str:
    return f" and {len(listed) - LISTED} more" if len(listed) > LISTED else ""


def _roots(folder: Path, say: Say) -> list[tuple[str, Path]]:
    """Split and folder of classes: the folder itself, or those of its parts."""
    parts = [(SPLITS[path.name.lower()], path) for path in _folders(folder) if path.name.lower() in SPLITS]
    if parts and (others := [path.name for path in _folders(folder) if path.name.lower() not in SPLITS]):
        say(f"folders beside {' and '.join(path.name for _, path in parts)} passed over: {', '.join(others)}")
    return parts or [("", folder)]


def _below(root: Path, split: str, passed: list[str], say: Say) -> Iterator[ClassFile]:
    passed += [f"{path.name} (lies in no class)" for path in sorted(root.iterdir()) if path.is_file()]
    for home in _folders(root):
        count = 0
        for found in walk([home], frame_folders="never") if any(home.iterdir()) else ():
            if found.kind == "image":
                count += 1
                inside = found.path.parent.relative_to(home).as_posix()
                yield ClassFile(found.path, home.name, split, "" if inside == "." else inside)
            else:
                passed.append(f"{home.name}/{found.name} ({found.reason or 'a film'})")
        if not count:
            say(f"class {home.name!r} is empty{f' in {split}' if split else ''}: left out there")


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not is_hidden(path))


def _bursts(files: Sequence[ClassFile]) -> dict[int, str]:
    """By row the first row of its burst, for pictures outside of folders whose capture time is known."""
    told = [(row, file.path) for row, file in enumerate(files) if not file.inside]
    times = sorted((at, row) for row, path in told if (at := _taken(path)) is not None)
    found: dict[int, str] = {}
    last, first = -np.inf, 0
    for at, row in times:
        first = row if at - last > BURST_SECONDS else first
        last, found[row] = at, f"\0{first}"
    return found


def _taken(path: Path) -> float | None:
    try:
        with open_picture(path) as image:
            return captured_at(image)
    except MediaError:
        return None
