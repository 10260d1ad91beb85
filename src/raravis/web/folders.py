"""Folders that may be taken in: those below the roots the server was started with, and nothing that a link leads to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field, StringConstraints

from raravis import plugins
from raravis.errors import InputError
from raravis.flow.viewing.reach import ingested_from
from raravis.media.folders import IMAGES, VIDEOS, is_hidden
from raravis.store import sources
from raravis.store.project import MARK, Project
from raravis.web.guard import Admin
from raravis.web.jobs import Job
from raravis.web.room import InRoom, Room

COUNTED = 10_000  # files looked at to say how many media a folder holds: a network disk takes its time
Spec = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z]+(:[A-Za-z0-9_.,=/]+)?$")]
Below = Annotated[str, StringConstraints(max_length=4000)]
Root = Annotated[int, Field(ge=0, le=1000)]

router = APIRouter(tags=["collection"])


class Folders(BaseModel):
    """What lies in a folder: its folders by name, and how many videos and pictures are in it and below."""

    folders: list[str]
    media: int


class Wanted(BaseModel):
    """A folder to take in, and how."""

    root: Root
    path: Below = ""
    sample: Spec = "keyframes"
    detect: Literal["whole", "tiles:2", "tiles:3", "tiles:4"] = "whole"


class JobNow(BaseModel):
    """The newest job; null before the first."""

    job: Job | None


def roots_of(project: Project) -> tuple[Path, ...]:
    """The folders that were ingested, as far as they are there, and the one that the server was started in."""
    with project.read() as c:
        given = {ingested_from(place) for source in sources.all(c) for place in source.places}
    there = {folder.resolve() for folder in (*given, Path.cwd()) if folder.is_dir() and not _is_project(folder)}
    return tuple(sorted(each for each in there if not any(other in each.parents for other in there)))


def names_of(roots: tuple[Path, ...]) -> list[str]:
    """What people call the roots: their last part, or all of it where two would be called the same."""
    last = [root.name or str(root) for root in roots]
    return [name if last.count(name) == 1 else str(root) for name, root in zip(last, roots, strict=True)]


@router.get("/api/folders")
def folders(
    here: InRoom, _: Admin, root: Annotated[int, Query(ge=0, le=1000)] = 0, path: Annotated[Below, Query()] = ""
) -> Folders:
    """What lies below a root, a folder at a time."""
    top, folder = _folder(here, root, path)
    inside = [Path(entry.path) for entry in _entries(folder) if entry.is_dir()]
    shown = sorted(one.name for one in inside if not (is_hidden(one) or _is_project(one)) and _lies_below(one, top))
    return Folders(folders=shown, media=sum(_is_media(each) for each in islice(_files(folder), COUNTED)))


@router.post("/api/jobs", status_code=202)
def begin_job(wanted: Wanted, here: InRoom, _: Admin) -> JobNow:
    """Takes a folder in, behind the page. One at a time; what is known already costs nothing."""
    plugins.make("sample", wanted.sample)
    top, folder = _folder(here, wanted.root, wanted.path)
    for path in _files(folder, into_links=True):
        if not _lies_below(path, top):
            raise InputError(f"{path.relative_to(folder)}: a link that leads out of {top.name}; take it out first")
    return JobNow(job=here.jobs.start(folder, sample=wanted.sample, detect=wanted.detect))


@router.delete("/api/jobs")
def stop_job(here: InRoom, _: Admin) -> JobNow:
    """Stops the job after what it has under way; all that it finished is kept."""
    return JobNow(job=here.jobs.stop())


def _folder(here: Room, root: int, path: str) -> tuple[Path, Path]:
    """The root, and the folder below it. Raises 404 alike for one that is not there and one that lies elsewhere."""
    try:
        top = here.roots[root]  # its links were followed when the server started: what replaced it since is no root
        folder = (top / path).resolve(strict=True)
        if folder.is_relative_to(top) and folder.is_dir() and not any(map(_is_project, (folder, *folder.parents))):
            return top, folder
    except (IndexError, OSError, ValueError, RuntimeError):  # ValueError: a NUL; RuntimeError: links in a ring
        pass
    raise HTTPException(404, f"no folder {path!r} below the roots; start with another: raravis serve --root FOLDER")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _files(folder: Path, *, into_links: bool = False, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """The files in a folder and below, and its links as they are; no folder again inside itself, and no project."""
    real = folder.resolve()
    if real in above or _is_project(real):
        return
    for entry in _entries(folder):
        path = Path(entry.path)
        linked = entry.is_symlink()
        if linked or not entry.is_dir():
            yield path
        if entry.is_dir() and (into_links or not linked):
            yield from _files(path, into_links=into_links, above=above | {real})


def _is_project(folder: Path) -> bool:
    """Its small pictures and exports are no media to search."""
    return (folder / MARK).is_file()


def _is_media(path: Path) -> bool:
    return path.suffix.lower() in IMAGES | VIDEOS and not is_hidden(path)


def _lies_below(path: Path, top: Path) -> bool:
    try:
        return path.resolve().is_relative_to(top)
    except (OSError, RuntimeError):
        return False
