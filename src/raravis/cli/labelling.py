"""From vectors to answers: ask, label."""

from __future__ import annotations

from typing import Any

import click

from raravis.cli import options


@click.command()
@click.option("-k", "k", default=10, show_default=True, type=click.IntRange(1), help="How many.")
@options.together(
    options.project,
    options.concept,
    options.strategy,
    options.gap,
    options.ends,
    options.seed,
    options.encoder_used,
    options.as_json,
)
def ask(project: str, as_json: bool, **settings: Any) -> None:
    """Choose what to look at next."""
    from raravis import flow
    from raravis.cli.at_work import at_work, note_lacking
    from raravis.cli.rounds import print_round

    with at_work(project) as work:
        note_lacking(work, settings["encoder"])
        print_round(work.project, flow.ask(work.project, **settings), as_json=as_json)


@click.command()
@click.option("--round", "round_id", default=None, type=int, help="Which round; default: the newest that waits.")
@options.together(options.project, options.concept, options.oracle, options.ezmode_labels, options.by)
def label(
    project: str, concept: str, round_id: int | None, oracle: str | None, ezmode_labels: str | None, by: str | None
) -> None:
    """Answer a round, at the terminal or from a file of answers."""
    from raravis import flow
    from raravis.cli import show
    from raravis.cli.at_work import at_work
    from raravis.cli.rounds import answerer_for

    with at_work(project) as work:
        who = answerer_for(work.project, concept, oracle=oracle, ezmode_labels=ezmode_labels, by=by)
        given = list(flow.label(work.project, concept, who, round_id=round_id).values())
    show.line(f"{len(given)} answers: {given.count(1)} yes, {given.count(-1)} no, {given.count(0)} can't tell")
