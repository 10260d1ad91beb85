"""Searches run once more: with known answers, simulate; as they were, replay."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options

SHARE = click.FloatRange(0, 1)


@click.command()
@click.option("--for", "--concept", "concept", default=None, metavar="NAME", help="What is sought.")
@click.option("--oracle", default=None, type=click.Path(), help="The known answers about the project.")
@click.option(
    "--vectors", default=None, type=click.Path(), help="An .npz of vectors and answers, instead of a project."
)
@click.option("--from", "finished", default=None, type=click.Path(), help="A project searched before: its answers.")
@click.option(
    "--strategies", default="random,similar,top,margin,ezmode,hunt", show_default=True, help="Names, by comma."
)
@click.option("--seeds", default=10, show_default=True, type=click.IntRange(1), help="Runs of each.")
@click.option("--budget", default=1000, show_default=True, type=click.IntRange(1), help="Answers a run.")
@click.option(
    "--start", default=None, type=click.Choice(["example", "item"]), help="From what; default: examples if any."
)
@click.option("--num-pos-train-seed", default=1, show_default=True, type=click.IntRange(0), help="Items, with item.")
@click.option("--num-neg-train-seed", default=0, show_default=True, type=click.IntRange(0), help="The same, no's.")
@click.option("--target-recall", default=None, type=SHARE, help="Stop a run at this recall of items.")
@click.option("--noise", default=0.0, show_default=True, type=SHARE, help="Share of the answers that are wrong.")
@click.option("--miss-rate", default=None, type=SHARE, help="Of the yes answers alone; default: --noise.")
@click.option("--false-yes-rate", default=None, type=SHARE, help="Of the no answers alone; default: --noise.")
@click.option("--plot", default=None, type=click.Path(), help="Draw the curves here (.png, .svg, .pdf).")
@click.option("--csv", default=None, type=click.Path(), help="Write the curves here.")
@options.together(
    options.project, options.ezmode_labels, options.look, options.gap, options.encoder_used, options.as_json
)
def simulate(as_json: bool, plot: str | None, csv: str | None, **settings: Any) -> None:
    """Compare strategies where the answers are known."""
    from raravis.cli.curves import can_be_written, print_simulation
    from raravis.cli.simulating import simulated

    can_be_written(plot, csv)
    result, untouched = simulated(**settings)
    print_simulation(result, plot=plot, csv=csv, as_json=as_json, untouched=untouched)


@click.command()
@click.option("--for", "--concept", "concept", default=None, metavar="NAME", help="What was sought; default: all.")
@options.together(options.project, options.as_json)
def replay(project: str, concept: str | None, as_json: bool) -> None:
    """Make the rounds of the log again, and compare. Exit code 1 where one shows other items."""
    from raravis import flow
    from raravis.cli.at_work import at_work
    from raravis.cli.curves import print_replay

    with at_work(project) as work:
        made = flow.replay(work.project, concept, tell=work.tell)
    print_replay(made, as_json=as_json)
