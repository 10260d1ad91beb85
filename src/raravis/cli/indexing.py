"""What searches scan: raravis index, and what is asked of it."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


@click.group(cls=options.Whole, invoke_without_command=True)
@click.option(
    "--kind",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "exact", "ivf-sq8", "ivf-rabitq"]),
    help="auto: exact up to some millions of vectors, then ivf-sq8.",
)
@click.option(
    "--recall", default=0.95, show_default=True, type=click.FloatRange(0, 1), help="Share of the best to be found."
)
@click.option("--rebuild", is_flag=True, help="Train and build anew, whatever there is.")
@options.together(options.seed, options.encoder_used, options.project)
@click.pass_context
def index(context: click.Context, /, project: str, encoder: str | None, **settings: Any) -> None:
    """Build or update what searches scan, ahead of the first search."""
    if context.invoked_subcommand is not None:
        return
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work, note_lacking

    with at_work(project) as work:
        note_lacking(work, encoder)
        built = flow.index(work.project, encoder=encoder, **settings, say=show.note, tell=work.tell)
    show.line(str(built))


@index.command()
@click.option("--sample", default=200, show_default=True, type=click.IntRange(2), help="Searches to try.")
@click.option("-k", "k", default=10, show_default=True, type=click.IntRange(1), help="How many of the best.")
@options.together(options.seed, options.encoder_used, options.project_of_group, options.as_json)
@click.pass_context
def check(context: click.Context, /, project: str, as_json: bool, **settings: Any) -> None:
    """Measure what searches find of what a scan finds, and read every byte; exits 1 where it is less than asked."""
    from raravis.cli import show
    from raravis.flow.indexing.checking import check
    from raravis.store.project import Project

    with Project.open(project) as opened:
        made = check(opened, **settings)
    if as_json:
        show.as_json(made and {**made._asdict(), "kept": made.kept})
    elif made is None:
        show.line("nothing is built: searches scan every vector, and find all")
    else:
        for line in made.lines():
            show.line(line)
    context.exit(0 if made is None or made.kept else 1)


@index.command()
@options.together(options.encoder_used, options.project_of_group)
def remove(project: str, encoder: str | None) -> None:
    """Delete what was built; searches scan every vector again."""
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.flow.indexing.opening import remove

    with at_work(project) as work:
        size = remove(work.project, encoder)
    show.line(f"{size / 1e6:.1f} MB deleted; searches scan every vector" if size else "nothing was built")
