"""From what is meant to the items most like it: search, and what may come out of one."""

from __future__ import annotations

import re
from typing import Any

import click

from raravis.cli import options
from raravis.cli.following import follows, then_of
from raravis.errors import InputError

LABELS = ("none", "yes", "no", "cant-tell", "propagated")  # those of flow.searching.filters, which is slow to import


class Hours(click.ParamType[tuple[float, float]]):
    """Two times of a day: 22:00-05:00."""

    name = "hours"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Both in seconds after midnight. Raises InputError."""
        from raravis.flow.searching.clock import parse_hours

        return parse_hours(str(value))


class Span(click.ParamType[tuple[float, float]]):
    """Probabilities: 0.3..0.7, 0.5.. or ..0.5."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """Both ends, 0 and 1 where they are left out. Raises InputError."""
        match = re.fullmatch(r"\s*(\d*\.?\d+)?\s*\.\.\s*(\d*\.?\d+)?\s*", str(value), re.ASCII)
        if match is None or not any(match.groups()):
            raise InputError(f"got {value!r} as a span of scores; wanted such as 0.3..0.7, 0.5.. or ..0.5")
        return float(match[1] or 0), float(match[2] or 1)


filters = options.together(
    click.option("--source", "sources", multiple=True, metavar="GLOB", help="Only of files called so: 'cam1/*'."),
    click.option("--timeline", "timelines", multiple=True, metavar="GLOB", help="Only of sites or cameras called so."),
    click.option("--time-of-day", type=Hours(), metavar="HH:MM-HH:MM", help="Only at these hours: 22:00-05:00."),
    click.option("--from", "start", metavar="DATE", help="Only from this day or second on: 2026-05-31[T18:30]."),
    click.option("--to", "end", metavar="DATE", help="Only up to it; a day counts whole."),
    click.option(
        "--label",
        "labels",
        multiple=True,
        type=click.Choice(LABELS),
        help="Only what has this label about --for NAME; several: any of them.",
    ),
    click.option("--score", type=Span(), metavar="LOW..HIGH", help="Only what its newest head gives this probability."),
    click.option("--duplicates", is_flag=True, help="Near-duplicates that were hidden too."),
)


@click.command()
@click.option("--for", "--concept", "concept", default=None, metavar="NAME", help="Use and extend its examples.")
@click.option("-k", "k", default=24, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--offset", default=0, show_default=True, type=click.IntRange(0), help="Hits to pass over: pages.")
@click.option(
    "--group",
    "--gap",
    "gap_seconds",
    default=None,
    type=options.SECONDS,
    help="One hit an event: what lies no further apart on a timeline.",
)
@options.together(options.text, options.text_not, options.like, options.unlike, options.weights)
@click.option("--by-head", is_flag=True, help="Search by the newest head of --for NAME instead.")
@click.option(
    "--expand", default=0, show_default=True, type=click.IntRange(0, 1000), help="Add the N best to the query."
)
@follows
@filters
@click.option("--exact", is_flag=True, help="Look at every vector, whatever index there is.")
@options.together(options.encoder_used, options.project, options.as_json)
def search(project: str, as_json: bool, **settings: Any) -> None:
    """Find the items most like some words or pictures."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work, note_lacking
    from raravis.cli.pairs import print_pairs
    from raravis.cli.rounds import print_found
    from raravis.flow.then import search_then

    settings["filter"], then = _filter(settings), then_of(settings)
    with at_work(project) as work:
        note_lacking(work, settings["encoder"])
        if then is not None:
            print_pairs(work.project, search_then(work.project, then, **settings, say=show.note), as_json=as_json)
            return
        print_found(work.project, flow.search(work.project, **settings, say=show.note), as_json=as_json)


def _filter(settings: dict[str, Any]) -> Any:
    """The conditions, taken out of the settings."""
    from raravis.flow.searching.clock import parse_dates
    from raravis.flow.searching.filters import Filter

    dates = parse_dates(settings.pop("start"), settings.pop("end"))
    names = ("sources", "timelines", "time_of_day", "labels", "score", "duplicates")
    conditions = {name: settings.pop(name) for name in names}
    about = settings["concept"] if conditions["labels"] or conditions["score"] else None
    return Filter(**conditions, dates=dates, concept=about)
