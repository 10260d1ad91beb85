"""Options that several commands share, and the values they take."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import click

from raravis.errors import InputError
from raravis.time import parse_seconds


class Whole(click.Group):
    """A group whose help tells of each command its whole first sentence, on as many lines as that takes."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A row a command, in its order."""
        names = self.list_commands(ctx)
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(limit=1000)) for name in names])


class Seconds(click.ParamType[float]):
    """A duration: 5, 5s, 2m, 24h or 1/6."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds, 0 or more. Raises InputError."""
        seconds = value if isinstance(value, float) else parse_seconds(str(value))
        if not 0 <= seconds < math.inf:
            raise InputError(f"got {value!r} as a duration; wanted 0 or more: 5, 5s, 2m, 24h or 1/6")
        return seconds


class Weights(click.ParamType[Any]):
    """What each kind of example counts: text=2,not=0.3; kinds left out keep their weight."""

    name = "weights"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The `Weights` that search takes. Raises InputError."""
        from raravis.flow.searching.queries import Weights as Counts

        try:
            told = [part.split("=") for part in str(value).split(",")]
            counts = {KINDS[kind.strip()]: float(text) for kind, text in told}
        except (KeyError, ValueError):
            raise InputError(f"got {value!r} as weights; wanted such as {WEIGHTS}") from None
        if len(counts) < len(told):
            raise InputError(f"got {value!r} as weights, one of them twice; wanted each kind once")
        return Counts(**counts)


SECONDS = Seconds()
WEIGHTS = "like=1,text=1,unlike=0.5,not=0.5"
KINDS = {"like": "like", "text": "text", "unlike": "unlike", "not": "text_not"}  # as options, and as arguments
Command = Callable[..., Any]

project = click.option(
    "--project", default="raravis-project", show_default=True, type=click.Path(), help="The project's folder."
)


def of_group(name: str, otherwise: Any = None) -> Any:
    """A default: `raravis index --project FOLDER check` means the same as with the option at the end."""

    def given() -> Any:
        group = click.get_current_context().parent
        return group.params.get(name, otherwise) if group else otherwise

    return given


project_of_group = click.option(
    "--project",
    default=of_group("project", "raravis-project"),
    type=click.Path(),
    help="The project's folder.  [default: raravis-project]",  # click would put a default that it has to ask for in ()
)
database = click.option(
    "--database", default=None, metavar="URL", help="PostgreSQL to keep a new project's tables in; default SQLite."
)
concept = click.option("--for", "--concept", "concept", required=True, metavar="NAME", help="What is sought.")
encoder_made = click.option(
    "--encoder",
    default=None,
    metavar="NAME[:ARGUMENT]",
    help="Sees everything: builtin, onnx:PATH, hf:NAME, …; default: the one in use, or else builtin.",
)
closer = click.option(
    "--closer", default=None, metavar="NAME[:ARGUMENT]", help="A better encoder, which sees candidates alone."
)
encoder_used = click.option(
    "--encoder", default=None, metavar="NAME[:ARGUMENT]", help="Whose vectors to use; default: those in use."
)
sampler = click.option(
    "--sample",
    default="keyframes",
    show_default=True,
    metavar="NAME[:ARGUMENT]",
    help="keyframes, every:SECONDS, change.",
)
detector = click.option(
    "--detect", default="whole", show_default=True, metavar="NAME[:ARGUMENT]", help="whole, tiles:N, onnx:PATH."
)
strategy = click.option(
    "--strategy",
    default="hunt",
    show_default=True,
    metavar="NAME[:ARGUMENT]",
    help="What to ask.",
)
seed = click.option("--seed", default=0, show_default=True, help="Of every draw.")
like = click.option(
    "--like",
    multiple=True,
    metavar="PICTURE",
    help="A picture of it: FILE, FILE#x0,y0,x1,y1 (0..1 or pixels) or item:ID; as often as you like.",
)
unlike = click.option("--unlike", multiple=True, metavar="PICTURE", help="A picture of what is not meant.")
text = click.option("--text", multiple=True, help="What it looks like, in words; as often as you like.")
text_not = click.option("--not", "text_not", multiple=True, metavar="TEXT", help="In words, what is not meant.")
weights = click.option(
    "--weight",
    "weights",
    default=WEIGHTS,
    show_default=True,
    type=Weights(),
    help="What each kind counts; those that are not named keep their weight.",
)
oracle = click.option("--oracle", default=None, type=click.Path(), help="A CSV that answers instead of a person.")
ezmode_labels = click.option(
    "--ezmode-labels", default=None, type=click.Path(), help="EZMode's labels CSV; the oracle is its annotations CSV."
)
by = click.option("--by", default=None, metavar="NAME", help="Who answers; default: the name you are logged in by.")
gap = click.option(
    "--gap", "gap_seconds", default="1s", show_default=True, type=SECONDS, help="Pause that an event bridges."
)
ends = click.option(
    "--ends/--no-ends",
    "place_ends",
    default=True,
    show_default=True,
    help="First ask where known events begin and end.",
)
precision = click.option(
    "--precision",
    default=None,
    type=SECONDS,
    help="Place ends so well, by frames between the samples; 0: to the frame. Default: as the samples allow.",
)
until = click.option(
    "--until",
    default=None,
    metavar="recall=0.9[,…]",
    help="Search and audit in turn until this is certified; also confidence=, unit=, min_seconds=.",
)
workers = click.option("--workers", default=None, type=click.IntRange(1), help="Processes; default: one a core.")
retry = click.option("--retry-failed", is_flag=True, help="Try again what failed before.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for a program.")
timeline = click.option(
    "--timeline-from",
    default="file",
    show_default=True,
    type=click.Choice(["file", "folder", "exif"]),
    help="What lies on one line of time: a file, the files of one folder in order, or by capture time.",
)
frame_folders = click.option(
    "--frame-folders",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "always", "never"]),
    help="Take a folder of images as the frames of one video; auto: when the names are bare numbers.",
)
opens = click.option(
    "--open/--no-open", "opens", default=True, show_default=True, help="Open the page in a browser, where there is one."
)
look = click.option(
    "--look",
    default=3,
    show_default=True,
    type=click.IntRange(1),
    help="Items asked at a time, at most; with more, more answers are needed.",
)
budget = click.option(
    "--budget", default=300, show_default=True, type=click.IntRange(0), help="Answers in all, earlier ones too."
)


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, shown in this order."""
    return lambda command: functools.reduce(lambda made, option: option(made), reversed(options), command)
