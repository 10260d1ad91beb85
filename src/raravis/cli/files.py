"""Pictures and vectors as plain files: frames out, features out and in."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options
from raravis.errors import InputError

size = click.option(
    "--size", default="320x180", show_default=True, metavar="WIDTHxHEIGHT", help="Of the film, in pixels."
)


@click.command()
@click.argument("folder", type=click.Path(), default="frames")
@click.option("--distinct", default=None, type=click.FloatRange(-1, 1), help="Leave out what is more like the last.")
@click.option("--film", default=None, type=click.Path(), metavar="FILE", help="One MP4 of them instead of files.")
@click.option("--rate", default=2.0, show_default=True, type=click.FloatRange(0.01, 120), help="Pictures a second.")
@options.together(size, options.encoder_used, options.project)
def frames(project: str, folder: str, size: str, **settings: Any) -> None:
    """Write the sampled frames into FOLDER, or as one film."""
    from raravis import flow
    from raravis.cli import show
    from raravis.store.project import Project

    with Project.open(project) as opened:
        made = flow.frames(opened, folder, size=_size(size), **settings)
    alike = "" if settings["distinct"] is None else f"; {made.alike} left out, too like the last"
    show.line(f"{made.pictures} pictures in {settings['film'] or folder}{alike}")
    for line in made.failed:
        show.note(line)


@click.group(cls=options.Whole)
def features() -> None:
    """Vectors as plain .npy files: write them out, or read in those that something else made."""


@features.command()
@click.argument("folder", type=click.Path())
@options.together(options.encoder_used, options.project)
def write(project: str, folder: str, encoder: str | None) -> None:
    """Write every vector into FOLDER: features.npy, and features.json with the path of each row."""
    from raravis.cli import show
    from raravis.flow.features import write_features
    from raravis.store.project import Project

    with Project.open(project) as opened:
        show.line(str(write_features(opened, folder, encoder=encoder)))


@features.command()
@click.argument("path", type=click.Path(exists=True))
@click.option("--paths", default=None, type=click.Path(), help="JSON list of what each row is of; default: beside it.")
@click.option("--name", default="features", show_default=True, help="What made them.")
@click.option(
    "--switch/--no-switch", default=True, show_default=True, help="Turn to this space where every item has a vector."
)
@options.project
def read(project: str, path: str, **settings: Any) -> None:
    """Take the vectors in PATH in, each beside the picture of its name."""
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.flow.features import read_features

    with at_work(project) as work:
        taken = read_features(work.project, path, **settings, say=show.note)
    show.line(f"{taken.vectors} vectors taken in as {taken.encoder}; {taken.without} items have none")
    for name in taken.unknown[:20]:
        show.note(f"{name}: no picture of the project, or several")
    if len(taken.unknown) > 20:
        show.note(f"… and {len(taken.unknown) - 20} more")


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise InputError(f"--size: got {text!r}, wanted WIDTHxHEIGHT such as 320x180") from None
    if min(width, height) < 16 or max(width, height) > 8192 or width % 2 or height % 2:
        raise InputError(f"--size: got {text!r}, wanted even numbers from 16 to 8192")
    return width, height
