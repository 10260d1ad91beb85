"""The whole flow in one command: find; on a collection of its own: demo."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


@click.command()
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@options.together(
    options.concept,
    options.like,
    options.unlike,
    options.text,
    options.text_not,
    options.budget,
    options.look,
    options.oracle,
    options.ezmode_labels,
    options.by,
    options.strategy,
    options.sampler,
    options.detector,
    options.encoder_made,
    options.closer,
    options.timeline,
    options.frame_folders,
    options.gap,
    options.ends,
    options.precision,
    options.until,
    options.seed,
    options.retry,
    options.project,
    options.database,
    options.workers,
    options.opens,
    options.as_json,
)
@click.option("--terminal", is_flag=True, help="Answer by keys at the terminal, not in the page.")
def find(
    inputs: tuple[str, ...],
    project: str,
    database: str | None,
    workers: int | None,
    opens: bool,
    as_json: bool,
    terminal: bool,
    **settings: Any,
) -> None:
    """Do it all: find NAME in folders of video and images."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.cli.report import print_found, somebody, wants_page

    in_page = wants_page(settings, terminal=terminal)
    with at_work(project, create=True, database=database, workers=workers) as work:
        if in_page:
            from raravis.cli.in_page import found_in_page

            print_found(found_in_page(work, inputs, opens=opens, **settings), project, as_json=as_json)
            return
        who = somebody(work, settings)
        found = flow.find(work.project, inputs, **settings, **who, map=work.map, tell=work.tell, say=show.note)
    print_found(found, project, as_json=as_json)


@click.command()
@click.option(
    "--precision", default="0", show_default=True, type=options.SECONDS, help="Within so many seconds; 0: to the frame."
)
@click.option("--budget", default=None, type=click.IntRange(0), help="Answers of this run; default: all it takes.")
@options.together(
    options.project,
    options.concept,
    options.gap,
    click.option("--look", default=10, show_default=True, type=click.IntRange(1), help="Ends asked about at a time."),
    options.oracle,
    options.ezmode_labels,
    options.by,
    options.encoder_used,
)
def refine(
    project: str, oracle: str | None, ezmode_labels: str | None, by: str | None, concept: str, **settings: Any
) -> None:
    """Place the ends of known events, by frames that the sampler passed over."""
    from raravis import flow
    from raravis.cli.at_work import at_work
    from raravis.cli.report import print_refined
    from raravis.cli.rounds import answerer_for

    with at_work(project) as work:
        who = answerer_for(work.project, concept, oracle=oracle, ezmode_labels=ezmode_labels, by=by)
        given = flow.refine(work.project, concept, who, **settings)
        print_refined(work.project, concept, given, gap_seconds=settings["gap_seconds"])


@click.command()
@click.option("--folder", default="raravis-demo", show_default=True, type=click.Path(), help="Where to make it.")
@options.together(options.seed, options.workers)
def demo(folder: str, seed: int, workers: int | None) -> None:
    """Make a small collection of videos, and find a rare bird in it."""
    from raravis.cli.at_work import at_work
    from raravis.cli.report import print_demo
    from raravis.demo.run import prepare, run

    with at_work(f"{folder}/project", create=True, workers=workers) as work:
        collection = prepare(folder, seed=seed, tell=work.tell)
        shown = run(collection, work.project, seed=seed, map=work.map, tell=work.tell)
    print_demo(shown)
