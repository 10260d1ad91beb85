"""The whole flow in one command: find; on a collection of its own: demo; compared with known answers: simulate."""

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
    options.budget,
    options.look,
    options.oracle,
    options.ezmode_labels,
    options.by,
    options.strategy,
    options.sampler,
    options.detector,
    options.encoder_made,
    options.timeline,
    options.frame_folders,
    options.gap,
    options.seed,
    options.retry,
    options.project,
    options.database,
    options.workers,
    options.as_json,
)
def find(
    inputs: tuple[str, ...], project: str, database: str | None, workers: int | None, as_json: bool, **settings: Any
) -> None:
    """Do it all: find NAME in folders of video and images."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.cli.report import print_found, somebody

    with at_work(project, create=True, database=database, workers=workers) as work:
        who = somebody(work, settings)
        found = flow.find(work.project, inputs, **settings, **who, map=work.map, tell=work.tell, say=show.note)
    print_found(found, project, as_json=as_json)


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


@click.command()
@click.option("--oracle", required=True, type=click.Path(), help="The known answers.")
@click.option("--strategies", default="random,similar,top,margin,ezmode", show_default=True, help="Names, by comma.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1), help="Runs of each.")
@click.option("--budget", default=1000, show_default=True, type=click.IntRange(1), help="Answers a run.")
@click.option(
    "--start", default=None, type=click.Choice(["example", "item"]), help="From what; default: examples if any."
)
@click.option("--num-pos-train-seed", default=1, show_default=True, type=click.IntRange(0), help="Items, with item.")
@click.option("--num-neg-train-seed", default=0, show_default=True, type=click.IntRange(0), help="The same, no's.")
@click.option("--target-recall", default=None, type=click.FloatRange(0, 1), help="Stop a run at this recall of items.")
@click.option("--plot", default=None, type=click.Path(), help="Draw the curves here (.png, .svg, .pdf).")
@click.option("--csv", default=None, type=click.Path(), help="Write the curves here.")
@options.together(
    options.project,
    options.concept,
    options.ezmode_labels,
    options.look,
    options.gap,
    options.encoder_used,
    options.as_json,
)
def simulate(project: str, as_json: bool, plot: str | None, csv: str | None, **settings: Any) -> None:
    """Compare strategies on a project whose answers are known."""
    from raravis.cli.at_work import at_work
    from raravis.cli.report import can_be_written, print_simulation
    from raravis.simulate.project import simulate_project

    can_be_written(plot, csv)

    with at_work(project) as work:
        result = simulate_project(work.project, **settings, tell=work.tell)
    print_simulation(*result, plot=plot, csv=csv, as_json=as_json)
