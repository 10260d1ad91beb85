"""The spaces of vectors in a project, and a first sidecar for a model: raravis encoders."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from raravis.cli import options
from raravis.errors import InputError


@click.group(cls=options.Whole, invoke_without_command=True)
@options.together(options.project, options.as_json)
@click.pass_context
def encoders(context: click.Context, project: str, as_json: bool) -> None:
    """List the spaces of vectors: one an encoder, and which is in use."""
    if context.invoked_subcommand is not None:
        return
    from raravis.cli import show
    from raravis.flow.spaces import spaces
    from raravis.store.project import Project

    with Project.open(project) as opened:
        found = spaces(opened)
    show.as_json([space._asdict() for space in found]) if as_json else _print(project, found)


@encoders.command()
@click.argument("name")
@options.project_of_group
def use(name: str, project: str) -> None:
    """Turn to the space of NAME (an id or spec), which must be complete."""
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.flow import spaces

    with at_work(project) as work:
        show.line(f"in use from now on: {spaces.use(work.project, name)}")


@encoders.command()
@click.argument("id")
@options.project_of_group
def remove(id: str, project: str) -> None:
    """Delete the space of exactly this ID, with what was learnt over it; answers stay."""
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.flow.audits.words import count
    from raravis.flow.removal import remove

    with at_work(project) as work:
        gone = remove(work.project, id)
    learnt = f"{count(gone.heads, 'classifier')} and the vectors of {count(gone.examples, 'example')} over it"
    rounds = f"; {count(gone.rounds, 'round')} can no longer be replayed" if gone.rounds else ""
    show.line(
        f"{id} is gone: {count(gone.vectors, 'vector')} ({gone.megabytes:.1f} MB), {learnt}; every answer stays{rounds}"
    )


@encoders.command()
@click.argument("path", type=click.Path())
@click.option("--out", default=None, metavar="FILE", type=click.Path(), help="Write it there; default: print it.")
def describe(path: str, out: str | None) -> None:
    """Write a first sidecar for the ONNX model at PATH, and say what in it was guessed."""
    from raravis.cli import show
    from raravis.onnx.describe import describe

    if out is not None:
        _refuse_out(Path(out))
    fields, notes = describe(path)
    text = json.dumps(fields, indent=1)
    for note in notes:
        show.note(note)
    if out is None:
        show.line(text)
        return
    Path(out).write_text(text + "\n", encoding="utf-8")
    show.line(f"{out}: a first sidecar for {path}; check what was guessed")


def _refuse_out(file: Path) -> None:
    """Raises where nothing can be written, before minutes go into what would be lost."""
    if file.exists():
        raise InputError(f"{file}: is there already, and is not written over; choose another --out, or move it away")
    if not file.parent.is_dir():
        raise InputError(f"{file}: there is no folder {file.parent}; make it, or choose another --out")


def _print(folder: str, found: list[Any]) -> None:
    from raravis.cli import show

    if not found:
        show.line(f"{folder}: nothing embedded yet; run: raravis embed --project {folder}")
        return
    columns = ("encoder", "asked for as", "numbers", "vectors", "failed", "items", "state", "MB", "begun")
    show.table("Spaces", columns, [_row(space) for space in found])


def _row(space: Any) -> tuple[Any, ...]:
    state = ("complete" if space.complete else "not complete") + (", in use" if space.in_use else "")
    begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(space.begun_at)) if space.begun_at else ""
    counts = (space.dim, space.vectors, space.failed, space.items)
    return space.id, space.spec, *counts, state, f"{space.megabytes:.1f}", begun
