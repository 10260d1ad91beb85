"""A classifier taken to new videos and pictures: raravis infer."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from raravis.cli import options
from raravis.errors import InputError
from raravis.time import parse_seconds

if TYPE_CHECKING:
    from raravis.flow.inferring.outcome import Inferred

REASONS = 5  # of files that are no media, the commonest


class Since(click.ParamType[float]):
    """A date or time, 2026-05-31 or 2026-05-31T18:00, of this machine's zone; or how long ago, 24h or 7d."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds since 1970. Raises InputError."""
        try:
            return datetime.fromisoformat(str(value)).timestamp()
        except (ValueError, OverflowError, OSError):
            pass
        try:
            return time.time() - parse_seconds(str(value))
        except InputError:
            raise InputError(f"since: got {value!r}; wanted a date (2026-05-31), a time or an age (24h, 7d)") from None


@click.command()
@click.argument("model", type=click.Path())
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@click.option(
    "--out", default="inferred.jsonl", show_default=True, type=click.Path(), help="File of rows; -: standard output."
)
@click.option(
    "--format", default=None, type=click.Choice(["jsonl", "csv"]), help="Default: csv for FILE.csv, else jsonl."
)
@click.option("--threshold", default=None, type=float, help="Least probability; default: the model's own, by class.")
@click.option("--all", "all", is_flag=True, help="Every class of every look, whatever its probability.")
@click.option("--each", is_flag=True, help="A row a look, instead of one a stretch of time.")
@options.together(options.sampler, options.detector, options.frame_folders, options.gap)
@click.option("--since", default=None, type=Since(), metavar="WHEN", help="Only files changed since: 2026-05-31, 24h.")
@click.option(
    "--annotated", default=None, type=click.Path(), metavar="FOLDER", help="Copies with what was found drawn in."
)
@click.option("--sheet", default=None, type=click.Path(), metavar="FILE", help="A JPEG of the 24 surest.")
@click.option("--overwrite", is_flag=True, help="Begin anew instead of going on.")
@click.option("--device", default="cpu", show_default=True, type=click.Choice(["cpu", "cuda"]), help="Runs the model.")
@options.workers
def infer(model: str, inputs: tuple[str, ...], workers: int | None, **settings: Any) -> None:
    """Run a classifier over videos and pictures: what, where, when, how surely. Needs no project."""
    from raravis import flow
    from raravis.cli import show
    from raravis.scale.processes import Processes

    say = show.note if settings["out"] == "-" else show.line
    try:
        with Processes(workers) as processes, show.Bars() as bars:
            made = flow.infer(model, inputs, **settings, map=processes, tell=bars)
    except KeyboardInterrupt:
        _stopped(settings["out"])
    _list(made)
    if made.failed and not made.done + made.known:
        number = len(made.failed)
        raise InputError(
            f"none of {number} files could be looked at" if number > 1 else "the one file could not be looked at"
        )
    say(f"{made.out or 'standard output'}: {made}")
    if settings["sheet"]:
        say(f"the surest: {made.sheet}" if made.sheet else "no sheet: nothing was found")


def _stopped(out: str) -> None:
    """Ctrl-C: what is there, and how it goes on."""
    from raravis.cli import show

    kept = "nothing is kept" if out == "-" else f"finished files are in {out}; the same command goes on from there"
    show.note(f"stopped; {kept}")
    raise click.exceptions.Exit(130)


def _list(made: Inferred) -> None:
    """What went wrong, file by file, and what was passed over, by the reason."""
    from raravis.cli import show

    for name, reason in made.damaged.items():
        show.note(f"damaged: {name}: {reason}")
    for name, reason in made.failed.items():
        show.note(f"failed: {name}: {reason}")
    reasons = sorted(made.skipped.items(), key=lambda pair: (-pair[1], pair[0]))
    for reason, number in reasons[:REASONS]:
        show.note(f"skipped: {number}: {reason}")
    if reasons[REASONS:]:
        show.note(f"skipped: {sum(number for _, number in reasons[REASONS:])} for other reasons")
